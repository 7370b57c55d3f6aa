// Where a restore's records and messages come from: an export, or another data directory.
//
// Main thread.
#pragma once

#include "base/error.h"
#include "log/store_builder.h"
#include "mnmrestore/restored.h"

namespace mnm::mnmrestore {

// An export, from a file or, when `file` is "-", standard input.
[[nodiscard]] Result<Restored> restore_export(const std::string& file,
                                              const RestoreOptions& options);

// Of the data directory `from`, all records that end at `through` or before (none: all), and what
// of their messages still waits there.
[[nodiscard]] Result<Restored> restore_directory(const std::string& from, Lsn through,
                                                 const RestoreOptions& options);

}  // namespace mnm::mnmrestore
