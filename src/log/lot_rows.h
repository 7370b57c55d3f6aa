// Message rows that were appended together lie together at first: as one row, a lot. Most messages
// are acked within moments, and a row of its own for each, put and removed again, is a fifth of
// what an append costs.
//
// Two kinds of rows, in the family `default`: a lot, by its first message, and a mark, by the first
// LSN of an append, which names messages in lots that were purged with it. Not in `msg`, whose rows
// ascend, so that compactions hardly rewrite any. How a lot ends: log/lot_book.h. The layout:
// doc/log_format.md.
//
// As thread-safe as a Database. What is read is checked: damage is an error, never a wrong row.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "log/log.h"
#include "log/rocks_db.h"

namespace mnm::log {

enum class LotRow : std::uint8_t { kMark = 0xfe, kLot = 0xff };

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

[[nodiscard]] std::string encode_mark(std::span<const Lsn> ids);
[[nodiscard]] Result<std::vector<Lsn>> decode_mark(std::string_view value);

// The row of a message that lies in a lot; none when no lot has it, or it is purged.
[[nodiscard]] Result<std::optional<std::string>> find_in_lots(const Database& database, Lsn id);

// The same, where it is known which lot has it, and that it isn't purged.
[[nodiscard]] Result<std::optional<std::string>> find_in_lot(const Database& database, Lsn first,
                                                             Lsn id);

// All lots and marks there are: some megabytes at most.
struct Lots {
  std::map<Lsn, std::string> messages;  // those that aren't purged
  std::vector<std::string> keys;        // of all the rows
};
[[nodiscard]] Result<Lots> read_lots(const Database& database);

}  // namespace mnm::log
