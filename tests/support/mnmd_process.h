// A real mnmd on a directory of a test's own: started, waited for, killed by its process id, its
// words kept.
//
// One thread at a time, and always the same one: the relay dies with the thread that started it.
// Everything waits with a limit.
#pragma once

#include <fcntl.h>
#include <glog/logging.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#ifndef MNM_RELAY  // what is started; the nemesis has one of its own
#define MNM_RELAY MNM_BIN_DIR "/mnmd"
#endif

namespace mnm::testing {

class MnmdProcess {
 public:
  static constexpr std::chrono::seconds kPatience{30};

  // Starts it; the arguments are mnmd's. Its standard error is appended to the file `words`.
  MnmdProcess(const std::vector<std::string>& arguments, std::string words)
      : words_(std::move(words)) {
    std::array<int, 2> out{};
    PCHECK(::pipe2(out.data(), O_CLOEXEC) == 0);
    std::vector<std::string> all{MNM_RELAY};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& argument : all) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    PCHECK(pid_ >= 0);
    if (pid_ == 0) become(argv, out[1]);
    ::close(out[1]);
    out_ = out[0];
    pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    PCHECK(pidfd_ >= 0);
  }
  MnmdProcess(const MnmdProcess&) = delete;
  MnmdProcess& operator=(const MnmdProcess&) = delete;
  ~MnmdProcess() {
    if (pid_ > 0) kill_hard();
    ::close(out_);
    ::close(pidfd_);
  }

  // The addresses of the line `mnmd ready`; none if it ended or the time did.
  std::vector<std::string> await_ready(std::chrono::milliseconds limit = kPatience) {
    std::string line;
    for (;;) {
      if (!readable(out_, limit)) break;
      char octet = 0;
      if (::read(out_, &octet, 1) != 1) break;
      if (octet != '\n') {
        line.push_back(octet);
        continue;
      }
      std::istringstream parts(line);
      std::string first;
      std::string second;
      parts >> first >> second;
      if (first == "mnmd" && second == "ready")
        return {std::istream_iterator<std::string>(parts), {}};
      line.clear();
    }
    return {};
  }

  void signal(int number) const { PCHECK(::kill(pid_, number) == 0); }
  // SIGKILL, and waits until it is gone.
  void kill_hard() {
    signal(SIGKILL);
    (void)await_end();
  }
  // SIGTERM; its exit code.
  int stop() {
    signal(SIGTERM);
    return await_end();
  }
  // Its exit code when it ends by itself; 128 + the signal's number if one ended it.
  int await_end() {
    CHECK(readable(pidfd_, kPatience)) << "mnmd did not end in time; it said: " << words();
    int status = 0;
    PCHECK(::waitpid(pid_, &status, 0) == pid_);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Whether it is no more, though nobody has asked for its exit code.
  [[nodiscard]] bool ended() const { return readable(pidfd_, std::chrono::milliseconds(0)); }
  // All that it has written to its standard error.
  [[nodiscard]] std::string words() const {
    std::ifstream file(words_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // A line of /proc/PID/status in KiB, as "VmRSS" or "VmHWM", the most it ever was.
  [[nodiscard]] std::uint64_t memory_kib(const std::string& what) const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(what + ":")) return std::stoull(line.substr(what.size() + 1));
    }
    LOG(FATAL) << "no " << what << " of process " << pid_;
    return 0;
  }

 private:
  [[noreturn]] void become(std::vector<char*>& argv, int out) const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int words = ::open(words_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(words, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  static bool readable(int fd, std::chrono::milliseconds limit) {
    pollfd ready{fd, POLLIN, 0};
    return ::poll(&ready, 1, static_cast<int>(limit.count())) == 1;
  }

  const std::string words_;
  pid_t pid_ = 0;
  int pidfd_ = -1;
  int out_ = -1;
};

}  // namespace mnm::testing
