// The one place where a database of the log is opened to be written.
#include <span>

#include "log/rocks_db.h"
#include "log/rocks_options.h"

namespace mnm::log {

Result<std::unique_ptr<Database>> Database::open_to_write(
    const std::string& directory, const Sealing& sealing,
    const std::shared_ptr<rocksdb::FileSystem>& file_system) {
  std::unique_ptr<Database> database(new Database(sealing));
  database->env_ = rocksdb::NewCompositeEnv(file_system);
  rocksdb::DBOptions options = database_options(database->env_.get());
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  const std::shared_ptr<rocksdb::Cache> cache = make_block_cache();
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string_view name : std::span(kFamilyNames).first(sealing.families())) {
    families.emplace_back(std::string(name), family_options(name, cache));
  }
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(options, directory, families, &database->handles_, &db);
  database->db_.reset(db);
  if (!status.ok()) return fail(to_error(status, "can't open the database " + directory));
  return database;
}

}  // namespace mnm::log
