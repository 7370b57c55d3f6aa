// Octets over a socket that never blocks: plain (TCP, Unix) here, TLS in transport_tls.h.
//
// One thread at a time. Knows no protocol and waits for nothing: it says what must be waited for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "event.pb.h"

namespace mnm::net {

// Something to write. Octets up to one that ends a message stay together where they are few: a
// client reads a small message with a single read.
struct Piece {
  std::string_view octets;
  bool ends_message = true;
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
};

// `fd` stays the caller's.
[[nodiscard]] std::unique_ptr<Transport> plain_transport(int fd);

}  // namespace mnm::net
