#include "net/transport.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

#include "net/limits.h"

namespace mnm::net {
namespace {

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(int fd) : fd_(fd) {}

  IoResult handshake() override { return {IoResult::Status::kDone, 1}; }

  IoResult read(std::span<char> into) override {
    for (;;) {
      const ssize_t count = ::recv(fd_, into.data(), into.size(), 0);
      if (count > 0) return {IoResult::Status::kDone, static_cast<std::size_t>(count)};
      if (count == 0) return {IoResult::Status::kEnd};
      if (would_block()) return {IoResult::Status::kWantRead};
      if (errno != EINTR) return {IoResult::Status::kFailed};
    }
  }

  bool has_buffered() const override { return false; }

  IoResult write(std::span<const Piece> pieces) override {
    std::array<iovec, kGatherMax> vectors;  // NOLINT: as many as are used
    std::size_t used = 0;
    for (const Piece& piece : pieces.first(std::min(pieces.size(), kGatherMax))) {
      vectors.at(used++) = {const_cast<char*>(piece.octets.data()), piece.octets.size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = used;
    for (;;) {
      const ssize_t count = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
      if (count > 0) return {IoResult::Status::kDone, static_cast<std::size_t>(count)};
      if (count < 0 && would_block()) return {IoResult::Status::kWantWrite};
      if (count == 0 || errno != EINTR) return {IoResult::Status::kFailed};
    }
  }

  void finish() override { (void)::shutdown(fd_, SHUT_WR); }  // fails when the peer is gone

 private:
  int fd_;
};

}  // namespace

std::unique_ptr<Transport> plain_transport(int fd) { return std::make_unique<PlainTransport>(fd); }

}  // namespace mnm::net
