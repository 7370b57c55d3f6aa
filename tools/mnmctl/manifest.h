// What a backup says of itself: the file `manifest` in it (doc/log_format.md, "A backup").
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/error.h"
#include "log/log.h"

namespace mnm::mnmctl {

struct BackupFile {
  std::string path;  // within the backup, with slashes
  std::uint64_t octets = 0;
  Hash hash{};  // SHA-256
};

struct Manifest {
  std::string made;  // UTC
  log::Position at;  // where the log ends
  bool with_secrets = false;
  std::vector<BackupFile> files;  // ascending by path

  [[nodiscard]] const BackupFile* find(std::string_view path) const;
  [[nodiscard]] std::uint64_t octets() const;
};

[[nodiscard]] std::string encode_manifest(const Manifest& manifest);
// kCorruption when it isn't whole, kUnknownFormat when it is another program's or version's. Paths
// never lead out of the backup.
[[nodiscard]] Result<Manifest> decode_manifest(std::string_view text);

}  // namespace mnm::mnmctl
