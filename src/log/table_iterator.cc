#include "log/table_iterator.h"

#include <rocksdb/metadata.h>
#include <rocksdb/table_properties.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

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

// The last stretch is what is in no table yet: all of it is behind the tables.
class TableIterator final : public rocksdb::Iterator {
 public:
  TableIterator(const Database& database, rocksdb::ReadOptions options, std::vector<Table> tables)
      : database_(database), options_(std::move(options)), tables_(std::move(tables)) {}

  [[nodiscard]] bool Valid() const override { return iterator_ != nullptr && iterator_->Valid(); }
  [[nodiscard]] rocksdb::Slice key() const override { return iterator_->key(); }
  [[nodiscard]] rocksdb::Slice value() const override { return iterator_->value(); }
  [[nodiscard]] rocksdb::Status status() const override {
    return iterator_ == nullptr ? rocksdb::Status::OK() : iterator_->status();
  }

  void SeekToFirst() override {
    open(0);
    iterator_->SeekToFirst();
    go_on();
  }
  void SeekToLast() override {
    open(tables_.size());
    iterator_->SeekToLast();
    go_back();
  }
  void Seek(const rocksdb::Slice& target) override {
    const auto table = std::ranges::lower_bound(tables_, target.ToString(), {}, &Table::last);
    open(static_cast<std::size_t>(table - tables_.begin()));
    iterator_->Seek(target);
    go_on();
  }
  void SeekForPrev(const rocksdb::Slice& target) override {
    if (!tables_.empty() && target.ToString() > tables_.back().last) {
      open(tables_.size());
    } else {
      const auto after = std::ranges::upper_bound(tables_, target.ToString(), {}, &Table::first);
      // Before the first table there is nothing, and this finds it so.
      open(after == tables_.begin() ? 0 : static_cast<std::size_t>(after - tables_.begin()) - 1);
    }
    iterator_->SeekForPrev(target);
    go_back();
  }
  void Next() override {
    iterator_->Next();
    go_on();
  }
  void Prev() override {
    iterator_->Prev();
    go_back();
  }

 private:
  void open(std::size_t stretch) {
    iterator_.reset();  // before the bound that it refers to
    stretch_ = stretch;
    const bool in_table = stretch < tables_.size();
    const std::uint64_t number = in_table ? tables_[stretch].number : 0;
    rocksdb::ReadOptions options = options_;
    options.table_filter = [number](const rocksdb::TableProperties& properties) {
      return number != 0 && properties.orig_file_number == number;
    };
    // What is in no table must not follow each of them.
    bound_ = in_table ? tables_[stretch].last + '\0' : std::string();
    bound_slice_ = bound_;
    if (in_table) options.iterate_upper_bound = &bound_slice_;
    iterator_.reset(database_.db().NewIterator(options, database_.log()));
  }
  [[nodiscard]] bool is_at_end() const { return !iterator_->Valid() && iterator_->status().ok(); }
  void go_on() {
    while (is_at_end() && stretch_ < tables_.size()) {
      open(stretch_ + 1);
      iterator_->SeekToFirst();
    }
  }
  void go_back() {
    while (is_at_end() && stretch_ > 0) {
      open(stretch_ - 1);
      iterator_->SeekToLast();
    }
  }

  const Database& database_;
  const rocksdb::ReadOptions options_;
  const std::vector<Table> tables_;
  std::size_t stretch_ = 0;
  std::string bound_;
  rocksdb::Slice bound_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;  // of stretch_
};

}  // namespace

std::unique_ptr<rocksdb::Iterator> make_table_iterator(const Database& database,
                                                       const rocksdb::ReadOptions& options) {
  std::vector<Table> tables = tables_of(database);
  const auto overlap = [](const Table& one, const Table& next) { return next.first <= one.last; };
  if (std::ranges::adjacent_find(tables, overlap) != tables.end()) return nullptr;
  return std::make_unique<TableIterator>(database, options, std::move(tables));
}

}  // namespace mnm::log
