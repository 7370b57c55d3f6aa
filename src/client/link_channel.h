// The two ways in which octets go through a connected socket: as they are, or through TLS. For
// link.cc.
//
// One thread; nothing blocks but open_*, which keep to the deadline.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "client/fd.h"
#include "client/link.h"

namespace mnm::client {

struct Moved {
  enum class Status { kDone, kWantRead, kWantWrite, kEnd, kFailed };
  Status status = Status::kFailed;
  std::size_t octets = 0;
};

class Channel {
 public:
  virtual ~Channel() = default;
  [[nodiscard]] virtual Moved read(char* into, std::size_t size) = 0;
  [[nodiscard]] virtual Moved write(std::string_view octets) = 0;
  // Says goodbye, if there is a way to.
  virtual void finish() = 0;
  [[nodiscard]] virtual int fd() const = 0;
  // What the last failure was, for people.
  [[nodiscard]] virtual std::string why() const = 0;
};

[[nodiscard]] Result<std::unique_ptr<Channel>> open_channel(const Address& address,
                                                            const TlsOptions& tls,
                                                            Patience patience);
// Over a connected socket, which becomes non-blocking.
[[nodiscard]] Result<std::unique_ptr<Channel>> plain_channel(Fd socket);
// With a handshake, over a connected socket. link_tls.cc.
[[nodiscard]] Result<std::unique_ptr<Channel>> open_tls(Fd socket, const Address& address,
                                                        const TlsOptions& tls, Patience patience);

// Waits for `events` (poll's) on fd. False when it is too late; kInterrupted after a signal.
[[nodiscard]] Result<bool> wait_for(int fd, short events, Patience patience);
// Milliseconds for poll, rounded up; 0 when it has passed.
[[nodiscard]] int milliseconds_until(Deadline deadline);

}  // namespace mnm::client
