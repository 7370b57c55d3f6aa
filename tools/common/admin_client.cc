#include "common/admin_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace mnm::tools {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) (void)::close(fd_);  // nothing was written that could be lost
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

class Deadline {
 public:
  explicit Deadline(int timeout_ms)
      : at_(std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms)) {}
  [[nodiscard]] int left_ms() const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        at_ - std::chrono::steady_clock::now());
    return left.count() < 0 ? 0 : static_cast<int>(left.count());
  }

 private:
  std::chrono::steady_clock::time_point at_;
};

Error no_relay(const std::string& directory, int error_number) {
  const std::string path = directory + "/admin.sock";
  if (error_number == EACCES || error_number == EPERM) {
    return {ErrorCode::kDenied, fmt::format("{}: only its owner may use it", path)};
  }
  if (error_number == ENOENT || error_number == ECONNREFUSED) {
    return {ErrorCode::kUnavailable, fmt::format("{}: no relay is running there", path)};
  }
  return system_error(path, error_number);
}

// A socket's path has at most 107 octets; through the directory's descriptor any length will do.
Result<Descriptor> connect_to(const std::string& directory) {
  const Descriptor at(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (at.get() < 0) return fail(no_relay(directory, errno));
  Descriptor link(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (link.get() < 0) return fail(system_error("can't make a socket", errno));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/admin.sock", at.get());
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (::connect(link.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return fail(no_relay(directory, errno));
  }
  return link;
}

Result<> wait_for(int fd, short events, const Deadline& deadline) {
  pollfd poller{.fd = fd, .events = events, .revents = 0};
  const int ready = ::poll(&poller, 1, deadline.left_ms());
  if (ready > 0) return {};
  if (ready < 0 && errno == EINTR) return fail(ErrorCode::kInterrupted, "interrupted");
  return fail(ErrorCode::kUnavailable, "the relay doesn't answer on its admin socket");
}

Result<> send_all(int fd, std::string_view bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    if (auto ready = wait_for(fd, POLLOUT, deadline); !ready) return ready;
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      return fail(system_error("the admin socket", errno));
    }
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> receive_line(int fd, const Deadline& deadline) {
  std::string line;
  char chunk[4096];
  while (line.size() < kAdminReplyBytesMax) {
    if (auto ready = wait_for(fd, POLLIN, deadline); !ready) return fail(ready.error());
    const ssize_t got = ::recv(fd, chunk, sizeof chunk, 0);
    if (got < 0) return fail(system_error("the admin socket", errno));
    if (got == 0) break;
    line.append(chunk, static_cast<std::size_t>(got));
    const std::size_t end = line.find('\n');
    if (end != std::string::npos) return line.substr(0, end);
  }
  return fail(ErrorCode::kUnavailable, "the relay's admin socket closed without a whole answer");
}

}  // namespace

Result<int> connect_admin(const std::string& data_directory) {
  Result<Descriptor> link = connect_to(data_directory);
  if (!link) return fail(link.error());
  return link->release();
}

Result<std::string> ask_admin(const std::string& data_directory, std::string_view request,
                              int timeout_ms) {
  const Deadline deadline(timeout_ms);
  const Result<Descriptor> link = connect_to(data_directory);
  if (!link) return fail(link.error());
  std::string line(request);
  line += '\n';
  if (auto sent = send_all(link->get(), line, deadline); !sent) return fail(sent.error());
  return receive_line(link->get(), deadline);
}

}  // namespace mnm::tools
