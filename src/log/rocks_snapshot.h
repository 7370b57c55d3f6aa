// The parts of a snapshot (log/snapshot.h) on RocksDB and plain files.
#pragma once

#include <string>

#include "base/error.h"
#include "log/log.h"
#include "log/rocks_db.h"

namespace mnm::log {

// Writes out what is in memory alone.
[[nodiscard]] Result<void> flush_all(const Database& database);
// The database as it is into `directory`, made by this.
[[nodiscard]] Result<void> copy_database(const Database& database, const std::string& directory);
// Links the body files that the database of the snapshot `to` names from the data directory `from`,
// writes its mark, and syncs all of it.
[[nodiscard]] Result<void> finish_snapshot(const std::string& from, const std::string& to,
                                           const Position& at);

}  // namespace mnm::log
