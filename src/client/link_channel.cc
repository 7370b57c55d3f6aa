#include "client/link_channel.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "net/limits.h"

namespace mnm::client {
namespace {

class PlainChannel final : public Channel {
 public:
  explicit PlainChannel(Fd socket) : socket_(std::move(socket)) {}

  Moved read(char* into, std::size_t size) override {
    const ssize_t count = ::recv(socket_.get(), into, size, 0);
    if (count == 0) return {Moved::Status::kEnd};
    return count > 0 ? Moved{Moved::Status::kDone, static_cast<std::size_t>(count)}
                     : why_not(Moved::Status::kWantRead);
  }
  Moved write(std::string_view octets) override {
    const ssize_t count = ::send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    return count >= 0 ? Moved{Moved::Status::kDone, static_cast<std::size_t>(count)}
                      : why_not(Moved::Status::kWantWrite);
  }
  void finish() override { (void)::shutdown(socket_.get(), SHUT_WR); }  // it may be gone already
  int fd() const override { return socket_.get(); }
  std::string why() const override { return system_error("the link broke", error_).text; }

 private:
  Moved why_not(Moved::Status blocked) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {blocked};
    error_ = errno;
    return {Moved::Status::kFailed};
  }

  Fd socket_;
  int error_ = 0;
};

Error cannot_connect(const Address& address, std::string_view why) {
  return {ErrorCode::kUnavailable,
          fmt::format("can't connect to {}: {}; is the relay running, and is this its address?",
                      address.text, why)};
}

// A peer that has vanished is noticed as soon as the relay notices one.
void keep_alive(int fd) {
  const auto set = [fd](int level, int option, int value) {
    (void)::setsockopt(fd, level, option, &value, sizeof value);  // it works without, only later
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, net::kKeepAliveIdle_s);
  set(IPPROTO_TCP, TCP_KEEPINTVL, net::kKeepAliveEvery_s);
  set(IPPROTO_TCP, TCP_KEEPCNT, net::kKeepAliveCount);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, net::kTcpUserTimeout_ms);
}

// The socket, or none and why in `error_number` (0: too late).
Result<Fd> connect_to(int family, const sockaddr* address, socklen_t size, Patience patience,
                      int& error_number) {
  Fd socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  error_number = errno;
  if (!socket) return Fd();
  error_number = 0;
  if (::connect(socket.get(), address, size) == 0) return socket;
  error_number = errno;
  if (error_number != EINPROGRESS) return Fd();
  error_number = 0;
  auto ready = wait_for(socket.get(), POLLOUT, patience);
  if (!ready) return fail(ready.error());
  if (!*ready) return Fd();
  socklen_t length = sizeof error_number;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error_number, &length) != 0) {
    error_number = errno;
  }
  if (error_number != 0) return Fd();
  return socket;
}

std::string why_not_connected(int error_number) {
  return error_number == 0 ? "no answer in time" : std::strerror(error_number);
}

Result<Fd> connect_unix(const Address& address, Patience patience) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (address.path.size() >= sizeof name.sun_path) {
    return fail(ErrorCode::kUsage, fmt::format("{}: a Unix socket's path has at most {} octets",
                                               address.text, sizeof name.sun_path - 1));
  }
  address.path.copy(name.sun_path, sizeof name.sun_path - 1);
  int error_number = 0;
  auto socket = connect_to(AF_UNIX, reinterpret_cast<const sockaddr*>(&name), sizeof name, patience,
                           error_number);
  if (!socket || *socket) return socket;
  Error error = cannot_connect(address, why_not_connected(error_number));
  if (error_number == EACCES || error_number == EPERM) error.code = ErrorCode::kDenied;
  return fail(std::move(error));
}

Result<Fd> connect_tcp(const Address& address, Patience patience) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int wrong = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (wrong != 0) return fail(cannot_connect(address, ::gai_strerror(wrong)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, ::freeaddrinfo);
  int error_number = 0;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    auto socket = connect_to(at->ai_family, at->ai_addr, at->ai_addrlen, patience, error_number);
    if (!socket) return socket;
    if (!*socket) continue;
    keep_alive(socket->get());
    return socket;
  }
  return fail(cannot_connect(address, why_not_connected(error_number)));
}

}  // namespace

int milliseconds_until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

Result<bool> wait_for(int fd, short events, Patience patience) {
  while (true) {
    if (patience.interrupted != nullptr && patience.interrupted()) {
      return fail(ErrorCode::kInterrupted, "interrupted");
    }
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, milliseconds_until(patience.deadline));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return fail(system_error("poll", errno));
  }
}

Result<std::unique_ptr<Channel>> plain_channel(Fd socket) {
  const int flags = ::fcntl(socket.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return fail(ErrorCode::kUsage, system_error("not a socket that can be used", errno).text);
  }
  return std::make_unique<PlainChannel>(std::move(socket));
}

Result<std::unique_ptr<Channel>> open_channel(const Address& address, const TlsOptions& tls,
                                              Patience patience) {
  auto socket = address.kind == Address::Kind::kUnix ? connect_unix(address, patience)
                                                     : connect_tcp(address, patience);
  if (!socket) return fail(std::move(socket.error()));
  if (address.kind == Address::Kind::kTls) {
    return open_tls(std::move(*socket), address, tls, patience);
  }
  return std::make_unique<PlainChannel>(std::move(*socket));
}

}  // namespace mnm::client
