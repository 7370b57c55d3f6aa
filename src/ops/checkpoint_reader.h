// Checkpointed views, as tools read them, which write nothing; checkpoint.h is the projector's
// side.
//
// One thread.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "log/keyring.h"
#include "log/log.h"
#include "ops/derived_rows.h"
#include "ops/whole_views.h"
#include "state/views.h"

namespace rocksdb {
class DB;
}

namespace mnm::ops {

class CheckpointReader : public WholeViews {
 public:
  // kNegative when there is none; a database that can't be opened is kUnavailable or kCorruption.
  // `keyring`: of a sealed data directory; else null.
  [[nodiscard]] static Result<std::unique_ptr<CheckpointReader>> open(
      const std::string& directory, std::shared_ptr<const log::Keyring> keyring = nullptr);

  // Where it is; {} when there is no checkpoint, or one of another fold version.
  [[nodiscard]] virtual Result<log::Position> position() const = 0;
  // Fills empty views. Returns position(); {} leaves them empty. kCorruption when its rows
  // contradict each other.
  [[nodiscard]] virtual Result<log::Position> load(state::Views& views) = 0;
  // Of the views that load() would give, without making them: bounded memory. kCorruption when the
  // rows aren't those of any. {} where there is no checkpoint.
  [[nodiscard]] Result<Hash> digest() override = 0;
  // All rows of the views, as they are there, and the same error at the end. None where there is no
  // checkpoint.
  [[nodiscard]] Result<> each(const state::RowSink& sink) override = 0;
  // Single rows: of the views (state/rows.h), and of the index (index_rows.h), if there is one.
  [[nodiscard]] virtual const DerivedRows& rows() const = 0;
};

// Whether views at `position` are of this log: the record that it ends with is there, or was
// trimmed, and the first one that is kept follows it.
[[nodiscard]] bool belongs_to(const log::Reader& log, const log::Position& position);

}  // namespace mnm::ops
