// A link to a relay: octets in, octets out, over TCP, TLS or a Unix socket.
//
// One thread. Calls block, each bounded by a deadline and ended by a signal where the program says
// so. Both directions always go on together: who waits to send also receives, up to a bound, so
// that neither side can wait for the other for ever. Sockets and OpenSSL are used directly: there
// is one descriptor, and poll() hears of signals at once.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "client/address.h"
#include "client/fd.h"

namespace mnm::client {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

// Whether a signal has asked the program to end; null: signals are nobody's business here.
using Interrupted = bool (*)();
// How long to wait.
struct Patience {
  Deadline deadline;
  Interrupted interrupted = nullptr;
};

struct TlsOptions {
  std::string ca_file;    // empty: the system's
  bool insecure = false;  // take any certificate
};

class Channel;  // what the octets go through; link_channel.h

class Link {
 public:
  // Received and not yet taken: more is left to the kernel, and so to the relay.
  static constexpr std::size_t kReceivedBytesMax = std::size_t{256} << 10;

  // kUnavailable: nobody there, or too late. kDenied: the relay's certificate isn't to be trusted.
  [[nodiscard]] static Result<std::unique_ptr<Link>> open(const Address& address,
                                                          const TlsOptions& tls, Patience patience);
  // Over a stream socket that is connected already, and becomes non-blocking.
  [[nodiscard]] static Result<std::unique_ptr<Link>> adopt(Fd socket);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Puts octets behind what waits to be sent, and sends what the kernel takes.
  void send(std::string_view octets);
  [[nodiscard]] std::size_t unsent() const { return unsent_.size() - sent_; }

  // Octets that have come, and how many of them are used up.
  [[nodiscard]] std::string_view received() const;
  void take(std::size_t count);

  enum class Event {
    kMoved,   // something was received or sent
    kLate,    // nothing until the deadline
    kClosed,  // the relay has closed, and all that it sent has been received
    kInput,   // `input` is readable
  };
  // Waits until something moves, or `input` (-1: none) is readable. kInterrupted after a signal.
  [[nodiscard]] Result<Event> wait(Deadline deadline, int input = -1);
  // Waits until no more than `limit` octets wait to be sent. False when that didn't go on until
  // `stall` had passed without an octet, or the relay takes no more.
  [[nodiscard]] Result<bool> drain(std::size_t limit, Clock::duration stall);
  // Why it ended, for people.
  [[nodiscard]] const std::string& why_closed() const { return why_; }
  // For poll: readable when there may be more.
  [[nodiscard]] int fd() const;

 private:
  Link(std::unique_ptr<Channel> channel, Interrupted interrupted);
  bool pump_in();
  bool pump_out();

  std::unique_ptr<Channel> channel_;
  const Interrupted interrupted_;
  std::string received_;
  std::size_t taken_ = 0;  // of received_
  std::string unsent_;
  std::size_t sent_ = 0;  // of unsent_
  bool in_closed_ = false;
  bool out_closed_ = false;
  std::string why_ = "the relay closed the link";
};

}  // namespace mnm::client
