#include "log/loose_reader.h"

#include <fmt/format.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table_properties.h>

#include <algorithm>
#include <map>
#include <utility>

#include "log/data_directory.h"
#include "log/high_water.h"
#include "log/rocks_db.h"
#include "log/rocks_options.h"
#include "log/rocks_read.h"
#include "log/stretch_iterator.h"
#include "log/wal_scan.h"

namespace mnm::log {
namespace {

using Rows = std::map<std::string, std::string, std::less<>>;

// Rows in memory. A bound isn't needed: what is before `from` is left out.
class RowsIterator final : public rocksdb::Iterator {
 public:
  RowsIterator(const Rows& rows, const std::string& from)
      : rows_(rows), begin_(rows.lower_bound(from)), at_(rows.end()) {}
  [[nodiscard]] bool Valid() const override { return at_ != rows_.end(); }
  void SeekToFirst() override { at_ = begin_; }
  void SeekToLast() override { at_ = begin_ == rows_.end() ? begin_ : std::prev(rows_.end()); }
  void Seek(const rocksdb::Slice& target) override {
    const auto found = rows_.lower_bound(target.ToStringView());
    at_ = begin_ != rows_.end() && target.ToStringView() < begin_->first ? begin_ : found;
  }
  void SeekForPrev(const rocksdb::Slice& target) override {
    const auto after = rows_.upper_bound(target.ToStringView());
    const bool none = begin_ == rows_.end() || target.ToStringView() < begin_->first;
    at_ = none ? rows_.end() : std::prev(after);
  }
  void Next() override { ++at_; }
  void Prev() override { at_ = at_ == begin_ ? rows_.end() : std::prev(at_); }
  [[nodiscard]] rocksdb::Slice key() const override { return at_->first; }
  [[nodiscard]] rocksdb::Slice value() const override { return at_->second; }
  [[nodiscard]] rocksdb::Status status() const override { return rocksdb::Status::OK(); }

 private:
  const Rows& rows_;
  const Rows::const_iterator begin_;
  Rows::const_iterator at_;
};

// A table of records.
class Table {
 public:
  explicit Table(std::unique_ptr<rocksdb::SstFileReader> reader) : reader_(std::move(reader)) {}

  enum class Ends : std::uint8_t { kNone, kUnreadable, kFound };
  // Finds its ends, or the one that can be read; kNone: there is no row in it.
  Ends find_ends() {
    const auto iterator = open({});
    iterator->SeekToFirst();
    bool spoilt = !iterator->status().ok();
    if (iterator->Valid()) first_ = iterator->key().ToString();
    iterator->SeekToLast();
    spoilt = spoilt || !iterator->status().ok();
    if (iterator->Valid()) last_ = iterator->key().ToString();
    if (!first_.empty() || !last_.empty()) return Ends::kFound;
    return spoilt ? Ends::kUnreadable : Ends::kNone;
  }
  [[nodiscard]] std::unique_ptr<rocksdb::Iterator> open(rocksdb::ReadOptions options) const {
    options.verify_checksums = true;
    return std::unique_ptr<rocksdb::Iterator>(reader_->NewIterator(options));
  }
  // Empty when the block there can't be read.
  [[nodiscard]] const std::string& first() const { return first_; }
  [[nodiscard]] const std::string& last() const { return last_; }
  void begin_at(std::string key) { first_ = std::move(key); }
  void end_at(std::string key) { last_ = std::move(key); }

 private:
  std::unique_ptr<rocksdb::SstFileReader> reader_;
  std::string first_;
  std::string last_;
};

// From `begin` on, which another stretch may end right before.
class BoundedTable {
 public:
  BoundedTable(const Table& table, rocksdb::ReadOptions options, std::string begin)
      : table_(table), options_(std::move(options)), begin_(std::move(begin)), bound_(begin_) {
    options_.iterate_lower_bound = &bound_;
  }
  BoundedTable(const BoundedTable&) = delete;
  BoundedTable& operator=(const BoundedTable&) = delete;
  [[nodiscard]] std::unique_ptr<rocksdb::Iterator> open() const { return table_.open(options_); }

