#include "net/server_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <utility>

namespace mnm::net {
namespace {

constexpr int kBacklog = 1024;

tl::unexpected<Error> not_an_address(std::string_view text) {
  return fail(ErrorCode::kUsage,
              fmt::format("'{}' is no address to listen on: expected tcp://HOST:PORT, "
                          "tls://HOST:PORT, http://HOST:PORT, https://HOST:PORT (an IPv6 HOST in "
                          "brackets) or unix:///PATH",
                          text));
}

std::string_view scheme_of(event::Transport transport) {
  if (transport == kHttpTransport) return "http";
  if (transport == kHttpsTransport) return "https";
  return transport == event::TLS ? "tls" : "tcp";
}

template <class Address>
const Address& as(const sockaddr_storage& address) {
  return reinterpret_cast<const Address&>(address);
}

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    return (ntohl(as<sockaddr_in>(address).sin_addr.s_addr) >> 24U) == IN_LOOPBACKNET;
  }
  const in6_addr& v6 = as<sockaddr_in6>(address).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

std::uint16_t port_of(const sockaddr_storage& address) {
  return ntohs(address.ss_family == AF_INET ? as<sockaddr_in>(address).sin_port
                                            : as<sockaddr_in6>(address).sin6_port);
}

Result<Fd> bound(const addrinfo& info, const std::string& name) {
  Fd fd(::socket(info.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail(system_error("can't make a socket for " + name, errno));
  const int on = 1;
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (info.ai_family == AF_INET6) {
    (void)::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  }
  if (::bind(fd.get(), info.ai_addr, info.ai_addrlen) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return fail(system_error("can't listen on " + name, errno));
  }
  return fd;
}

Result<Listening> listen_tcp(const ListenAddress& address, bool allow_plaintext) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                                   std::to_string(address.port).c_str(), &hints, &found);
  if (failed != 0) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("can't listen on {}: {}", address.text(), ::gai_strerror(failed)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, ::freeaddrinfo);
  sockaddr_storage storage{};
  std::memcpy(&storage, list->ai_addr, list->ai_addrlen);
  if (!address.is_tls() && !allow_plaintext && !is_loopback(storage)) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} is not a loopback address, and plaintext would show passwords to "
                            "the network: use {}://, or --allow-plaintext if you mean it",
                            address.text(), address.is_http() ? "https" : "tls"));
  }
  auto fd = bound(*list, address.text());
  if (!fd) return fail(fd.error());
  socklen_t size = sizeof(storage);
  if (::getsockname(fd->get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    return fail(system_error("can't tell the port of " + address.text(), errno));
  }
  Listening listening{address, std::move(*fd)};
  listening.address.port = port_of(storage);
  return listening;
}

// Makes way for a socket's file when what is there is a socket on which nobody answers.
Result<void> make_way(const std::string& path, const sockaddr_un& name) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};  // bind will say what is wrong, if anything
  if (!S_ISSOCK(status.st_mode)) {
    return fail(ErrorCode::kUnavailable, path + " exists and is no socket; nothing was changed");
  }
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!probe) return fail(system_error("can't make a socket for " + path, errno));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0) {
    return fail(ErrorCode::kUnavailable, path + " is in use: another program answers on it");
  }
  if (errno != ECONNREFUSED) return fail(system_error("can't tell who listens on " + path, errno));
  if (::unlink(path.c_str()) != 0) return fail(system_error("can't replace " + path, errno));
  return {};
}

Result<Listening> listen_unix(const ListenAddress& address, mode_t mode) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (address.path.size() >= sizeof(name.sun_path)) {
    return fail(ErrorCode::kUsage,
                fmt::format("the path of {} has {} octets, a Unix socket's at most {}",
                            address.text(), address.path.size(), sizeof(name.sun_path) - 1));
  }
  std::memcpy(name.sun_path, address.path.c_str(), address.path.size() + 1);
  if (auto way = make_way(address.path, name); !way) return fail(way.error());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail(system_error("can't make a socket for " + address.text(), errno));
  // Mode before listen: between the two nobody can connect.
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0 ||
      ::chmod(address.path.c_str(), mode) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return fail(system_error("can't listen on " + address.text(), errno));
  }
  return Listening{address, std::move(fd)};
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  const Fd old(fd_);
  fd_ = other.release();
  return *this;
}
Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}
int Fd::release() { return std::exchange(fd_, -1); }

std::string ListenAddress::text() const {
  if (transport == event::UNIX) return "unix://" + path;
  const bool v6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", scheme_of(transport), v6 ? "[" : "", host, v6 ? "]" : "",
                     port);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress address;
  std::string_view rest = text;
  const auto scheme = [&rest](std::string_view name) {
    if (!rest.starts_with(name)) return false;
    rest.remove_prefix(name.size());
    return true;
  };
  if (scheme("unix://")) {
    if (!rest.starts_with('/')) return not_an_address(text);
    address.transport = event::UNIX;
    address.path = rest;
    return address;
  }
  if (scheme("tls://")) {
    address.transport = event::TLS;
  } else if (scheme("http://")) {
    address.transport = kHttpTransport;
  } else if (scheme("https://")) {
    address.transport = kHttpsTransport;
  } else if (!scheme("tcp://")) {
    return not_an_address(text);
  }
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return not_an_address(text);
  std::string_view host = rest.substr(0, colon);
  const std::string_view port = rest.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos || host.empty()) {
    return not_an_address(text);
  }
  address.host = host;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size()) return not_an_address(text);
  return address;
}

Result<Listening> listen_on(const ListenAddress& address, bool allow_plaintext, mode_t unix_mode) {
  return address.transport == event::UNIX ? listen_unix(address, unix_mode)
                                          : listen_tcp(address, allow_plaintext);
}

Peer peer_of(int fd, event::Transport transport, const sockaddr_storage& address) {
  if (transport == event::UNIX) {
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return {"unknown", {}};
    return {fmt::format("uid={} pid={}", credentials.uid, credentials.pid), {}};
  }
  std::array<char, INET6_ADDRSTRLEN> host{};
  Peer peer;
  if (address.ss_family == AF_INET) {
    const auto& v4 = as<sockaddr_in>(address);
    (void)::inet_ntop(AF_INET, &v4.sin_addr, host.data(), host.size());
    peer.text = fmt::format("{}:{}", host.data(), port_of(address));
    peer.network = host.data();
  } else {
    const auto& v6 = as<sockaddr_in6>(address);
    (void)::inet_ntop(AF_INET6, &v6.sin6_addr, host.data(), host.size());
    peer.text = fmt::format("[{}]:{}", host.data(), port_of(address));
    peer.network.assign(reinterpret_cast<const char*>(&v6.sin6_addr), 8);
  }
  if (is_loopback(address)) peer.network.clear();
  return peer;
}

}  // namespace mnm::net
