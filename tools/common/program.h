// What every program of ours does the same way: standard output, whose reader may go away at any
// time; errors on standard error; signals.
//
// Main thread.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "common/pager.h"

namespace mnm::tools {

// Standard output, buffered. When the reader of a pipe is gone, that is the end of the work and a
// success; any other failure to write is an error.
class Output {
 public:
  explicit Output(int fd = 1);
  void write(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= kBufferBytes) flush();
  }
  // On a terminal, from now on: what doesn't fit on the screen goes through a pager (pager.h).
  void page() { paging_ = terminal_ && fd_ == 1; }
  // To append to in place; call settle() after.
  [[nodiscard]] std::string& buffer() { return buffer_; }
  void settle() {
    if (buffer_.size() >= kBufferBytes) flush();
  }
  void flush() { write_out(false); }
  // Nobody reads any more, or writing failed: stop.
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] bool terminal() const { return terminal_; }
  // Flushes, and waits for a pager to be quit. kUnavailable when not everything could be written,
  // but for a reader that left.
  [[nodiscard]] Result<> finish();

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{256} << 10;
  void write_out(bool last);

  int fd_;
  bool paging_ = false;  // and it isn't decided yet whether it is needed
  Pager pager_;
  bool terminal_;
  bool closed_ = false;
  int error_ = 0;
  std::string buffer_;
};

// Ignores SIGPIPE; from now on SIGINT and SIGTERM only set interrupted().
void catch_signals();
[[nodiscard]] bool interrupted();
// For as long as a pager runs, to which a SIGINT means other things: none ends the process.
void catch_interrupts_again();

// "PROGRAM: TEXT" on standard error, escaped line by line; returns the exit code.
int report(std::string_view program, const Error& error);

}  // namespace mnm::tools
