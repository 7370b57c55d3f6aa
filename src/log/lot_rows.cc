#include "log/lot_rows.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/codec.h"

namespace mnm::log {
namespace {

constexpr std::size_t kKeyBytes = 9;

tl::unexpected<Error> misshapen(std::string_view what) {
  return fail(ErrorCode::kCorruption,
              "a " + std::string(what) + " of the family \"default\" is misshapen");
}

std::optional<Lsn> lsn_in(LotRow row, const rocksdb::Slice& key) {
  if (key.size() != kKeyBytes ||
      static_cast<std::uint8_t>(key[0]) != static_cast<std::uint8_t>(row)) {
    return std::nullopt;
  }
  return lsn_from({key.data() + 1, key.size() - 1});
}

Result<std::optional<std::string>> row_in(Lsn first, const rocksdb::Slice& lot, Lsn id) {
  const Result<LotMessages> messages = decode_lot(first, lot.ToStringView());
  if (!messages) return fail(messages.error());
  const auto at = std::ranges::lower_bound(*messages, id, {}, &LotMessages::value_type::first);
  if (at == messages->end() || at->first != id) return std::nullopt;
  return std::string(at->second);
}

}  // namespace

LotKey::LotKey(LotRow row, Lsn lsn) {
  octets_[0] = static_cast<char>(row);
  const LsnKey key(lsn);
  std::copy_n(key.slice().data(), key.slice().size(), octets_ + 1);
}

std::string encode_lot_index(std::span<const MessagePut> puts) {
  std::string index;
  Encoder out(index);
  out.varint(puts.size());
  Lsn before = puts.front().id;
  for (const MessagePut& put : puts) {
    out.varint(put.id.value() - before.value());
    out.varint(put.head.size() + put.body.size());
    before = put.id;
  }
  return index;
}

Result<LotMessages> decode_lot(Lsn first, std::string_view value) {
  Decoder in(value);
  const std::uint64_t count = in.varint();
  if (!in.ok() || count == 0 || count > in.left() / 2) return misshapen("lot");
  LotMessages messages;
  std::vector<std::uint64_t> sizes;
  messages.reserve(count);
  sizes.reserve(count);
  Lsn id = first;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t difference = in.varint();
    if ((difference == 0) != (i == 0) || difference > ~std::uint64_t{0} - id.value()) {
      return misshapen("lot");
    }
    id = id + difference;
    sizes.push_back(in.varint());
    messages.emplace_back(id, std::string_view());
  }
  for (std::uint64_t i = 0; i < count; ++i) messages[i].second = in.raw(sizes[i]);
  if (!in.done()) return misshapen("lot");
  return messages;
}

std::string encode_note(std::span<const Lsn> ids) {
  std::string value;
  Encoder out(value);
  Lsn before;
  for (const Lsn id : ids) {
    out.varint(id.value() - before.value());
    before = id;
  }
  return value;
}

Result<std::vector<Lsn>> decode_note(std::string_view value) {
  Decoder in(value);
  std::vector<Lsn> ids;
  Lsn id;
  while (in.ok() && in.left() > 0) {
    const std::uint64_t difference = in.varint();
    if (difference == 0 || difference > ~std::uint64_t{0} - id.value())
      return misshapen("purge note");
    id = id + difference;
    ids.push_back(id);
  }
  if (!in.done() || ids.empty()) return misshapen("purge note");
  return ids;
}

Result<std::optional<std::string>> find_in_lot(const Database& database, Lsn first, Lsn id) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  rocksdb::PinnableSlice value;
  const rocksdb::Status status =
      database.db().Get(options, database.defaults(), LotKey(LotRow::kLot, first).slice(), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return fail(to_error(status, "can't read a lot"));
  return row_in(first, value, id);
}

Result<Lots> read_lots(const Database& database) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  const std::unique_ptr<rocksdb::Iterator> rows(
      database.db().NewIterator(options, database.defaults()));
  Lots lots;
  std::set<Lsn> purged;
  for (rows->Seek(LotKey(LotRow::kNote, Lsn()).slice()); rows->Valid(); rows->Next()) {
    lots.keys.push_back(rows->key().ToString());
    if (lsn_in(LotRow::kNote, rows->key())) {
      const Result<std::vector<Lsn>> ids = decode_note(rows->value().ToStringView());
      if (!ids) return fail(ids.error());
      purged.insert(ids->begin(), ids->end());
    } else if (const std::optional<Lsn> first = lsn_in(LotRow::kLot, rows->key())) {
      const Result<LotMessages> messages = decode_lot(*first, rows->value().ToStringView());
      if (!messages) return fail(messages.error());
      for (const auto& [id, row] : *messages) lots.messages.emplace(id, row);
    } else {
      return misshapen("key");
    }
  }
  if (!rows->status().ok()) return fail(to_error(rows->status(), "can't read the lots"));
  std::erase_if(lots.messages,
                [&purged](const auto& message) { return purged.contains(message.first); });
  return lots;
}

Result<std::optional<std::string>> LotsSeen::find(Lsn id) const {
  const std::scoped_lock lock(mutex_);
  if (!lots_) {
    Result<Lots> read = read_lots(database_);
    if (!read) return fail(read.error());
    lots_ = std::move(*read);
  }
  const auto found = lots_->messages.find(id);
  if (found == lots_->messages.end()) return std::nullopt;
  return found->second;
}

void LotsSeen::caught_up() {
  const std::scoped_lock lock(mutex_);
  lots_.reset();
}

}  // namespace mnm::log
