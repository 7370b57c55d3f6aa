// One RocksDB database under log/, with every option set on purpose; and what all its openers
// share.
//
// Used by recovery, RocksLog and the readers. A Database is as thread-safe as RocksDB: everything
// but its making and end.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "log/keyring.h"
#include "log/log.h"

namespace mnm::log {

inline constexpr std::string_view kFormatKey = "format";
inline constexpr std::string_view kFormat = "mnm log 2";
inline constexpr std::string_view kFormatWithoutLots = "mnm log 1";  // becomes the other at a start
inline constexpr std::string_view kIdentityKey = "identity";
// The families' names; RocksDB numbers them in this order when the database is made. A sealed log
// has the last one, too.
inline constexpr std::string_view kFamilyNames[] = {"default", "log", "msg", "file", "key"};
inline constexpr std::size_t kPlainFamilies = std::size(kFamilyNames) - 1;
inline constexpr std::uint32_t kLogFamilyNumber = 1;

// The key of a row: the LSN, big-endian, so that RocksDB's order is ours.
class LsnKey {
 public:
  explicit LsnKey(Lsn lsn);
  [[nodiscard]] rocksdb::Slice slice() const { return {octets_, sizeof octets_}; }

 private:
  char octets_[8]{};
};
// Behind all of them.
inline const std::string kLastKey(9, '\xff');
// None unless `key` has 8 octets.
[[nodiscard]] std::optional<Lsn> lsn_from(const rocksdb::Slice& key);

[[nodiscard]] Error to_error(const rocksdb::Status& status, const std::string& what);

// How the values are stored: whether the log is a sealed one, and, if it is to be read, its keys.
struct Sealing {
  bool sealed = false;
  std::shared_ptr<const Keyring> keyring;
  [[nodiscard]] std::size_t families() const {
    return sealed ? std::size(kFamilyNames) : kPlainFamilies;
  }
};

enum class Access {
  kReadOnly,   // nobody writes
  kSecondary,  // beside a writer
};

// Where the rows of records are: a database, or what is left of one.
class RecordRows {
 public:
  virtual ~RecordRows() = default;
  // An iterator over them where `place` puts it. In a damaged log, whatever is still readable
  // there.
  using Place = std::function<void(rocksdb::Iterator& iterator)>;
  [[nodiscard]] virtual std::unique_ptr<rocksdb::Iterator> record_rows(
      const rocksdb::ReadOptions& options, const Place& place) const = 0;
  [[nodiscard]] virtual const Sealing& sealing() const = 0;
  // Null where the log is plain, or its keys aren't known.
  [[nodiscard]] const Keyring* keyring() const { return sealing().keyring.get(); }
};

class Database final : public RecordRows {
 public:
  // `directory` is the database's own. `scratch` is for kSecondary. Writes nothing to `directory`.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(
      const std::string& directory, Access access, const Sealing& sealing,
      const std::shared_ptr<rocksdb::FileSystem>& file_system, const std::string& scratch = {});
  // For the one writer; makes what is missing.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open_to_write(
      const std::string& directory, const Sealing& sealing,
      const std::shared_ptr<rocksdb::FileSystem>& file_system);
  ~Database() override;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] rocksdb::DB& db() const { return *db_; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* defaults() const { return handles_[0]; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* log() const { return handles_[1]; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* msg() const { return handles_[2]; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* file() const { return handles_[3]; }
  // Null where the log is plain.
  [[nodiscard]] rocksdb::ColumnFamilyHandle* key() const {
    return sealing_.sealed ? handles_[kPlainFamilies] : nullptr;
  }
  [[nodiscard]] const std::vector<rocksdb::ColumnFamilyHandle*>& families() const {
    return handles_;
  }
  [[nodiscard]] std::unique_ptr<rocksdb::Iterator> record_rows(const rocksdb::ReadOptions& options,
                                                               const Place& place) const override;
  [[nodiscard]] const Sealing& sealing() const override { return sealing_; }

 private:
  explicit Database(Sealing sealing) : sealing_(std::move(sealing)) {}

  const Sealing sealing_;
  bool read_only_ = false;
  std::unique_ptr<rocksdb::Env> env_;  // outlives db_
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

// The families that the database in `directory` has.
[[nodiscard]] Result<std::vector<std::string>> list_families(
    const std::string& directory, const std::shared_ptr<rocksdb::FileSystem>& file_system);

}  // namespace mnm::log
