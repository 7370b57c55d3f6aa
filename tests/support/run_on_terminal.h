// Runs a built program to its end with its standard output on a terminal of a given size.
#pragma once

#include <fcntl.h>
#include <glog/logging.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "support/run_program.h"

namespace mnm {

struct TerminalSize {
  unsigned short rows = 24;
  unsigned short columns = 80;
};

// Standard error goes to /dev/null. Lines end as a terminal ends them, with "\r\n".
inline Ran run_on_terminal(const std::string& program, std::vector<std::string> arguments,
                           std::vector<std::string> environment, TerminalSize size) {
  const int screen = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  CHECK_GE(screen, 0);
  CHECK_EQ(::grantpt(screen), 0);
  CHECK_EQ(::unlockpt(screen), 0);
  const int terminal = ::open(::ptsname(screen), O_RDWR | O_NOCTTY | O_CLOEXEC);
  CHECK_GE(terminal, 0);
  const winsize window{.ws_row = size.rows, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
  CHECK_EQ(::ioctl(terminal, TIOCSWINSZ, &window), 0);
  posix_spawn_file_actions_t actions;
  CHECK_EQ(::posix_spawn_file_actions_init(&actions), 0);
  CHECK_EQ(::posix_spawn_file_actions_adddup2(&actions, terminal, 1), 0);
  CHECK_EQ(::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0), 0);
  arguments.insert(arguments.begin(), program);
  environment.emplace_back("TZ=UTC");
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
  };
  pid_t pid = -1;
  CHECK_EQ(::posix_spawn(&pid, program.c_str(), &actions, nullptr, pointers(arguments).data(),
                         pointers(environment).data()),
           0);
  CHECK_EQ(::posix_spawn_file_actions_destroy(&actions), 0);
  (void)::close(terminal);
  Ran ran;
  char chunk[4096];
  // EIO once nobody has the terminal open any more.
  for (ssize_t got = 0; (got = ::read(screen, chunk, sizeof chunk)) > 0;) {
    ran.out.append(chunk, static_cast<std::size_t>(got));
  }
  (void)::close(screen);
  int status = 0;
  CHECK_EQ(::waitpid(pid, &status, 0), pid);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return ran;
}

}  // namespace mnm
