// What is in a checkpoint's database: the meta row, which says where it is, and the rows of the
// views (state/rows.h). Shared by its reader and its writer.
//
// One thread; the database outlives the call.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "log/log.h"
#include "ops/derived_rows.h"
#include "ops/row_seal.h"
#include "ops/row_sum.h"
#include "state/rows.h"
#include "state/views.h"

namespace mnm::ops {

// Sorts before all rows of the views: class 0.
inline constexpr std::string_view kCheckpointMetaKey{"\0meta", 5};

// What the meta row holds.
struct CheckpointMeta {
  log::Position position;  // none: there is no checkpoint, or it is of another version
  RowSum sum;              // of the rows of the views
};
[[nodiscard]] std::string encode_checkpoint_meta(const CheckpointMeta& meta);
[[nodiscard]] Error checkpoint_error(const std::string& directory, const rocksdb::Status& status);
// `directory` is for errors.
[[nodiscard]] Result<CheckpointMeta> read_checkpoint_meta(rocksdb::DB& db, const RowSeal& seal,
                                                          const std::string& directory);
// As CheckpointReader's load(). kCorruption too when the rows aren't those that the meta row sums
// up.
[[nodiscard]] Result<log::Position> load_checkpoint(rocksdb::DB& db, const RowSeal& seal,
                                                    const std::string& directory,
                                                    state::Views& views);
// As CheckpointReader's digest().
[[nodiscard]] Result<Hash> digest_checkpoint(rocksdb::DB& db, const RowSeal& seal,
                                             const std::string& directory);
// The highest number of an object that has a row of this class; 0 when none has.
[[nodiscard]] Result<std::uint32_t> last_number(rocksdb::DB& db, const RowSeal& seal,
                                                const std::string& directory,
                                                state::RowClass row_class);
// As CheckpointReader's each().
[[nodiscard]] Result<> visit_checkpoint(rocksdb::DB& db, const RowSeal& seal,
                                        const std::string& directory, const state::RowSink& sink);

// DerivedRows of a database. It may be null for a while: kUnavailable.
[[nodiscard]] Result<std::optional<std::string>> read_row(rocksdb::DB* db, const RowSeal& seal,
                                                          const std::string& directory,
                                                          std::string_view key);
[[nodiscard]] Result<std::optional<DerivedRow>> read_row_from(rocksdb::DB* db, const RowSeal& seal,
                                                              const std::string& directory,
                                                              std::string_view key,
                                                              std::string_view end);
[[nodiscard]] Result<std::optional<DerivedRow>> read_row_through(rocksdb::DB* db,
                                                                 const RowSeal& seal,
                                                                 const std::string& directory,
                                                                 std::string_view key,
                                                                 std::string_view begin);

}  // namespace mnm::ops
