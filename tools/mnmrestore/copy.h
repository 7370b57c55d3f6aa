// Where a restore's records and messages come from: an export, or another data directory.
//
// Main thread.
#pragma once

#include "base/error.h"
#include "log/store_builder.h"
#include "mnmrestore/restored.h"
#include "ops/base.h"

namespace mnm::mnmrestore {

// An export, from a file or, when `file` is "-", standard input.
[[nodiscard]] Result<Restored> restore_export(const std::string& file,
                                              const RestoreOptions& options);

// Of the data directory `from`, all records that end at `through` or before (none: all), and what
// of their messages still waits there. `key`: of a sealed one; else null.
[[nodiscard]] Result<Restored> restore_directory(const std::string& from, const log::KeySecret* key,
                                                 Lsn through, const RestoreOptions& options);

// The base that a log begins with, octet by octet, to the data directory that is made: an event
// vouches for its hash. kUnknownFormat when this program would write other octets.
[[nodiscard]] Result<> copy_base(const ops::Base& base, const log::StoreBuilder& builder);

}  // namespace mnm::mnmrestore
