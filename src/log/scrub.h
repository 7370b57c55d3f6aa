// Makes the octets of removed rows disappear from the database's files: "purge means gone".
#pragma once

#include <string>

#include "base/error.h"
#include "log/rocks_db.h"

namespace mnm::log {

// When it returns, no row removed before the call is in any file of `directory`, the database's
// own: not in a WAL, not in a table, not in a file that is no longer used. Slow; concurrent with
// reads and writes, but not with itself.
[[nodiscard]] Result<void> scrub_database(const Database& database, const std::string& directory);

}  // namespace mnm::log
