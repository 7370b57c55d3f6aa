// Bases: whole views at one LSN, in a file of their own (doc/log_format.md, "base/"). What a log
// whose first events were given up begins with: it isn't derived from anything that is still there,
// and must be neither lost nor changed. Written by retention alone; read by start-up and the tools.
//
// Moments (moments.h) are files of the same form, but derived.
//
// Any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "log/keyring.h"
#include "log/log.h"
#include "log/merkle_range.h"
#include "ops/whole_views.h"
#include "state/views.h"

namespace rocksdb {
class FileSystem;
}

namespace mnm::ops {

struct BaseInfo {
  log::Position at;
  Hash digest{};           // of the views there
  log::MerkleRange range;  // of all records through there
  Hash file_hash{};        // SHA-256 that it ends with: what a Trimmed event vouches for
};

struct Base {
  BaseInfo info;
  state::Views views;
};

class Bases {
 public:
  // Of the data directory `directory`. `keyring`: of a sealed one, where bases are sealed files;
  // else null. `file_system` is what is under it; null for the real one. `folder`: of the
  // directory.
  explicit Bases(const std::string& directory,
                 std::shared_ptr<const log::Keyring> keyring = nullptr,
                 std::shared_ptr<rocksdb::FileSystem> file_system = nullptr,
                 const std::string& folder = "base");

  // Writes the base at `at` and makes it durable, under its name only once it is whole. Says what
  // was written. kUnavailable when the disk fails.
  [[nodiscard]] Result<BaseInfo> write(WholeViews& views, const log::Position& at,
                                       const log::MerkleRange& range) const;
  [[nodiscard]] Result<BaseInfo> write(const state::Views& views, const log::Position& at,
                                       const log::MerkleRange& range) const {
    ViewsInMemory in_memory(views);
    return write(in_memory, at, range);
  }
  // LSNs of the bases there are, ascending.
  [[nodiscard]] Result<std::vector<Lsn>> list() const;
  // Of the file; 0 when there is none.
  [[nodiscard]] std::uint64_t octets(Lsn lsn) const;
  // The file's own hash is always checked. The digest, from the rows anew, costs as much again.
  enum class Digest : std::uint8_t { kChecked, kTrusted };
  // kNegative when there is none at `lsn`; kCorruption when it is damaged; kUnknownFormat when
  // another version of the fold wrote it.
  [[nodiscard]] Result<Base> load(Lsn lsn, Digest digest = Digest::kChecked) const;
  // The same judgement, the digest checked, without making the views: what it says.
  [[nodiscard]] Result<BaseInfo> check(Lsn lsn) const;
  // Its octets, no longer sealed and unjudged, and what they say; `name` is for errors. As of
  // load().
  [[nodiscard]] Result<std::string> read(Lsn lsn) const;
  [[nodiscard]] static Result<Base> decode(std::string_view octets, const std::string& name,
                                           Digest digest = Digest::kChecked);
  // The latest that `log` can be replayed from and that is not beyond `through`; of `log`'s first
  // events when none is needed: {} then. kCorruption when the log begins later than with its first
  // event, and no base leads up to it: the error says what is wrong with the one that should.
  [[nodiscard]] Result<Base> latest(const log::Reader& log, Lsn through) const;
  // Removes all before `lsn`, and what an interrupted write left.
  [[nodiscard]] Result<> remove_before(Lsn lsn) const;
  [[nodiscard]] Result<> remove(Lsn lsn) const;

  [[nodiscard]] static std::string name(Lsn lsn);
  [[nodiscard]] std::string path(Lsn lsn) const { return folder_ + "/" + name(lsn); }

 private:
  const std::string directory_;
  const std::string folder_;
  const std::shared_ptr<const log::Keyring> keyring_;
  const std::shared_ptr<rocksdb::FileSystem> file_system_;
};

}  // namespace mnm::ops
