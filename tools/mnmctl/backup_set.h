// A backup on disk: a data directory with a manifest, beside earlier ones whose files it shares.
//
// Main thread.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "mnmctl/manifest.h"

namespace mnm::mnmctl {

// Octets done, of how many.
using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

struct WrittenBackup {
  std::string directory;
  Manifest manifest;
  std::uint64_t copied = 0;  // octets; the others were there already
};
// Copies the snapshot `from`, and `secrets` unless that is empty, to a new directory in `into`,
// which is made when missing. Files that the newest backup there has, with the same octets, are
// shared with it. It gets its name only once it is whole and synced. kInterrupted.
[[nodiscard]] Result<WrittenBackup> write_backup(const std::string& from,
                                                 const std::string& secrets,
                                                 const log::Position& at, const std::string& into,
                                                 const Progress& progress);

// `path` itself, if it is a backup, or the newest one in it. kNegative when there is none.
[[nodiscard]] Result<std::string> find_backup(const std::string& path);

// Reads every octet, and judges the log as a start would. kCorruption names the files, all of
// them; of a body, the message.
[[nodiscard]] Result<Manifest> verify_backup(const std::string& directory,
                                             const Progress& progress);

// Copies a verified backup's files to `into`, which exists and is empty; syncs.
[[nodiscard]] Result<> copy_out(const std::string& directory, const Manifest& manifest,
                                const std::string& into, const Progress& progress);

}  // namespace mnm::mnmctl
