// WebSocket as a Transport over another one: the data of binary messages, in any split, is the
// stream of octets that comes in; each frame of the protocol that goes out is one message. A large
// one, which is written piece by piece, is one message of several fragments.
//
// Holds no buffer: what comes is taken apart where it lies, what goes is gathered with the heads
// between. Pings and pongs are its own affair.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "net/transport.h"
#include "net/ws_frames.h"

namespace mnm::net {

class WsTransport final : public Transport {
 public:
  // `answer` is the HTTP response that opens the WebSocket, `early` what came after its request.
  WsTransport(std::unique_ptr<Transport> inner, std::string answer, std::string early,
              TimePoint now);

  IoResult handshake() override;
  IoResult read(std::span<char> into) override;
  [[nodiscard]] bool has_buffered() const override;
  IoResult write(std::span<const Piece> pieces) override;
  void finish() override;
  [[nodiscard]] bool has_own() const override;
  [[nodiscard]] bool is_due(TimePoint now) const override { return now >= due_; }
  [[nodiscard]] bool keep_alive(TimePoint now, bool reading) override;

 private:
  struct Gathered;
  void gather(std::span<const Piece> pieces, Gathered& out);
  void take_control(WsOpcode opcode, std::string_view data);
  [[nodiscard]] bool between_frames() const { return frame_left_ == 0 && first_.empty(); }
  [[nodiscard]] IoResult ended() const;

  std::unique_ptr<Transport> inner_;
  WsReader reader_{WsRole::kServer};
  std::string early_;
  // --- out --------------------------------------------------------------------------------------
  std::string first_;             // goes before all else: the rest of a head, pings, pongs
  std::string own_;               // the control frames to send when a frame is done
  std::uint64_t frame_left_ = 0;  // octets of data that the head in front has promised
  bool goes_on_ = false;          // the message in front has had a fragment, and isn't done
  bool stuck_ = false;            // the inner transport must be given the same octets again
  // --- ends and pings
  // -----------------------------------------------------------------------------
  std::string close_data_;
  bool heard_ = true;  // something came, or was taken, since the last ping
  TimePoint due_;      // of the next ping
};

}  // namespace mnm::net
