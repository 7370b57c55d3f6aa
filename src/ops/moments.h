// Moments: whole views that are kept now and then (doc/log_format.md, "moments/"), so that the
// state of long ago needs no fold from the first event. Derived: they may be missing, damaged or
// deleted, and nothing but time is lost.
//
// Any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "log/keyring.h"
#include "log/log.h"
#include "ops/base.h"

namespace mnm::ops {

// Those of the data directory `directory`; the rest as of Bases. They have no range of records.
[[nodiscard]] Bases moments_in(const std::string& directory,
                               std::shared_ptr<const log::Keyring> keyring = nullptr,
                               std::shared_ptr<rocksdb::FileSystem> file_system = nullptr);

// The latest of `log` that is at `through` or before. None when there is none that is whole, of
// this version of the fold, and leads into the log.
[[nodiscard]] std::optional<Base> latest_moment(const Bases& moments, const log::Reader& log,
                                                Lsn through);

}  // namespace mnm::ops
