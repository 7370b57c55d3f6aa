// The Log on RocksDB, with the body files beside it: what a data directory is made of
// (doc/log_format.md).
#pragma once

#include <memory>
#include <string>

#include "log/body_store.h"
#include "log/keyring.h"
#include "log/log.h"
#include "log/snapshot.h"

namespace rocksdb {
class FileSystem;
}

namespace mnm::log {

struct OpenOptions {
  std::string directory;  // the data directory; made (mode 0700) when missing and `create` is set
  bool create = true;
  // What it is sealed with; null: it is plain. A new one is made so; an old one is as it was made,
  // and refused otherwise: kUsage, kDenied for another secret. Looked at while it is opened.
  const KeySecret* key = nullptr;
  // The file system under RocksDB and the high-water mark; null for the real one. Must outlive the
  // log.
  std::shared_ptr<rocksdb::FileSystem> file_system;
  // How long the high-water mark may lag behind the disk, milliseconds.
  std::uint64_t high_water_sync_ms = 1000;
  // For start-up, to see a body file that was cut; none: it is only looked for.
  FileBytes file_bytes;
  // Of the disk, that uploads may not take.
  std::uint64_t keep_free_bytes = 0;
  // Of message rows that lie together with those of their append (log/lot_book.h), octets. A row
  // that still waits when more came after it is written once more.
  std::size_t open_lot_bytes = std::size_t{16} << 20;
  // Of such rows, how many octets a scrub gives rows of their own while an append waits.
  std::size_t scrub_step_bytes = std::size_t{1} << 20;
  // When it is destroyed and nothing failed, what is in the WAL alone goes to tables: whoever opens
  // it next has no WAL to read, which takes a tenth of a second for 40 MB.
  bool flush_at_end = false;
  // Called when recovery has accepted what is there, before anything is written.
  std::function<void()> accepted;
};

// An open data directory: the log and its body files.
struct Store {
  std::unique_ptr<BodyStore> bodies;
  std::unique_ptr<Log> log;          // destroyed first
  Snapshots* snapshots = nullptr;    // the log's
  std::shared_ptr<Keyring> keyring;  // null where it is plain
};

// Opens for writing, after recovery has judged what is there: an ordinary crash or power cut is
// accepted, anything that lost acked events is refused and left as it was. Errors: kCorruption
// (names file, offset and LSNs, and how to salvage), kTampering, kUnavailable (locked by another
// process), kDenied, kUnknownFormat.
[[nodiscard]] Result<Store> open_store(const OpenOptions& options);

// Opens for reading: read-only when the store is stopped, as a RocksDB secondary beside a running
// relay, clamped to the durable high-water mark. Writes nothing to the data directory. `scratch` is
// a directory for the secondary's own files, outside the data directory.
//
// `keyring`: the directory's; of a sealed one without it, envelopes alone can be read.
[[nodiscard]] Result<std::unique_ptr<Reader>> open_reader(
    const std::string& directory, const std::string& scratch,
    const std::shared_ptr<const Keyring>& keyring = nullptr);

// What open_store would say of a stopped store, having changed nothing: the judgement alone, with
// its errors. Else what a crash left at the end and a start would drop, for people; empty if
// nothing. Means nothing beside a running relay, which is just writing. Without the keyring of a
// sealed one what needs it is left out.
[[nodiscard]] Result<std::string> judge_store(
    const std::string& directory, const FileBytes& file_bytes = {},
    const std::shared_ptr<const Keyring>& keyring = nullptr);

}  // namespace mnm::log
