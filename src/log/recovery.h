// The judgement before a data directory is opened for writing: is all there that was acked?
//
// Called by open_store with the lock held; writes nothing.
#pragma once

#include <rocksdb/file_system.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "log/body_store.h"
#include "log/log.h"
#include "log/rocks_db.h"

namespace mnm::log {

struct Judgement {
  Position head;     // what the log will hold once it is open
  bool made = true;  // false: there is no database yet, or its making was cut short
  std::string torn;  // for people: what a crash left at the end and is dropped; empty if nothing
};

// Without `file_bytes` body files are only looked for. Errors: kCorruption, kTampering,
// kUnknownFormat: acked events are missing or damaged, or the format isn't ours; kUnavailable,
// kDenied: it can't be read.
// Of a sealed log without its keyring: as far as envelopes go.
[[nodiscard]] Result<Judgement> judge(const std::string& directory, const Sealing& sealing,
                                      const std::shared_ptr<rocksdb::FileSystem>& file_system,
                                      const FileBytes& file_bytes);

// Of a store whose database couldn't be opened, with `error`: judge's error, where it is that the
// database's first files are gone.
[[nodiscard]] Error why_unopened(const std::string& directory,
                                 const std::shared_ptr<rocksdb::FileSystem>& file_system,
                                 const Error& error);

}  // namespace mnm::log
