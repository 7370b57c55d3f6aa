// A pager for long output on a terminal, as git and journalctl have it: $MNM_PAGER, else $PAGER,
// else less, if there is one. Empty or "cat" is none.
//
// Main thread.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace mnm::tools {

// For a shell; empty when there is none to use.
[[nodiscard]] std::string pager_command();
// Whether `text` needs more rows than the terminal `fd` has, with one left for the prompt.
[[nodiscard]] bool fills_screen(std::string_view text, int fd);

class Pager {
 public:
  Pager() = default;
  ~Pager() { finish(); }
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  // What is written to the descriptor is paged; -1 when it can't be started.
  [[nodiscard]] int start(const std::string& command);
  // No more is to come. Returns when whoever reads has quit.
  void finish();

 private:
  int input_ = -1;
  pid_t process_ = -1;
};

}  // namespace mnm::tools
