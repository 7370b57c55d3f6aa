#include "common/program.h"

#include <signal.h>  // NOLINT: sigaction is POSIX
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "common/terminal.h"

namespace mnm::tools {
namespace {

volatile sig_atomic_t signal_came = 0;

void on_signal(int) { signal_came = 1; }

}  // namespace

Output::Output(int fd) : fd_(fd), terminal_(is_terminal(fd)) { buffer_.reserve(kBufferBytes); }

void Output::write_out(bool last) {
  if (paging_ && (!last || fills_screen(buffer_, fd_))) {
    const std::string command = pager_command();
    const int input = command.empty() ? -1 : pager_.start(command);
    if (input >= 0) fd_ = input;
  }
  paging_ = false;
  std::string_view left = closed_ ? std::string_view() : std::string_view(buffer_);
  while (!left.empty()) {
    const ssize_t written = ::write(fd_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      closed_ = true;
      error_ = errno == EPIPE ? 0 : errno;
      break;
    }
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

Result<> Output::finish() {
  write_out(true);
  pager_.finish();
  if (error_ != 0) return fail(system_error("can't write to standard output", error_));
  return {};
}

void catch_signals() {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  (void)::sigaction(SIGPIPE, &ignore, nullptr);  // fails for bad numbers only
  struct sigaction note {};
  note.sa_handler = on_signal;
  note.sa_flags = static_cast<int>(SA_RESETHAND);  // a second one ends the process at once
  (void)::sigaction(SIGINT, &note, nullptr);
  (void)::sigaction(SIGTERM, &note, nullptr);
}

void catch_interrupts_again() {
  struct sigaction note {};
  note.sa_handler = on_signal;
  (void)::sigaction(SIGINT, &note, nullptr);
}

bool interrupted() { return signal_came != 0; }

int report(std::string_view program, const Error& error) {
  std::string out(program);
  out += ": ";
  std::string_view text = error.text;
  while (true) {
    const std::size_t end = text.find('\n');
    append_escaped(out, text.substr(0, end));
    if (end == std::string_view::npos) break;
    out += "\n  ";
    text.remove_prefix(end + 1);
  }
  out += '\n';
  (void)std::fputs(out.c_str(), stderr);  // if that fails, there is nobody left to tell
  return exit_code(error.code);
}

}  // namespace mnm::tools
