// The records of a log, table after table. RocksDB's own iterator asks all of the newest tables for
// a place at once, so that one bad block, wherever it is, keeps it from finding any; this one asks
// the table that holds the place. Slower to make, and of no use while tables come and go.
//
// Any thread, one at a time.
#pragma once

#include <rocksdb/iterator.h>
#include <rocksdb/options.h>

#include <memory>

#include "log/rocks_db.h"

namespace mnm::log {

// Of the family `log` of a database that was opened read-only. Null when its tables overlap, which
// those of a log don't. The database outlives it.
[[nodiscard]] std::unique_ptr<rocksdb::Iterator> make_table_iterator(
    const Database& database, const rocksdb::ReadOptions& options);

}  // namespace mnm::log
