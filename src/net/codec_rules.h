// What the two codecs share: the rules that a header is judged by, and the limits that keep every
// answer within a frame.
//
// For the codecs only. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "net/codec.h"
#include "net/frame.h"
#include "net/json_header.h"

namespace mnm::net {

inline constexpr std::string_view kInvalidHeader = "invalid header";
inline constexpr std::string_view kCorruptBase32 = "corrupt base32 value";
inline constexpr std::string_view kDataTooLong = "data too long for request type";
inline constexpr std::string_view kDataTooShort = "data too short for request type";
inline constexpr std::string_view kNoRecipients = "recipient list empty";

// A ping's or an invite's text: 140 UTF-16 units are at most so many octets.
inline constexpr std::uint64_t kTextBytesMax = 420;

// Answers and messages repeat what requests said, escaped anew (up to six octets for one) and with
// a few fields of our own. These limits, in octets as escaped, keep them within a header's 65535.
inline constexpr std::size_t kOwnFieldsBytesMax = 1000;  // all else in one of our headers
inline constexpr std::size_t kRequestIdBytesMax = 60000;
inline constexpr std::size_t kNameBytesMax = 20000;  // an alias, a group's or a node's name
inline constexpr std::size_t kNamesInMessageMax = 3;
inline constexpr std::size_t kOhiTargetsMax = 1500;
inline constexpr std::size_t kUidEntryBytes = 42;  // {"id":"<32 characters>"},
static_assert(kRequestIdBytesMax + kOwnFieldsBytesMax < kHeaderBytesMax);
static_assert(kNamesInMessageMax * kNameBytesMax + kOwnFieldsBytesMax < kHeaderBytesMax);
static_assert(kOhiTargetsMax * kUidEntryBytes + kOwnFieldsBytesMax < kHeaderBytesMax);

using Decoded = tl::expected<Incoming, Fatal>;

[[nodiscard]] inline tl::unexpected<Fatal> fatal(std::string_view text,
                                                 event::Op op = event::OP_NONE,
                                                 std::string_view uid = {}) {
  return tl::unexpected<Fatal>(Fatal{text, op, std::string(uid)});
}

[[nodiscard]] bool fits(std::string_view text, std::size_t escaped_bytes_max);
// Whether each entry of the list, if there is one, has an id and, where asked for, a type of 1
// to 3.
[[nodiscard]] bool entries_valid(const std::optional<std::vector<ForEntry>>& list, bool with_type);
[[nodiscard]] std::vector<ops::Target> targets_of(const std::vector<ForEntry>& list);
[[nodiscard]] std::optional<std::string> given(std::string_view text);

// Requests that are the same in both dialects but for their number. Each judges its own fields;
// what holds for all ops is judged before.
[[nodiscard]] Decoded decode_login(const RequestHeader& header);
[[nodiscard]] Decoded decode_ohi(const RequestHeader& header, std::string_view type);
[[nodiscard]] Decoded decode_invite(const RequestHeader& header);
[[nodiscard]] Decoded decode_group_edit(const RequestHeader& header);
[[nodiscard]] Decoded decode_ping(const RequestHeader& header);
[[nodiscard]] Decoded decode_ack(const RequestHeader& header);
// The changes of a UserEdit; false when one of them can't be.
[[nodiscard]] bool read_edit(const RequestHeader& header, ops::UserEdit& edit);
[[nodiscard]] Incoming request(const RequestHeader& header, ops::Command command);

// Answers that are the same in both dialects.
[[nodiscard]] std::string encode_logged_in(const ops::LoggedIn& logged_in);
[[nodiscard]] std::string encode_ohi(const ops::Ohi& ohi);
// What an answer to the request needs besides its error text.
[[nodiscard]] std::size_t fits_in_answer(std::string_view request_id);

}  // namespace mnm::net
