#include "log/table_iterator.h"

#include <rocksdb/metadata.h>
#include <rocksdb/table_properties.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "log/stretch_iterator.h"

namespace mnm::log {
namespace {

struct Table {
  std::uint64_t number = 0;
  std::string first;  // keys
  std::string last;
};

// Ascending.
std::vector<Table> tables_of(const Database& database) {
  std::vector<rocksdb::LiveFileMetaData> files;
  database.db().GetLiveFilesMetaData(&files);
  std::vector<Table> tables;
  for (const rocksdb::LiveFileMetaData& file : files) {
    if (file.column_family_name != database.log()->GetName()) continue;
    tables.push_back({file.file_number, file.smallestkey, file.largestkey});
  }
  std::ranges::sort(tables, {}, &Table::first);
  return tables;
}

// The database asked for what is in one table, or, without a number, in none.
class OneTable {
 public:
  OneTable(const Database& database, rocksdb::ReadOptions options, std::uint64_t number,
           const std::string& last)
      : database_(database), options_(std::move(options)), end_(last + '\0'), bound_(end_) {
    options_.table_filter = [number](const rocksdb::TableProperties& properties) {
      return number != 0 && properties.orig_file_number == number;
    };
    // What is in no table must not follow each of them.
    options_.iterate_upper_bound = &bound_;
  }
  OneTable(const OneTable&) = delete;
  OneTable& operator=(const OneTable&) = delete;

  [[nodiscard]] std::unique_ptr<rocksdb::Iterator> open() const {
    return std::unique_ptr<rocksdb::Iterator>(
        database_.db().NewIterator(options_, database_.log()));
  }

 private:
  const Database& database_;
  rocksdb::ReadOptions options_;
  const std::string end_;
  const rocksdb::Slice bound_;
};

Stretch stretch_of(const Database& database, const rocksdb::ReadOptions& options,
                   const Table& table) {
  auto one = std::make_shared<OneTable>(database, options, table.number, table.last);
  return {table.first, table.last, [one] { return one->open(); }};
}

}  // namespace

std::unique_ptr<rocksdb::Iterator> make_table_iterator(const Database& database,
                                                       const rocksdb::ReadOptions& options) {
  const std::vector<Table> tables = tables_of(database);
  const auto overlap = [](const Table& one, const Table& next) { return next.first <= one.last; };
  if (std::ranges::adjacent_find(tables, overlap) != tables.end()) return nullptr;
  std::vector<Stretch> stretches;
  stretches.reserve(tables.size() + 1);
  for (const Table& table : tables) stretches.push_back(stretch_of(database, options, table));
  // What is in no table yet is behind all of them.
  const std::string after = tables.empty() ? std::string() : tables.back().last + '\0';
  stretches.push_back(stretch_of(database, options, {0, after, kLastKey}));
  return make_stretch_iterator(std::move(stretches));
}

}  // namespace mnm::log
