#include "console/child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "common/scratch_directory.h"
#include "net/server_address.h"

namespace mnm::console {
namespace {

using net::Fd;

struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(system_error("can't make a pipe", errno));
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// The environment as it is, without settings of ours: all that matters is said in the arguments.
std::vector<char*> own_environment(std::string& temporary) {
  std::vector<char*> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!text.starts_with("MNM_") && !text.starts_with("TMPDIR=")) out.push_back(*entry);
  }
  out.push_back(temporary.data());
  out.push_back(nullptr);
  return out;
}

// Signals as a program expects them, whatever we do with ours.
class SpawnSettings {
 public:
  SpawnSettings(int out, int err) {
    (void)::posix_spawn_file_actions_init(&actions_);
    (void)::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    (void)::posix_spawn_file_actions_adddup2(&actions_, out, 1);
    (void)::posix_spawn_file_actions_adddup2(&actions_, err, 2);
    (void)::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    (void)::posix_spawnattr_setsigmask(&attributes_, &signals);
    for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD}) sigaddset(&signals, number);
    (void)::posix_spawnattr_setsigdefault(&attributes_, &signals);
    (void)::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    (void)::posix_spawn_file_actions_destroy(&actions_);
    (void)::posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// A program that runs; ended and waited for at the end, if it hasn't ended by then.
class Process {
 public:
  static Result<Process> start(const Child& child, const std::string& directory, int out, int err) {
    std::vector<std::string> texts = child.arguments;
    texts.insert(texts.begin(), child.program);
    std::vector<char*> argv;
    argv.reserve(texts.size() + 1);
    for (std::string& text : texts) argv.push_back(text.data());
    argv.push_back(nullptr);
    std::string temporary = "TMPDIR=" + directory;
    std::vector<char*> environment = own_environment(temporary);
    const SpawnSettings settings(out, err);
    pid_t pid = 0;
    const int failed = ::posix_spawn(&pid, child.program.c_str(), settings.actions(),
                                     settings.attributes(), argv.data(), environment.data());
    if (failed != 0) return fail(system_error("can't run " + child.program, failed));
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(pid), kChildNice);  // it may have ended
    return Process(pid);
  }
  // At once, for its place is wanted: it only reads, and what it has made goes with its directory.
  ~Process() {
    if (pid_ <= 0) return;
    (void)::kill(pid_, SIGKILL);
    (void)await();  // it may be known to nobody how it ended
  }
  Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  Process& operator=(Process&&) = delete;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Result<int> await() {
    int status = 0;
    pid_t ended = 0;
    do {
      ended = ::waitpid(pid_, &status, 0);
    } while (ended < 0 && errno == EINTR);
    pid_ = 0;
    if (ended < 0) return fail(system_error("can't learn how a program ended", errno));
    constexpr int kBySignal = 128;
    return WIFEXITED(status) ? WEXITSTATUS(status) : kBySignal + WTERMSIG(status);
  }

 private:
  explicit Process(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

int left_ms(std::chrono::steady_clock::time_point until) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 1 << 30));
}

// Reads both ends until they close; returns how it ended.
class Listening {
 public:
  Listening(const Child& child, const std::function<bool(std::string_view)>& take, int out, int err)
      : child_(child),
        take_(take),
        ready_{pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0},
               pollfd{child.watched, POLLRDHUP, 0}} {}

  ChildEnd run(std::string& words) {
    while (ready_[0].fd >= 0 || ready_[1].fd >= 0) {
      const int left = left_ms(child_.until);
      if (left == 0) return ChildEnd::kTooLong;
      if (::poll(ready_.data(), ready_.size(), left) < 0) continue;  // a signal
      if (ready_[2].revents != 0) return ChildEnd::kUnheard;
      if (ready_[1].revents != 0) {
        const std::string_view said = read(ready_[1]);
        words += said.substr(0, kWordsBytesMax - words.size());
      }
      if (ready_[0].revents != 0) {
        const std::string_view piece = read(ready_[0]);
        if (!piece.empty() && !take_(piece)) return ChildEnd::kUnheard;
      }
    }
    return ChildEnd::kExited;
  }

 private:
  // Empty at the end, from which on it isn't polled.
  std::string_view read(pollfd& from) {
    const ssize_t got = ::read(from.fd, piece_.data(), piece_.size());
    if (got > 0) return {piece_.data(), static_cast<std::size_t>(got)};
    if (got == 0 || errno != EINTR) from.fd = -1;
    return {};
  }

  const Child& child_;
  const std::function<bool(std::string_view)>& take_;
  std::array<pollfd, 3> ready_;
  std::vector<char> piece_ = std::vector<char>(kPieceBytes);
};

}  // namespace

Result<ChildOutcome> run_child(const Child& child,
                               const std::function<bool(std::string_view)>& take) {
  Result<Pipe> out = make_pipe();
  Result<Pipe> err = make_pipe();
  if (!out) return fail(out.error());
  if (!err) return fail(err.error());
  const Result<tools::ScratchDirectory> directory = tools::ScratchDirectory::make();
  if (!directory) return fail(directory.error());
  // After the directory, so that it is gone before.
  Result<Process> process =
      Process::start(child, directory->path(), out->write.get(), err->write.get());
  if (!process) return fail(process.error());
  out->write = Fd();
  err->write = Fd();
  ChildOutcome outcome;
  outcome.end = Listening(child, take, out->read.get(), err->read.get()).run(outcome.words);
  if (outcome.end != ChildEnd::kExited) return outcome;
  const Result<int> code = process->await();
  if (!code) return fail(code.error());
  outcome.code = *code;
  return outcome;
}

}  // namespace mnm::console
