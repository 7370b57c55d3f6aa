// WebSocket framing (RFC 6455, section 5): takes frames apart in place, and makes their heads.
//
// Pure; one thread at a time; nothing is allocated but for a control frame on its way. What a
// WebSocket message is doesn't matter here: data is a stream of octets, as it is on a socket.
// Boost.Beast's WebSocket isn't used in the relay: it can't be had without its stream, which reads
// and writes by itself, holds buffers for each link, and has no gathering write.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace mnm::net {

enum class WsOpcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

// Which side we are: only a client's frames are masked.
enum class WsRole : std::uint8_t { kServer, kClient };

// Why a WebSocket is closed; on the wire.
inline constexpr std::uint16_t kWsNormal = 1000;
inline constexpr std::uint16_t kWsProtocolError = 1002;
inline constexpr std::uint16_t kWsNotAcceptable = 1003;  // text

class WsReader {
 public:
  // A control frame; its data is at most 125 octets.
  using Control = std::function<void(WsOpcode opcode, std::string_view data)>;

  explicit WsReader(WsRole role) : role_(role) {}

  // Takes all octets; what data they hold moves to their front, unmasked. Returns how many that
  // are. Once failed() or after a Close nothing more is taken.
  [[nodiscard]] std::size_t take(std::span<char> octets, const Control& control);
  // What the peer did wrong, as a code to close with; 0: nothing.
  [[nodiscard]] std::uint16_t failed() const { return failed_; }
  [[nodiscard]] bool closed() const { return closed_; }

 private:
  [[nodiscard]] bool head_done(std::string_view& in);
  void begin_frame();
  void end_frame(const Control& control);
  void unmask(char* octets, std::size_t count);
  [[nodiscard]] bool is_control() const { return (head_[0] & 0x08U) != 0; }

  const WsRole role_;
  std::array<unsigned char, 14> head_{};
  std::uint8_t head_have_ = 0;
  bool in_payload_ = false;
  bool in_message_ = false;  // continuations are due
  bool closed_ = false;
  std::uint16_t failed_ = 0;
  std::uint8_t mask_at_ = 0;
  std::array<unsigned char, 4> mask_{};
  std::uint64_t left_ = 0;  // octets of the frame's data that haven't come
  std::string control_;
};

// The head of a server's frame.
struct WsHead {
  std::array<char, 10> octets{};
  std::size_t size = 0;
  [[nodiscard]] std::string_view text() const { return {octets.data(), size}; }
};
[[nodiscard]] WsHead ws_head(WsOpcode opcode, bool fin, std::uint64_t size);
// A whole control frame of a server's.
[[nodiscard]] std::string ws_control(WsOpcode opcode, std::string_view data);
// The data of a Close.
[[nodiscard]] std::string ws_close_data(std::uint16_t code);
// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
[[nodiscard]] std::string ws_accept(std::string_view key);

}  // namespace mnm::net
