#include "log/rocks_read.h"

#include <fmt/format.h>

#include "base/text.h"
#include "log/message_seal.h"
#include "log/record.h"
#include "log/record_seal.h"

namespace mnm::log {
namespace {

rocksdb::ReadOptions reading() {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  return options;
}

class RocksScanner final : public Scanner {
 public:
  RocksScanner(const Keyring* keyring, std::unique_ptr<rocksdb::Iterator> iterator, Lsn end)
      : keyring_(keyring), iterator_(std::move(iterator)), end_(end) {}

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
    Result<Stored> stored = open_record(keyring_, {*key, iterator_->value().ToString()});
    if (!stored) {
      iterator_.reset();
      return fail(stored.error());
    }
    iterator_->Next();
    return std::optional(std::move(*stored));
  }

 private:
  const Keyring* const keyring_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  Lsn end_;
  std::optional<Position> before_;
};

Stored stored_at(const rocksdb::Iterator& iterator) {
  return {lsn_from(iterator.key()).value_or(Lsn()), iterator.value().ToString()};
}

}  // namespace

Result<Record> record_at(const RecordRows& rows, const rocksdb::Iterator& iterator) {
  Result<Stored> stored = open_record(rows.keyring(), stored_at(iterator));
  if (!stored) return fail(stored.error());
  return decode_stored(std::move(*stored));
}

namespace {

std::string read_default(const Database& database, std::string_view key) {
  std::string value;
  const rocksdb::Status status = database.db().Get(reading(), database.defaults(), key, &value);
  return status.ok() ? value : std::string();
}

}  // namespace

std::string find_identity(const Database& database) { return read_default(database, kIdentityKey); }
std::string find_format(const Database& database) { return read_default(database, kFormatKey); }

Result<void> check_format_known(std::string_view format, const std::string& directory) {
  if (format.empty() || format == kFormat || format == kFormatWithoutLots) return {};
  return fail(ErrorCode::kUnknownFormat,
              fmt::format("{}: log/ has format \"{}\"; this program knows \"{}\"", directory,
                          format, kFormat));
}

Result<Position> find_head(const RecordRows& rows) {
  const auto iterator =
      rows.record_rows(reading(), [](rocksdb::Iterator& place) { place.SeekToLast(); });
  if (!iterator->Valid()) {
    if (!iterator->status().ok()) return fail(to_error(iterator->status(), "can't read the log"));
    return Position();
  }
  if (rows.sealing().sealed && rows.keyring() == nullptr) {
    const Result<Envelope> envelope = check_sealed_envelope(stored_at(*iterator));
    if (!envelope) return fail(envelope.error());
    return envelope->position();
  }
  const Result<Record> record = record_at(rows, *iterator);
  if (!record) return fail(record.error());
  return record->position();
}

Lsn find_tail(const RecordRows& rows, const Position& durable) {
  const auto iterator =
      rows.record_rows(reading(), [](rocksdb::Iterator& place) { place.SeekToFirst(); });
  const Lsn first = iterator->Valid() ? lsn_from(iterator->key()).value_or(Lsn()) : Lsn();
  return first <= durable.lsn ? first : Lsn();
}

std::unique_ptr<Scanner> make_scanner(const RecordRows& rows, Lsn from, const Position& durable) {
  rocksdb::ReadOptions options = reading();
  options.readahead_size = std::size_t{1} << 20;  // it is read from end to end
  options.fill_cache = false;                     // and doesn't push out what deliveries need
  auto iterator = rows.record_rows(options, [from](rocksdb::Iterator& place) {
    place.SeekForPrev(LsnKey(from).slice());
    if (!place.Valid()) {
      // Else it is damaged there, which the scanner will say.
      if (place.status().ok()) place.SeekToFirst();
    } else if (const Result<Envelope> record = check_envelope(stored_at(place));
               record && record->last() < from) {
      place.Next();
    }
  });
  return std::make_unique<RocksScanner>(rows.keyring(), std::move(iterator), durable.lsn);
}

Result<Record> find_record(const RecordRows& rows, Lsn lsn, const Position& durable) {
  const auto not_kept = [&] {
    return fail(ErrorCode::kNegative, fmt::format("LSN {} is not in the log", lsn.value()));
  };
  if (lsn > durable.lsn) return not_kept();
  const auto iterator = rows.record_rows(
      reading(), [lsn](rocksdb::Iterator& place) { place.SeekForPrev(LsnKey(lsn).slice()); });
  if (!iterator->Valid()) {
    if (!iterator->status().ok()) return fail(to_error(iterator->status(), "can't read the log"));
    return not_kept();
  }
  Result<Record> record = record_at(rows, *iterator);
  if (record && record->last() < lsn) return not_kept();
  return record;
}

namespace {

// Empty when there is none.
Result<std::string> find_key(const Database& database, Lsn id) {
  std::string key;
  const rocksdb::Status status =
      database.db().Get(reading(), database.key(), LsnKey(id).slice(), &key);
  if (status.ok() || status.IsNotFound()) return key;
  return fail(to_error(status, "can't read the key of message " + message_id(id)));
}

}  // namespace

Result<std::string> find_message(const Database& database, Lsn id, const Position& durable) {
  // The key first: a message that is purged in between has a key and no row, and never a row
  // without its key.
  Result<std::string> key;
  if (database.sealing().sealed) key = find_key(database, id);
  if (!key) return fail(key.error());
  std::string value;
  const rocksdb::Status status =
      id > durable.lsn ? rocksdb::Status::NotFound()
                       : database.db().Get(reading(), database.msg(), LsnKey(id).slice(), &value);
  if (status.IsNotFound()) {
    return fail(ErrorCode::kNegative, fmt::format("message {} is not stored", message_id(id)));
  }
  if (!status.ok()) return fail(to_error(status, "can't read message " + message_id(id)));
  if (database.sealing().sealed) return open_row(database, id, *key, value);
  return value;
}

Result<std::string> find_message(const Database& database, const LotsSeen& lots, Lsn id,
                                 const Position& durable) {
  Result<std::string> row = find_message(database, id, durable);
  const bool may_be_in_a_lot = id <= durable.lsn && !database.sealing().sealed;
  if (row || row.error().code != ErrorCode::kNegative || !may_be_in_a_lot) return row;
  Result<std::optional<std::string>> found = lots.find(id);
  if (!found) return fail(found.error());
  if (*found) return std::move(**found);
  return find_message(database, id, durable);  // its lot may just have been broken up
}

Result<std::string> open_row(const Database& database, Lsn id, std::string_view key,
                             std::string_view row) {
  if (database.keyring() != nullptr) return open_message(*database.keyring(), id, key, row);
  return fail(ErrorCode::kDenied, "message " + message_id(id) +
                                      " is sealed: name the file that holds the key with --key");
}

}  // namespace mnm::log
