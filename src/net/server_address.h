// Where a server listens: tcp://HOST:PORT, tls://HOST:PORT, unix:///PATH, http://HOST:PORT,
// https://HOST:PORT, and the sockets behind them.
//
// Any thread.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "event.pb.h"

namespace mnm::net {

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  int release();

 private:
  int fd_ = -1;
};

// HTTP and WebSocket in events: numbers of event.proto's Transport, which has no names for them
// yet.
inline constexpr auto kHttpTransport = static_cast<event::Transport>(6);
inline constexpr auto kWsTransport = static_cast<event::Transport>(7);
inline constexpr auto kHttpsTransport = static_cast<event::Transport>(8);
inline constexpr auto kWssTransport = static_cast<event::Transport>(9);

struct ListenAddress {
  event::Transport transport = event::TCP;
  std::string host;  // a name or a literal, without brackets
  std::uint16_t port = 0;
  std::string path;  // of a Unix socket

  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool is_http() const {
    return transport == kHttpTransport || transport == kHttpsTransport;
  }
  [[nodiscard]] bool is_tls() const {
    return transport == event::TLS || transport == kHttpsTransport;
  }
};

// kUsage when it is none; the text says what it should look like.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

// An open socket and what it became: port 0 is the one that was picked.
struct Listening {
  ListenAddress address;
  Fd fd;
};

// Binds and listens. kUsage: plaintext on an address that isn't loopback, unless allowed;
// kUnavailable: in use, no such host. A Unix socket's file gets the mode given before anybody can
// connect; one that is there is replaced only when nobody answers on it.
inline constexpr mode_t kUnixSocketMode = 0660;
[[nodiscard]] Result<Listening> listen_on(const ListenAddress& address, bool allow_plaintext,
                                          mode_t unix_mode = kUnixSocketMode);

// Who is on the other side.
struct Peer {
  std::string text;     // "192.0.2.1:7070", "[2001:db8::1]:7070", "uid=1000 pid=4711"
  std::string network;  // what counts as one address: of IPv6 the /64. Empty: this machine
};
[[nodiscard]] Peer peer_of(int fd, event::Transport transport, const sockaddr_storage& address);

}  // namespace mnm::net