 private:
  const Table& table_;
  rocksdb::ReadOptions options_;
  const std::string begin_;
  const rocksdb::Slice bound_;
};

class LooseRows final : public RecordRows {
 public:
  explicit LooseRows(Sealing sealing) : sealing_(std::move(sealing)) {}

  void give_up(Lsn through) { given_up_ = LsnKey(next(through)).slice().ToString(); }
  Result<> read(const std::string& directory) {
    rocksdb::FileSystem& file_system = *rocksdb::FileSystem::Default();
    std::vector<std::string> names;
    const rocksdb::IOStatus listed =
        file_system.GetChildren(directory, rocksdb::IOOptions(), &names, nullptr);
    if (!listed.ok()) return fail(to_error(listed, "can't list " + directory));
    std::ranges::sort(names);
    for (const std::string& name : names) {
      if (name.ends_with(".sst")) read_table(directory, name);
    }
    // Damage in there is the judgement's to tell; what is before it counts. What was given up is
    // told by a base.
    const auto see = [this](std::uint64_t family, std::string_view key, std::string_view value) {
      if (family == kLogFamilyNumber) wal_.insert_or_assign(std::string(key), value);
      if (family == 0 && key == kIdentityKey) identity_ = value;
    };
    const Result<WalFinding> wals = scan_wals(file_system, directory, 0, see);
    if (!wals) unreadable_.push_back(wals.error());
    put_in_order();
    return {};
  }

  [[nodiscard]] std::unique_ptr<rocksdb::Iterator> record_rows(const rocksdb::ReadOptions& options,
                                                               const Place& place) const override {
    auto iterator = make_stretch_iterator(stretches(options));
    place(*iterator);
    return iterator;
  }
  [[nodiscard]] const Sealing& sealing() const override { return sealing_; }
  [[nodiscard]] const std::string& identity() const { return identity_; }
  [[nodiscard]] const std::vector<Error>& unreadable() const { return unreadable_; }

 private:
  // One whose first or last block can't be read reaches as far as its neighbour.
  void put_in_order() {
    const auto place = [](const Table& table) {
      return table.first().empty() ? table.last() : table.first();
    };
    std::ranges::sort(tables_, {}, place);
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      if (tables_[i].first().empty()) {
        tables_[i].begin_at(i == 0 ? given_up_ : tables_[i - 1].last() + '\0');
      } else if (tables_[i].last().empty()) {
        const auto after =
            i + 1 < tables_.size() ? lsn_from(place(tables_[i + 1])) : std::optional<Lsn>();
        tables_[i].end_at(after && after->value() > 0 ? LsnKey(*after - 1).slice().ToString()
                                                      : kLastKey);
      }
    }
  }
  void read_table(const std::string& directory, const std::string& name) {
    rocksdb::Options options(rocksdb::DBOptions(), family_options("log", nullptr));
    make_errors_plain(options);
    say_nothing(options);
    auto reader = std::make_unique<rocksdb::SstFileReader>(options);
    const rocksdb::Status opened = reader->Open(directory + "/" + name);
    if (!opened.ok()) return unreadable(name, opened.ToString());
    const std::string family = reader->GetTableProperties()->column_family_name;
    if (family == kFamilyNames[0]) return find_identity(*reader);
    if (family != kFamilyNames[kLogFamilyNumber]) return;
    Table table(std::move(reader));
    const Table::Ends ends = table.find_ends();
    if (ends == Table::Ends::kUnreadable) {
      return unreadable(name, "neither of its ends can be read");
    }
    if (ends == Table::Ends::kFound) tables_.push_back(std::move(table));
  }
  void find_identity(rocksdb::SstFileReader& reader) {
    const std::unique_ptr<rocksdb::Iterator> rows(reader.NewIterator(rocksdb::ReadOptions()));
    rows->Seek(rocksdb::Slice(kIdentityKey.data(), kIdentityKey.size()));
    if (rows->Valid() && rows->key().ToStringView() == kIdentityKey) {
      identity_ = rows->value().ToString();
    }
  }
  void unreadable(const std::string& name, std::string_view why) {
    unreadable_.push_back({ErrorCode::kCorruption, fmt::format("log/{}: {}", name, why)});
  }

