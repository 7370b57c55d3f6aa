// Checkpointed views in a database of their own (views/): derived, may be deleted at any time, and
// spares a restart the history. Written unsynced: what a power cut leaves of it is an older
// checkpoint.
//
// One owner at a time: start-up, then the projector's thread. Tools read it by checkpoint_reader.h.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "log/log.h"
#include "ops/checkpoint_reader.h"
#include "state/rows.h"
#include "state/views.h"

namespace rocksdb {
class FileSystem;
}

namespace mnm::ops {

class Bases;  // ops/base.h

class Checkpoint : public CheckpointReader {
 public:
  // Makes it when there is none. A database that can't be opened is kUnavailable or kCorruption.
  // `file_system` is what is under it; null for the real one. `keyring`: of a sealed data
  // directory; null: its rows are as they are.
  [[nodiscard]] static Result<std::unique_ptr<Checkpoint>> open(
      const std::string& directory,
      const std::shared_ptr<rocksdb::FileSystem>& file_system = nullptr,
      std::shared_ptr<const log::Keyring> keyring = nullptr);

  // Makes the rows that `changes` touched those of `views`, at `position`, all or nothing. After an
  // error it may be called again, with what changed since the last call that did it.
  [[nodiscard]] virtual Result<> write(const state::Views& views, const state::Changes& changes,
                                       const log::Position& position) = 0;
  // Views that take what they need from the rows that are written; it outlives them. Of a
  // checkpoint; where there is none, and of one that can't be read, an error.
  [[nodiscard]] virtual Result<state::Views> partial() = 0;
  // Forgets everything, the index too.
  [[nodiscard]] virtual Result<> clear() = 0;
  // For the index. After an error nothing is taken, nor read, until recover().
  [[nodiscard]] virtual DerivedRowStore& row_store() = 0;
  // Opens the database again after a write that failed; write() does it by itself.
  [[nodiscard]] virtual Result<> recover() = 0;
};

// The views of a log at start-up: from the checkpoint and the tail of the log after it, or, where
// the checkpoint is missing, of another version, damaged or not this log's, from the log alone, and
// the base that it begins with.
// Leaves the checkpoint up to date, unless it can't be written just now.
struct Restored {
  state::Views views;
  log::Position at;
  Lsn checkpoint;          // what the checkpoint spared
  state::Changes unsaved;  // what it lacks: all since then, when it couldn't be written
  // Whether the checkpoint lacks nothing.
  [[nodiscard]] bool is_saved() const { return !unsaved.track && !unsaved.everything; }
};
[[nodiscard]] Result<Restored> restore_views(const log::Reader& log, Checkpoint& checkpoint,
                                             const Bases& bases);

}  // namespace mnm::ops
