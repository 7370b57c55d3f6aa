#include "log/rocks_db.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <span>

#include "base/codec.h"
#include "log/rocks_crc32c.h"
#include "log/rocks_options.h"
#include "log/table_iterator.h"

namespace mnm::log {

LsnKey::LsnKey(Lsn lsn) {
  for (int i = 0; i < 8; ++i) octets_[i] = static_cast<char>(lsn.value() >> (56 - 8 * i));
}

std::optional<Lsn> lsn_from(const rocksdb::Slice& key) {
  Decoder decoder(key.ToStringView());
  const Lsn lsn(decoder.fixed64_be());
  return decoder.done() ? std::optional<Lsn>(lsn) : std::nullopt;
}

Error to_error(const rocksdb::Status& status, const std::string& what) {
  ErrorCode code = ErrorCode::kUnavailable;
  if (status.IsCorruption()) code = ErrorCode::kCorruption;
  if (status.IsNotFound()) code = ErrorCode::kNegative;
  if (status.IsNotSupported()) code = ErrorCode::kUnknownFormat;
  return Error{code, fmt::format("{}: {}", what, status.ToString())};
}

namespace {

// RocksDB's words of an open that failed run together, repeat themselves, and call a missing table
// by the name that it would have had ten years ago.
std::string plain_words(std::string text) {
  using Pair = std::pair<std::string_view, std::string_view>;
  for (const auto& [from, to] : {Pair{"Corruption: Corruption: ", "Corruption: "},
                                 Pair{"Corruption: IO error: ", "Corruption: "},
                                 Pair{"an sstable/", "an sstable: /"}, Pair{".ldb", ".sst"}}) {
    const std::size_t at = text.find(from);
    if (at != std::string::npos) text.replace(at, from.size(), to);
  }
  const std::size_t manifest = text.find(" in file ");  // that names the table, and is all right
  if (manifest != std::string::npos) text.resize(manifest);
  return text;
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(
    const std::string& directory, Access access, const Sealing& sealing,
    const std::shared_ptr<rocksdb::FileSystem>& file_system, const std::string& scratch) {
  if (!crc32c_is_ours()) LOG(INFO) << "this RocksDB computes its checksums by itself, slowly";
  std::unique_ptr<Database> database(new Database(sealing));
  database->env_ = rocksdb::NewCompositeEnv(file_system);
  rocksdb::DBOptions options = database_options(database->env_.get());
  say_nothing(options);
  const std::shared_ptr<rocksdb::Cache> cache = make_block_cache();
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string_view name : std::span(kFamilyNames).first(sealing.families())) {
    families.emplace_back(std::string(name), family_options(name, cache));
  }
  rocksdb::DB* db = nullptr;
  rocksdb::Status status;
  switch (access) {
    case Access::kReadOnly:
      database->read_only_ = true;
      options.max_open_files = -1;  // all tables are open, even if a relay starts and removes some
      status = rocksdb::DB::OpenForReadOnly(options, directory, families, &database->handles_, &db);
      break;
    case Access::kSecondary:
      options.max_open_files = -1;
      status = rocksdb::DB::OpenAsSecondary(options, directory, scratch, families,
                                            &database->handles_, &db);
      break;
  }
  database->db_.reset(db);
  if (status.ok()) return database;
  Error error = to_error(status, "can't open the database " + directory);
  error.text = plain_words(std::move(error.text));
  // Nobody removes files of a store that nobody writes to.
  if (database->read_only_ && status.IsPathNotFound()) error.code = ErrorCode::kCorruption;
  return fail(std::move(error));
}

Database::~Database() {
  if (db_ == nullptr) return;
  // Before the database: RocksDB asserts that no handle outlives it.
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    (void)db_->DestroyColumnFamilyHandle(handle);  // only fails for the default family's own handle
  }
}

std::unique_ptr<rocksdb::Iterator> Database::record_rows(const rocksdb::ReadOptions& options,
                                                         const Place& place) const {
  std::unique_ptr<rocksdb::Iterator> iterator(db().NewIterator(options, log()));
  place(*iterator);
  if (iterator->Valid() || !iterator->status().IsCorruption() || !read_only_) return iterator;
  auto by_table = make_table_iterator(*this, options);
  if (by_table == nullptr) return iterator;
  place(*by_table);
  return by_table;
}

Result<std::vector<std::string>> list_families(
    const std::string& directory, const std::shared_ptr<rocksdb::FileSystem>& file_system) {
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(file_system);
  std::vector<std::string> names;
  const rocksdb::Status status =
      rocksdb::DB::ListColumnFamilies(database_options(env.get()), directory, &names);
  if (!status.ok()) return fail(to_error(status, "can't read the families of " + directory));
  return names;
}

}  // namespace mnm::log
