// Reading records and messages from an open database: shared by the writer and the readers.
//
// Any thread. Nothing beyond the position that the caller gives is ever shown.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "log/log.h"
#include "log/lot_rows.h"
#include "log/rocks_db.h"

namespace mnm::log {

// The record at an iterator's place, opened where it is sealed, and checked, its key too.
[[nodiscard]] Result<Record> record_at(const RecordRows& rows, const rocksdb::Iterator& iterator);

// The log's identity; empty before the first start has written it.
[[nodiscard]] std::string find_identity(const Database& database);
// The position of the last record; {} when there is none. Of a sealed log whose keys aren't known,
// as its envelope says.
[[nodiscard]] Result<Position> find_head(const RecordRows& rows);
[[nodiscard]] Lsn find_tail(const RecordRows& rows, const Position& durable);
[[nodiscard]] std::unique_ptr<Scanner> make_scanner(const RecordRows& rows, Lsn from,
                                                    const Position& durable);
[[nodiscard]] Result<Record> find_record(const RecordRows& rows, Lsn lsn, const Position& durable);
// The message in a row of a sealed `msg`, with its row of `key`.
[[nodiscard]] Result<std::string> open_row(const Database& database, Lsn id, std::string_view key,
                                           std::string_view row);
// A message that has a row of its own; kNegative when it has none.
[[nodiscard]] Result<std::string> find_message(const Database& database, Lsn id,
                                               const Position& durable);
// Any message that is stored.
[[nodiscard]] Result<std::string> find_message(const Database& database, const LotsSeen& lots,
                                               Lsn id, const Position& durable);
// Which format the database says that it has; empty when it doesn't say, or can't be read.
[[nodiscard]] std::string find_format(const Database& database);
// kUnknownFormat when it is none that this program knows. An empty one passes: a reader shows what
// there is.
[[nodiscard]] Result<void> check_format_known(std::string_view format,
                                              const std::string& directory);

}  // namespace mnm::log
