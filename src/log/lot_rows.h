// Message rows that were appended together lie together at first: as one row, a lot. Most messages
// are acked within moments, and a row of its own for each, put and removed again, is a fifth of
// what an append costs.
//
// Two kinds of rows, in the family `default`: a lot, by its first message, and a purge note, by the
// first LSN of an append, which names messages in lots that were purged with it. Not in `msg`,
// whose rows ascend, so that compactions hardly rewrite any. How a lot ends: log/lot_book.h. The
// layout: doc/log_format.md.
//
// As thread-safe as a Database. What is read is checked: damage is an error, never a wrong row.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "log/log.h"
#include "log/rocks_db.h"

namespace mnm::log {

enum class LotRow : std::uint8_t { kNote = 0xfe, kLot = 0xff };

class LotKey {
 public:
  LotKey(LotRow row, Lsn lsn);
  [[nodiscard]] rocksdb::Slice slice() const { return {octets_, sizeof octets_}; }

 private:
  char octets_[9]{};
};

// A lot's messages, in ascending order. The views are into its value.
using LotMessages = std::vector<std::pair<Lsn, std::string_view>>;
[[nodiscard]] Result<LotMessages> decode_lot(Lsn first, std::string_view value);
// What a lot's value begins with; the messages' rows follow it, one after another.
[[nodiscard]] std::string encode_lot_index(std::span<const MessagePut> puts);

[[nodiscard]] std::string encode_note(std::span<const Lsn> ids);
[[nodiscard]] Result<std::vector<Lsn>> decode_note(std::string_view value);

// A message's row, where it is known which lot has it, and that it isn't purged. None when there is
// no such lot.
[[nodiscard]] Result<std::optional<std::string>> find_in_lot(const Database& database, Lsn first,
                                                             Lsn id);

// All lots and purge notes there are: some megabytes at most.
struct Lots {
  std::map<Lsn, std::string> messages;  // those that aren't purged
  std::vector<std::string> keys;        // of all the rows
};
[[nodiscard]] Result<Lots> read_lots(const Database& database);

// The lots as those see them who only read: all are read when a message is asked for that has no
// row of its own, and then no more until the database has caught up with its writer. Any thread.
class LotsSeen {
 public:
  explicit LotsSeen(const Database& database) : database_(database) {}
  // The row of a message that lies in a lot; none when no lot has it, or it is purged.
  [[nodiscard]] Result<std::optional<std::string>> find(Lsn id) const;
  void caught_up();

 private:
  const Database& database_;
  mutable std::mutex mutex_;
  mutable std::optional<Lots> lots_;
};

}  // namespace mnm::log
