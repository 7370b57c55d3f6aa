// connect_to: sockets of all transports.
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "mnmbench/http_link.h"
#include "mnmbench/link.h"
#include "mnmbench/websocket.h"

namespace mnm::bench {
namespace {

using Status = net::IoResult::Status;

class TlsClient final : public net::Transport {
 public:
  explicit TlsClient(SSL* ssl) : ssl_(ssl, SSL_free) {}

  net::IoResult handshake() override { return {Status::kDone, 1}; }
  net::IoResult read(std::span<char> into) override {
    std::size_t count = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
    return outcome(result, count);
  }
  bool has_buffered() const override { return SSL_has_pending(ssl_.get()) == 1; }
  net::IoResult write(std::span<const net::Piece> pieces) override {
    std::size_t count = 0;
    ERR_clear_error();
    const std::string_view octets = pieces.front().octets;
    const int result = SSL_write_ex(ssl_.get(), octets.data(), octets.size(), &count);
    return outcome(result, count);
  }
  void finish() override {
    ERR_clear_error();
    (void)SSL_shutdown(ssl_.get());  // the peer may be gone
  }

 private:
  net::IoResult outcome(int result, std::size_t count) {
    if (result == 1) return {Status::kDone, count};
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return {Status::kWantRead};
      case SSL_ERROR_WANT_WRITE:
        return {Status::kWantWrite};
      case SSL_ERROR_ZERO_RETURN:
        return {Status::kEnd};
      default:
        return {Status::kFailed};
    }
  }

  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

SSL_CTX* tls_context() {
  static const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context = [] {
    SSL_CTX* made = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(made, TLS1_3_VERSION);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>(made, SSL_CTX_free);
  }();
  return context.get();
}

Result<net::Fd> connect_unix(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof name.sun_path) {
    return fail(ErrorCode::kUsage, "the path of the Unix socket is too long: " + path);
  }
  std::memcpy(name.sun_path, path.data(), path.size());
  net::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    return fail(system_error("can't connect to " + path, errno));
  }
  return fd;
}

Result<net::Fd> connect_tcp(const net::ListenAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (status != 0) {
    return fail(ErrorCode::kUnavailable, "no host " + address.host + ": " + gai_strerror(status));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  int error = 0;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    net::Fd fd(::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol));
    if (fd && ::connect(fd.get(), at->ai_addr, at->ai_addrlen) == 0) {
      const int on = 1;
      (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // slower without
      return fd;
    }
    error = errno;
  }
  return fail(system_error("can't connect to " + address.text(), error));
}

void make_nonblocking(int fd) { (void)::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

Result<Socket> over_tls(net::Fd fd, const net::ListenAddress& address) {
  SSL* ssl = SSL_new(tls_context());
  auto transport = std::make_unique<TlsClient>(ssl);
  if (SSL_set_fd(ssl, fd.get()) != 1 || SSL_connect(ssl) != 1) {
    return fail(ErrorCode::kUnavailable, "no TLS with " + address.text());
  }
  return Socket{std::move(fd), std::move(transport)};
}

bool is_tls(event::Transport transport) {
  return transport == event::TLS || transport == net::kHttpsTransport ||
         transport == net::kWssTransport;
}

// Connected, and blocking still.
Result<Socket> connect_blocking(const net::ListenAddress& address) {
  auto fd = address.transport == event::UNIX ? connect_unix(address.path) : connect_tcp(address);
  if (!fd) return fail(fd.error());
  if (is_tls(address.transport)) return over_tls(std::move(*fd), address);
  auto transport = net::plain_transport(fd->get());
  return Socket{std::move(*fd), std::move(transport)};
}

}  // namespace

Socket plain_socket(net::Fd fd) {
  make_nonblocking(fd.get());
  auto transport = net::plain_transport(fd.get());
  return {std::move(fd), std::move(transport)};
}

Result<Socket> connect_to(const net::ListenAddress& address) {
  auto socket = connect_blocking(address);
  if (!socket) return socket;
  const std::string host = address.host + ":" + std::to_string(address.port);
  if (address.is_http()) {
    return over_http(
        std::move(*socket), [address] { return connect_blocking(address); }, host);
  }
  if (address.transport == net::kWsTransport || address.transport == net::kWssTransport) {
    socket = upgrade_to_websocket(std::move(*socket), host);
  }
  if (socket) make_nonblocking(socket->fd.get());
  return socket;
}

Result<net::ListenAddress> parse_target(std::string_view text) {
  if (!text.starts_with("ws://") && !text.starts_with("wss://")) {
    return net::parse_listen_address(text);
  }
  auto address = net::parse_listen_address("http" + std::string(text.substr(2)));
  if (!address) return fail(ErrorCode::kUsage, std::string(text) + ": not ws://HOST:PORT");
  address->transport = address->is_tls() ? net::kWssTransport : net::kWsTransport;
  return address;
}

}  // namespace mnm::bench
