// Messages that have waited for a while, in some 10 octets each instead of 48.
//
// Not thread-safe. A message is a row of numbers, and much like its neighbours: each number is kept
// as what it is more than the least of its kind, in as many octets as the greatest takes. All rows
// are of one size, so any is found by bisection and changed where it is. What few messages have
// lies apart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/rare.h"
#include "state/objects.h"

namespace mnm::state {

struct MessageEntry {
  Lsn id;
  Message message;  // without copies once it is gone
  Rare<MessageExtras> extras;
};

class PackedMessages {
 public:
  PackedMessages() = default;
  // Ascending.
  explicit PackedMessages(std::vector<MessageEntry> entries);

  [[nodiscard]] std::size_t size() const { return size_; }
  // Which one has this id, gone or not.
  [[nodiscard]] std::optional<std::size_t> find(Lsn id) const;
  [[nodiscard]] Lsn id(std::size_t nth) const;
  [[nodiscard]] Message message(std::size_t nth) const;
  [[nodiscard]] const MessageExtras& extras(std::size_t nth) const;
  // One with its extras, which it has no more until it is put back.
  [[nodiscard]] MessageEntry take(std::size_t nth);
  void put_back(std::size_t nth, MessageEntry entry);
  // All with theirs, which leaves none.
  [[nodiscard]] std::vector<MessageEntry> take_all();

 private:
  enum Column : std::uint8_t { kId, kCopies, kRowBytes, kDataBytes, kSender, kAtHours, kKind };
  static constexpr std::size_t kColumns = kKind + 1;
  using Row = std::array<std::uint64_t, kColumns>;
  using Extras = std::vector<std::pair<std::size_t, Rare<MessageExtras>>>;

  [[nodiscard]] static Row row_of(Lsn id, const Message& message);
  [[nodiscard]] Row row(std::size_t nth) const;
  [[nodiscard]] std::size_t end_of(std::size_t nth) const;  // its row's, in rows_
  [[nodiscard]] bool fits(const Row& row) const;
  void store(std::size_t nth, const Row& row);
  [[nodiscard]] Extras::const_iterator extras_from(std::size_t nth) const;

  Row least_{};
  std::array<std::uint8_t, kColumns> octets_{};
  std::uint8_t row_octets_ = 0;
  std::uint32_t size_ = 0;
  std::vector<std::byte> rows_;  // after as many as loads may touch (octets.h)
  Extras extras_;                // by place, ascending; few have any
};

}  // namespace mnm::state
