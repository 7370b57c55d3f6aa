// Runs a built program to its end and takes what it wrote.
#pragma once

#include <fcntl.h>
#include <glog/logging.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace mnm {

struct Ran {
  int code = -1;  // the exit code, or minus the signal
  std::string out;
  std::string err;
};

// A program that was started: its output can be read while it runs.
class Running {
 public:
  // `program` is a path. The environment is its own: TZ=UTC and `environment`, so that no setting
  // of whoever runs the tests matters.
  explicit Running(const std::string& program, std::vector<std::string> arguments,
                   std::vector<std::string> environment = {}) {
    CHECK_EQ(::pipe2(out_, O_CLOEXEC), 0);
    CHECK_EQ(::pipe2(err_, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    CHECK_EQ(::posix_spawn_file_actions_init(&actions), 0);
    CHECK_EQ(::posix_spawn_file_actions_adddup2(&actions, out_[1], 1), 0);
    CHECK_EQ(::posix_spawn_file_actions_adddup2(&actions, err_[1], 2), 0);
    arguments.insert(arguments.begin(), program);
    environment.emplace_back("TZ=UTC");
    CHECK_EQ(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, pointers(arguments).data(),
                           pointers(environment).data()),
             0)
        << program;
    CHECK_EQ(::posix_spawn_file_actions_destroy(&actions), 0);
    (void)::close(out_[1]);
    (void)::close(err_[1]);
  }
  ~Running() {
    close_output();
    (void)::close(err_[0]);
    if (pid_ > 0) {
      (void)::kill(pid_, SIGKILL);
      (void)::waitpid(pid_, nullptr, 0);
    }
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  // Reads standard output until it holds `text`. False at its end.
  bool read_until(const std::string& text) {
    while (ran_.out.find(text) == std::string::npos) {
      if (!read_some(out_[0], ran_.out)) return false;
    }
    return true;
  }
  // The rest of the line of standard output that begins with `mark`. Empty at its end.
  std::string await_line(const std::string& mark) {
    std::size_t at = 0;
    while ((at = ran_.out.find(mark)) == std::string::npos ||
           ran_.out.find('\n', at) == std::string::npos) {
      if (!read_some(out_[0], ran_.out)) return {};
    }
    at += mark.size();
    return ran_.out.substr(at, ran_.out.find('\n', at) - at);
  }
  void signal(int number) { CHECK_EQ(::kill(pid_, number), 0); }
  // Whoever reads its output is gone.
  void close_output() {
    if (out_[0] >= 0) (void)::close(out_[0]);
    out_[0] = -1;
  }

  Ran finish() {
    pollfd polled[2] = {{out_[0], POLLIN, 0}, {err_[0], POLLIN, 0}};
    while (polled[0].fd >= 0 || polled[1].fd >= 0) {
      if (::poll(polled, 2, -1) < 0) continue;
      for (pollfd& each : polled) {
        if (each.fd < 0 || each.revents == 0) continue;
        if (!read_some(each.fd, each.fd == out_[0] ? ran_.out : ran_.err)) each.fd = -1;
      }
    }
    int status = 0;
    CHECK_EQ(::waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    ran_.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return ran_;
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
  }
  static bool read_some(int fd, std::string& into) {
    char chunk[65536];
    const ssize_t got = ::read(fd, chunk, sizeof chunk);
    if (got > 0) into.append(chunk, static_cast<std::size_t>(got));
    return got > 0;
  }

  int out_[2] = {-1, -1};
  int err_[2] = {-1, -1};
  pid_t pid_ = -1;
  Ran ran_;
};

inline Ran run_program(const std::string& program, std::vector<std::string> arguments,
                       std::vector<std::string> environment = {}) {
  return Running(program, std::move(arguments), std::move(environment)).finish();
}

}  // namespace mnm
