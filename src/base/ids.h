// The numbers that name things, each its own type: none converts to another by itself.
//
// Any layer may use them. Value 0 always means "none". On disk they are plain varints or big-endian
// integers; see doc/log_format.md.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace mnm {

template <class Tag, class Rep>
class StrongId {
 public:
  using rep = Rep;
  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }
  constexpr explicit operator bool() const { return value_ != 0; }
  friend constexpr auto operator<=>(StrongId, StrongId) = default;

 private:
  Rep value_ = 0;
};

// The number of an event in the log: contiguous from 1 within an epoch, rising for ever. A
// message's id is the LSN of the event that stored it.
using Lsn = StrongId<struct LsnTag, std::uint64_t>;
// Counts restores: each starts a new epoch, so that no LSN is ever used twice.
using Epoch = StrongId<struct EpochTag, std::uint32_t>;
// Dense numbers of users, nodes (over all users) and groups, from 1, in order of creation, never
// reused.
using UserNo = StrongId<struct UserNoTag, std::uint32_t>;
using NodeNo = StrongId<struct NodeNoTag, std::uint32_t>;
using GroupNo = StrongId<struct GroupNoTag, std::uint32_t>;
// A user's own count of its nodes, from 1; what people see ("node 2") and what dropnode names.
using NodeOrdinal = StrongId<struct NodeOrdinalTag, std::uint32_t>;
// One accepted connection, from 1 within one run of the process.
using SessionId = StrongId<struct SessionIdTag, std::uint64_t>;

template <class Id>
[[nodiscard]] constexpr Id next(Id id) {
  return Id(static_cast<typename Id::rep>(id.value() + 1));
}
[[nodiscard]] constexpr Lsn operator+(Lsn lsn, std::uint64_t n) { return Lsn(lsn.value() + n); }
[[nodiscard]] constexpr Lsn operator-(Lsn lsn, std::uint64_t n) { return Lsn(lsn.value() - n); }

// A message id as clients and people see it: the LSN as 16 lowercase hex digits.
[[nodiscard]] std::string message_id(Lsn lsn);
// The inverse; none unless `text` is exactly 16 lowercase hex digits.
[[nodiscard]] Lsn parse_message_id(std::string_view text);

}  // namespace mnm

template <class Tag, class Rep>
struct std::hash<mnm::StrongId<Tag, Rep>> {
  std::size_t operator()(mnm::StrongId<Tag, Rep> id) const noexcept {
    return std::hash<Rep>{}(id.value());
  }
};
