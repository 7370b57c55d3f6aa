// A connection to a relay for tests: TCP, Unix or TLS, blocking, but never longer than its
// patience.
//
// One thread sends and receives; cut() may be called from another, which ends what that one waits
// for.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <glog/logging.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/server_address.h"

namespace mnm::testing {

class WireLink {
 public:
  static constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(30);

  // Null when nobody answers at `address`, a URL as mnmd prints it. A small `receive_buffer` makes
  // what the kernel takes for a peer that doesn't read small.
  static std::unique_ptr<WireLink> open(const std::string& address, int receive_buffer = 0,
                                        std::chrono::milliseconds patience = kPatience) {
    const auto where = net::parse_listen_address(address);
    CHECK(where) << where.error().text;
    sockaddr_storage name{};
    const socklen_t size = fill(*where, name);
    net::Fd fd(::socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    PCHECK(fd);
    if (receive_buffer != 0) {
      ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    bound_in_time(fd.get(), patience);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&name), size) != 0) return nullptr;
    std::unique_ptr<WireLink> link(new WireLink(std::move(fd)));
    if (where->is_tls() && !link->begin_tls()) return nullptr;
    return link;
  }
  WireLink(const WireLink&) = delete;
  WireLink& operator=(const WireLink&) = delete;
  ~WireLink() {
    if (ssl_ == nullptr) return;
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  // False once the link is gone.
  bool send(std::string_view octets) {
    while (!octets.empty()) {
      const auto count = ssl_ != nullptr
                             ? SSL_write(ssl_, octets.data(), static_cast<int>(octets.size()))
                             : ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      octets.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  enum class Got { kOctets, kEnd, kNothing };
  // One read, appended to `octets`. kNothing: nothing came in time.
  Got receive(std::string& octets) {
    std::string buffer(64 << 10, '\0');
    errno = 0;
    const auto count = ssl_ != nullptr
                           ? SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()))
                           : ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (count > 0) {
      octets.append(buffer, 0, static_cast<std::size_t>(count));
      return Got::kOctets;
    }
    if (count < 0 && errno == EINTR) return receive(octets);  // a child of the test's ended
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? Got::kNothing : Got::kEnd;
  }

  void set_patience(std::chrono::milliseconds patience) { bound_in_time(fd_.get(), patience); }
  // Ends the link as if the machine had closed it.
  void cut() { ::shutdown(fd_.get(), SHUT_RDWR); }
  [[nodiscard]] int fd() const { return fd_.get(); }
  // The common name in the certificate that the relay showed.
  [[nodiscard]] std::string certificate_name() const {
    X509* certificate = SSL_get1_peer_certificate(ssl_);
    CHECK_NOTNULL(certificate);
    std::string name(256, '\0');
    const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                               name.data(), static_cast<int>(name.size()));
    X509_free(certificate);
    name.resize(static_cast<std::size_t>(std::max(size, 0)));
    return name;
  }

 private:
  explicit WireLink(net::Fd fd) : fd_(std::move(fd)) {}

  static socklen_t fill(const net::ListenAddress& where, sockaddr_storage& out) {
    if (where.transport == event::UNIX) {
      auto& name = reinterpret_cast<sockaddr_un&>(out);
      name.sun_family = AF_UNIX;
      CHECK_LT(where.path.size(), sizeof name.sun_path);
      where.path.copy(name.sun_path, where.path.size());
      return sizeof name;
    }
    auto& name = reinterpret_cast<sockaddr_in&>(out);
    name.sin_family = AF_INET;
    name.sin_port = htons(where.port);
    CHECK_EQ(::inet_pton(AF_INET, where.host.c_str(), &name.sin_addr), 1);
    return sizeof name;
  }
  static void bound_in_time(int fd, std::chrono::milliseconds limit) {
    const timeval within{limit.count() / 1000, limit.count() % 1000 * 1000};
    PCHECK(::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &within, sizeof within) == 0);
    PCHECK(::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &within, sizeof within) == 0);
  }
  bool begin_tls() {
    context_ = SSL_CTX_new(TLS_client_method());  // who the relay is, the tests look at themselves
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_.get());
    return SSL_connect(ssl_) == 1;
  }

  net::Fd fd_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

}  // namespace mnm::testing