  // An old table has the same rows as the one that it became part of.
  [[nodiscard]] std::vector<Stretch> stretches(const rocksdb::ReadOptions& options) const {
    std::vector<Stretch> stretches;
    std::string from = given_up_;
    const auto add = [&](const std::string& first, const std::string& last, auto make) {
      const std::string begin = std::max(first, from);
      if (begin > last) return;
      stretches.push_back({begin, last, make(begin)});
      from = last + '\0';
    };
    const auto add_wal = [&] {
      add(wal_.begin()->first, wal_.rbegin()->first, [this](const std::string& begin) {
        return [this, begin] { return std::make_unique<RowsIterator>(wal_, begin); };
      });
    };
    bool wal_is_next = !wal_.empty();
    for (const Table& table : tables_) {
      if (wal_is_next && wal_.begin()->first < table.first()) {
        add_wal();
        wal_is_next = false;
      }
      add(table.first(), table.last(), [&](const std::string& begin) {
        auto bounded = std::make_shared<BoundedTable>(table, options, begin);
        return [bounded] { return bounded->open(); };
      });
    }
    if (wal_is_next) add_wal();
    return stretches;
  }

  const Sealing sealing_;
  std::string given_up_ = LsnKey(Lsn(1)).slice().ToString();  // the first key after it
  std::vector<Table> tables_;
  Rows wal_;
  std::string identity_;
  std::vector<Error> unreadable_;
};

class LooseLog final : public LooseReader {
 public:
  explicit LooseLog(const Sealing& sealing) : rows_(sealing) {}

  Result<> read(const std::string& directory) {
    if (Result<> read = rows_.read(directory + "/log"); !read) return read;
    const Result<Position> head = find_head(rows_);
    const Result<HighWaterMark> mark = HighWater::load(directory, *rocksdb::FileSystem::Default());
    if (head) head_ = *head;
    if (mark && mark->slot && mark->slot->position.lsn > head_.lsn) head_ = mark->slot->position;
    if (!head_.lsn) return fail(ErrorCode::kNegative, directory + "/log: no record is left");
    return {};
  }

  void give_up(Lsn through) override { rows_.give_up(through); }
  [[nodiscard]] const std::vector<Error>& unreadable() const override { return rows_.unreadable(); }
  [[nodiscard]] Position durable() const override { return head_; }
  [[nodiscard]] std::string identity() const override { return rows_.identity(); }
  [[nodiscard]] Lsn tail() const override { return find_tail(rows_, head_); }
  [[nodiscard]] std::unique_ptr<Scanner> scan(Lsn from) const override {
    return make_scanner(rows_, from, head_);
  }
  [[nodiscard]] Result<Record> read(Lsn lsn) const override {
    return find_record(rows_, lsn, head_);
  }
  [[nodiscard]] Result<std::string> message(Lsn id) const override {
    return fail(ErrorCode::kUnavailable,
                fmt::format("message {} can't be looked for: the log's database can't be opened",
                            message_id(id)));
  }

 private:
  LooseRows rows_;
  Position head_;
};

}  // namespace

Result<std::unique_ptr<LooseReader>> LooseReader::open(
    const std::string& directory, const std::shared_ptr<const Keyring>& keyring) {
  auto log =
      std::make_unique<LooseLog>(Sealing{.sealed = is_sealed(directory), .keyring = keyring});
  if (Result<> read = log->read(directory); !read) return fail(read.error());
  return log;
}

}  // namespace mnm::log
