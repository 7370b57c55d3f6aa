#include "log/rocks_read.h"

#include <fmt/format.h>

#include "base/text.h"
#include "log/record.h"

namespace mnm::log {
namespace {

rocksdb::ReadOptions reading() {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  return options;
}

class RocksScanner final : public Scanner {
 public:
  RocksScanner(std::unique_ptr<rocksdb::Iterator> iterator, Lsn end)
      : iterator_(std::move(iterator)), end_(end) {}

  Result<std::optional<Record>> next() override {
    auto stored = next_stored();
    if (!stored) return fail(stored.error());
    if (!stored->has_value()) return std::nullopt;
    Result<Record> record = decode_stored(std::move(**stored));
    if (record && before_) {
      if (Result<void> linked = check_link(*before_, *record); !linked)
        record = fail(linked.error());
    }
    if (!record) {
      iterator_.reset();
      return fail(record.error());
    }
    before_ = record->position();
    return std::optional<Record>(std::move(*record));
  }

  Result<std::optional<Stored>> next_stored() override {
    if (iterator_ == nullptr) return std::nullopt;
    if (!iterator_->Valid()) {
      const rocksdb::Status status = iterator_->status();
      iterator_.reset();  // what it pins need not wait for the scanner's end
      if (!status.ok()) return fail(to_error(status, "can't read the log"));
      return std::nullopt;
    }
    const std::optional<Lsn> key = lsn_from(iterator_->key());
    if (!key) {
      const Error error{ErrorCode::kCorruption, "a record is stored under the key " +
                                                    hex_encode(iterator_->key().ToStringView())};
      iterator_.reset();
      return fail(error);
    }
    if (*key > end_) {
      iterator_.reset();
      return std::nullopt;
    }
    std::optional<Stored> stored(Stored{*key, iterator_->value().ToString()});
    iterator_->Next();
    return stored;
  }

 private:
  std::unique_ptr<rocksdb::Iterator> iterator_;
  Lsn end_;
  std::optional<Position> before_;
};

}  // namespace

Result<Record> record_at(const rocksdb::Iterator& iterator) {
  return decode_stored({lsn_from(iterator.key()).value_or(Lsn()), iterator.value().ToString()});
}

std::string find_identity(const Database& database) {
  std::string identity;
  const rocksdb::Status status =
      database.db().Get(reading(), database.defaults(), std::string(kIdentityKey), &identity);
  return status.ok() ? identity : std::string();
}

Result<Position> find_head(const Database& database) {
  const std::unique_ptr<rocksdb::Iterator> iterator(
      database.db().NewIterator(reading(), database.log()));
  iterator->SeekToLast();
  if (!iterator->Valid()) {
    if (!iterator->status().ok()) return fail(to_error(iterator->status(), "can't read the log"));
    return Position();
  }
  const Result<Record> record = record_at(*iterator);
  if (!record) return fail(record.error());
  return record->position();
}

Lsn find_tail(const Database& database, const Position& durable) {
  const std::unique_ptr<rocksdb::Iterator> iterator(
      database.db().NewIterator(reading(), database.log()));
  iterator->SeekToFirst();
  const Lsn first = iterator->Valid() ? lsn_from(iterator->key()).value_or(Lsn()) : Lsn();
  return first <= durable.lsn ? first : Lsn();
}

std::unique_ptr<Scanner> make_scanner(const Database& database, Lsn from, const Position& durable) {
  rocksdb::ReadOptions options = reading();
  options.readahead_size = std::size_t{1} << 20;  // it is read from end to end
  options.fill_cache = false;                     // and doesn't push out what deliveries need
  std::unique_ptr<rocksdb::Iterator> iterator(database.db().NewIterator(options, database.log()));
  iterator->SeekForPrev(LsnKey(from).slice());
  if (!iterator->Valid()) {
    iterator->SeekToFirst();
  } else if (const Result<Record> record = record_at(*iterator); record && record->last() < from) {
    iterator->Next();
  }
  return std::make_unique<RocksScanner>(std::move(iterator), durable.lsn);
}

Result<Record> find_record(const Database& database, Lsn lsn, const Position& durable) {
  const auto not_kept = [&] {
    return fail(ErrorCode::kNegative, fmt::format("LSN {} is not in the log", lsn.value()));
  };
  if (lsn > durable.lsn) return not_kept();
  const std::unique_ptr<rocksdb::Iterator> iterator(
      database.db().NewIterator(reading(), database.log()));
  iterator->SeekForPrev(LsnKey(lsn).slice());
  if (!iterator->Valid()) {
    if (!iterator->status().ok()) return fail(to_error(iterator->status(), "can't read the log"));
    return not_kept();
  }
  Result<Record> record = record_at(*iterator);
  if (record && record->last() < lsn) return not_kept();
  return record;
}

Result<std::string> find_message(const Database& database, Lsn id, const Position& durable) {
  std::string value;
  rocksdb::Status status = rocksdb::Status::NotFound();
  if (id <= durable.lsn) {
    status = database.db().Get(reading(), database.msg(), LsnKey(id).slice(), &value);
  }
  if (status.IsNotFound()) {
    return fail(ErrorCode::kNegative, fmt::format("message {} is not stored", message_id(id)));
  }
  if (!status.ok()) return fail(to_error(status, "can't read message " + message_id(id)));
  return value;
}

}  // namespace mnm::log
