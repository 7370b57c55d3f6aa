// The database of a running relay, for those who read beside it.
//
// RocksDB's secondary reads the manifest, then the WALs that it needs: one that is no longer
// needed, and removed, in between leaves a hole, of which RocksDB says nothing.
//
// Any thread. Writes nothing to the data directory.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "log/rocks_db.h"

namespace mnm::log {

class LivePlace {
 public:
  // `directory`: the data directory; `scratch`: for the secondary's own files.
  LivePlace(std::string directory, std::string scratch, Sealing sealing)
      : directory_(std::move(directory)),
        scratch_(std::move(scratch)),
        sealing_(std::move(sealing)) {}

  [[nodiscard]] const std::string& directory() const { return directory_; }
  // The names of the WALs that are there now.
  [[nodiscard]] std::vector<std::string> wals() const;
  // The newest of them; empty when there are none. What is older was read to its end.
  [[nodiscard]] static std::string newest(const std::vector<std::string>& wals);
  // Whether these still are.
  [[nodiscard]] bool has_all(const std::vector<std::string>& wals) const;
  // A secondary without a hole, as far as can be told: all WALs that were there before it was
  // opened are there still. Else it is opened again, a few times.
  [[nodiscard]] Result<std::unique_ptr<Database>> open() const;

 private:
  const std::string directory_;
  const std::string scratch_;
  const Sealing sealing_;
};

}  // namespace mnm::log
