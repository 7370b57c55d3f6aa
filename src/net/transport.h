// Octets over a socket that never blocks: plain (TCP, Unix) here, TLS in transport_tls.h, WebSocket
// over either in transport_ws.h.
//
// One thread at a time. Knows no protocol of ours and waits for nothing: it says what must be
// waited for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "event.pb.h"
#include "net/limits.h"

namespace mnm::net {

// Something to write. Octets up to one that ends a message stay together where they are few: a
// client reads a small message with a single read.
struct Piece {
  std::string_view octets;
  bool ends_message = true;
  bool goes_on = false;  // with ends_message: the next message is the rest of the same frame
};

struct IoResult {
  enum class Status : std::uint8_t {
    kDone,       // `count` octets, at least one
    kWantRead,   // not before the socket is readable
    kWantWrite,  // not before the socket is writable
    kEnd,        // the peer has closed in good order
    kFailed,
  };
  Status status = Status::kFailed;
  std::size_t count = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Until it says kDone nothing else may be called.
  [[nodiscard]] virtual IoResult handshake() = 0;
  [[nodiscard]] virtual IoResult read(std::span<char> into) = 0;
  // Octets are here already, and the socket need not become readable.
  [[nodiscard]] virtual bool has_buffered() const = 0;
  // Writes from the front of `pieces`, which are not empty. After kWantWrite the next call's pieces
  // begin with the same octets.
  [[nodiscard]] virtual IoResult write(std::span<const Piece> pieces) = 0;
  // Tells the peer that no more follows, as far as that goes without waiting.
  virtual void finish() = 0;
  // From now on another thread calls, whose scratch this is: kTlsRecordBytes (limits.h).
  virtual void use_scratch(std::span<char> /*scratch*/) {}

  // --- what a transport says by itself (WebSocket's pings and pongs) -----------------------------
  // It has octets of its own to write: write() is called even with no pieces, and may report 0.
  [[nodiscard]] virtual bool has_own() const { return false; }
  [[nodiscard]] virtual bool is_due(TimePoint) const { return false; }
  // When is_due; `reading`: what the peer sends is read. False: the peer doesn't answer any more.
  [[nodiscard]] virtual bool keep_alive(TimePoint, bool /*reading*/) { return true; }
};

// `fd` stays the caller's.
[[nodiscard]] std::unique_ptr<Transport> plain_transport(int fd);

}  // namespace mnm::net
