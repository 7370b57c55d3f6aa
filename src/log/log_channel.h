// A log read over a socket by a tool beside the relay: one small request, one bounded answer, as
// long as the link lasts (doc/mnmlog.md, "The reader's channel"). What both ends share.
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "log/log.h"

namespace mnm::log {

// Numbers on the wire, never reused.
enum class ChannelAsk : std::uint8_t {
  kState = 1,    // the durable position, the tail, the identity, the format
  kRecord = 2,   // the record that holds an LSN
  kScan = 3,     // records from an LSN on
  kMessage = 4,  // a message row
  kViews = 5,    // of the relay's views: what follows the request asks (ops/views_ask.h)
};

struct ChannelRequest {
  ChannelAsk ask = ChannelAsk::kState;
  Lsn lsn;  // kViews: how many octets follow
};
struct ChannelState {
  Position durable;
  Lsn tail;
  std::string identity;
  std::string format;  // empty: an older relay doesn't say
};

inline constexpr std::size_t kChannelRequestBytes = 9;
inline constexpr std::size_t kChannelQuestionBytesMax = 4096;  // after a request for kViews
inline constexpr std::size_t kChannelHeadBytes = 5;            // of an answer: its code, its length
// A scan's answer ends with the record that reaches this.
inline constexpr std::size_t kChannelScanBytes = std::size_t{1} << 20;
inline constexpr std::size_t kChannelAnswerBytesMax = std::size_t{66} << 20;

[[nodiscard]] std::string encode(const ChannelRequest& request);
[[nodiscard]] std::optional<ChannelRequest> decode_channel_request(std::string_view octets);

// The whole answer of a log, its head included. kViews is none that a log can answer.
[[nodiscard]] std::string answer(const Reader& log, const ChannelRequest& request);
// The same of an answer that somebody else gave.
[[nodiscard]] std::string framed_answer(const Result<std::string>& content);

// The client's side. The head: how many octets follow; their meaning by the request, or an error
// with them as its text.
struct ChannelHead {
  std::optional<ErrorCode> error;
  std::size_t size = 0;
};
[[nodiscard]] std::optional<ChannelHead> decode_channel_head(std::string_view octets);
[[nodiscard]] std::optional<ChannelState> decode_channel_state(std::string_view octets);
// Takes the next record's octets off the front; none at the end, or when they are misshapen.
[[nodiscard]] std::optional<std::string_view> take_record(std::string_view& octets);

}  // namespace mnm::log
