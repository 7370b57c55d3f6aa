// Framing: finds "hhhh" and the header in a stream of octets that arrives in any pieces. Pure, one
// thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mnm::net {

inline constexpr std::size_t kLengthDigits = 4;
inline constexpr std::size_t kHeaderBytesMin = 8;
inline constexpr std::size_t kHeaderBytesMax = 65535;

// Reads one header, then waits to be told how much data follows it (the session knows after
// decoding). Usage:
//   feed() until header_ready(); take the header; then the session consumes the data itself from
//   what feed left over.
class HeaderReader {
 public:
  enum class State : std::uint8_t {
    kIncomplete,  // more octets are needed
    kReady,       // header() is whole
    kBadLength,   // not four hex digits, or fewer than 8 octets: the link must end
  };

  // Takes octets from the front of `in` (which shrinks) until the header is whole or `in` is empty.
  State feed(std::string_view& in);
  [[nodiscard]] State state() const { return state_; }
  // The JSON, while kReady. Valid until next().
  [[nodiscard]] std::string_view header() const;
  // Whether a frame has begun (deadlines for its rest apply).
  [[nodiscard]] bool in_frame() const { return !buffer_.empty(); }
  // Overwrites a header that held a secret, since an idle link keeps its memory. Then next().
  void overwrite();
  // Forget the header; ready for the next frame.
  void next();

 private:
  std::string buffer_;  // hhhh + header so far
  std::size_t header_bytes_ = 0;
  State state_ = State::kIncomplete;
};

// Puts the four lowercase digits before a header's JSON.
[[nodiscard]] std::string frame(std::string_view json);

}  // namespace mnm::net
