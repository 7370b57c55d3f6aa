#include "common/pager.h"

#include <fcntl.h>
#include <signal.h>  // NOLINT: sigemptyset is POSIX
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "common/program.h"
#include "common/terminal.h"

namespace mnm::tools {
namespace {

bool is_program(const std::string& path) {
  std::error_code error;
  return ::access(path.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(path, error);
}

// Whether the shell would find the command's first word. What it isn't sure to is left to it.
bool can_run(const std::string& command) {
  const std::string word = command.substr(0, command.find(' '));
  if (word.find_first_of("\"'$`\\;&|()<>*?=~") != std::string::npos) return true;
  if (word.find('/') != std::string::npos) return is_program(word);
  const char* path = std::getenv("PATH");
  std::string_view left = path != nullptr ? path : "/usr/bin:/bin";
  while (!left.empty()) {
    const std::size_t end = left.find(':');
    if (is_program(std::string(left.substr(0, end)) + "/" + word)) return true;
    left = end == std::string_view::npos ? std::string_view() : left.substr(end + 1);
  }
  return false;
}

struct Spawning {
  Spawning() {
    (void)::posix_spawn_file_actions_init(&files);
    (void)::posix_spawnattr_init(&attributes);
  }
  ~Spawning() {
    (void)::posix_spawn_file_actions_destroy(&files);
    (void)::posix_spawnattr_destroy(&attributes);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
};

}  // namespace

std::string pager_command() {
  const char* term = std::getenv("TERM");
  if (term == nullptr || std::string_view(term) == "dumb") return {};
  const char* chosen = std::getenv("MNM_PAGER");
  if (chosen == nullptr) chosen = std::getenv("PAGER");
  std::string command = chosen != nullptr ? chosen : "less -FRX";
  if (command.empty() || command == "cat" || !can_run(command)) return {};
  return command;
}

bool fills_screen(std::string_view text, int fd) {
  winsize size{};
  const bool known = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0;
  const std::size_t rows = known ? size.ws_row : 24;
  const std::size_t columns = known ? size.ws_col : 80;
  std::size_t used = 0;
  while (!text.empty() && used < rows) {
    const std::size_t end = text.find('\n');
    const std::size_t width = display_columns(text.substr(0, end));
    used += width == 0 ? 1 : (width + columns - 1) / columns;
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return used >= rows;
}

int Pager::start(const std::string& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
  (void)::setenv("LESS", "FRX", 0);  // for one that was chosen without a word of how
  Spawning how;
  sigset_t ours;
  (void)::sigemptyset(&ours);
  (void)::sigaddset(&ours, SIGPIPE);  // which it would inherit as ignored
  (void)::posix_spawnattr_setsigdefault(&how.attributes, &ours);
  (void)::posix_spawnattr_setflags(&how.attributes, POSIX_SPAWN_SETSIGDEF);
  (void)::posix_spawn_file_actions_adddup2(&how.files, ends[0], 0);
  std::string shell = "sh";
  std::string option = "-c";
  std::string text = command;
  const std::array<char*, 4> words = {shell.data(), option.data(), text.data(), nullptr};
  const int failed =
      ::posix_spawn(&process_, "/bin/sh", &how.files, &how.attributes, words.data(), ::environ);
  (void)::close(ends[0]);
  if (failed != 0) {
    (void)::close(ends[1]);
    process_ = -1;
    return -1;
  }
  catch_interrupts_again();
  return input_ = ends[1];
}

void Pager::finish() {
  if (process_ < 0) return;
  (void)::close(input_);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
}

}  // namespace mnm::tools
