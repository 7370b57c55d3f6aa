#include "log/lot_book.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <algorithm>
#include <ranges>
#include <string>
#include <string_view>

#include "base/canary.h"

namespace mnm::log {
namespace {

constexpr std::size_t kMessagesMin = 4;  // below, a lot and its purge note are no fewer rows
// Of larger ones the octets are what costs. And one message is read with all of its lot.
constexpr std::size_t kMessageBytesMax = std::size_t{2} << 10;
constexpr std::size_t kLotBytesMax = std::size_t{128} << 10;

std::size_t bytes_of(const MessagePut& put) { return put.head.size() + put.body.size(); }
bool is_small(const MessagePut& put) { return !put.file && bytes_of(put) <= kMessageBytesMax; }

// What waits is written twice. Where more than this does, as when a member of a busy group is away,
// only each 16th append is a lot, to see whether that is still so.
constexpr double kWaitingMax = 0.25;
constexpr std::size_t kTrials = 16;

}  // namespace

void LotBook::choose(std::span<const MessagePut> puts, std::vector<MessagePut>& in_lots,
                     std::vector<MessagePut>& alone) {
  in_lots.clear();
  alone.clear();
  std::ranges::copy_if(puts, std::back_inserter(in_lots), is_small);
  const bool worth_it =
      in_lots.size() >= kMessagesMin && (waiting_ < kWaitingMax || ++untried_ % kTrials == 0);
  if (!worth_it) in_lots.clear();
  std::ranges::copy_if(puts, std::back_inserter(alone),
                       [worth_it](const MessagePut& put) { return !worth_it || !is_small(put); });
}

void LotBook::learn(std::size_t waiting, std::size_t of) {
  constexpr double kWeight = 1.0 / 8;
  const double share = static_cast<double>(waiting) / static_cast<double>(of);
  waiting_ += (share - waiting_) * kWeight;
}

rocksdb::Status LotBook::put(std::span<const MessagePut> puts, rocksdb::WriteBatch& batch) {
  rocksdb::Status status;
  while (status.ok() && !puts.empty()) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < puts.size(); ++count) {
      bytes += bytes_of(puts[count]);
      if (count > 0 && bytes > kLotBytesMax) break;
    }
    status = put_lot(puts.first(count), batch);
    puts = puts.subspan(count);
  }
  return status;
}

rocksdb::Status LotBook::put_lot(std::span<const MessagePut> puts, rocksdb::WriteBatch& batch) {
  Lot& lot = lots_.emplace_back();
  lot.first = puts.front().id;
  lot.left = puts.size();
  lot.ids.reserve(puts.size());
  lot.purged.resize(puts.size());
  const std::string index = encode_lot_index(puts);
  std::vector<rocksdb::Slice> parts;
  parts.reserve(1 + 2 * puts.size());
  parts.emplace_back(index);
  for (const MessagePut& put : puts) {
    lot.ids.push_back(put.id);
    bytes_ += bytes_of(put);
    parts.emplace_back(put.head);
    parts.emplace_back(put.body);
  }
  lot.end = bytes_;
  const LotKey key(LotRow::kLot, lot.first);
  const rocksdb::Slice slice = key.slice();
  return batch.Put(database_.defaults(), rocksdb::SliceParts(&slice, 1),
                   rocksdb::SliceParts(parts.data(), static_cast<int>(parts.size())));
}

std::optional<LotBook::Place> LotBook::find(Lsn id) const {
  const auto after = std::ranges::upper_bound(lots_, id, {}, &Lot::first);
  if (after == lots_.begin()) return std::nullopt;
  const auto lot = std::prev(after);
  const auto at = std::ranges::lower_bound(lot->ids, id);
  if (at == lot->ids.end() || *at != id) return std::nullopt;
  return Place{static_cast<std::size_t>(lot - lots_.begin()),
               static_cast<std::size_t>(at - lot->ids.begin())};
}

std::optional<Lsn> LotBook::lot_of(Lsn id) const {
  const std::optional<Place> place = find(id);
  if (!place) return std::nullopt;
  const Lot& lot = lots_[place->lot];
  return lot.purged[place->message] ? std::nullopt : std::optional(lot.first);
}

bool LotBook::purge(Lsn id) {
  const std::optional<Place> place = find(id);
  if (!place || lots_[place->lot].left == 0) return false;
  Lot& lot = lots_[place->lot];
  CHECK(!lot.purged[place->message]) << message_id(id) << " is purged twice";
  lot.purged[place->message] = true;
  --lot.left;
  if (lot.left == 0) {
    emptied_.push_back(lot.first);
    learn(0, lot.ids.size());
  } else {
    purged_.emplace_back(&lot, id);
  }
  return true;
}

rocksdb::Status LotBook::remove(LotRow row, Lsn lsn, rocksdb::WriteBatch& batch) {
  return batch.SingleDelete(database_.defaults(), LotKey(row, lsn).slice());
}

rocksdb::Status LotBook::settle(Lsn append, rocksdb::WriteBatch& batch) {
  rocksdb::Status status;
  for (const Lsn first : emptied_) {
    if (status.ok()) status = remove(LotRow::kLot, first, batch);
  }
  emptied_.clear();
  for (Lot& lot : lots_) {
    if (!status.ok() || bytes_ - lot.end <= open_bytes_max_) break;
    if (lot.left == 0) continue;
    learn(lot.left, lot.ids.size());
    status = break_up(lot, batch);
  }
  if (status.ok()) status = write_note(append, batch);
  return status.ok() ? remove_notes(batch) : status;
}

void LotBook::written() {
  while (!lots_.empty() && lots_.front().left == 0) lots_.pop_front();
}

// What was purged, as far as its lot is still there.
rocksdb::Status LotBook::write_note(Lsn append, rocksdb::WriteBatch& batch) {
  std::vector<Lsn> ids;
  ids.reserve(purged_.size());
  Note note{.append = append, .newest_lot = {}};
  for (const auto& [lot, id] : purged_) {
    if (lot->left == 0) continue;
    ids.push_back(id);
    note.newest_lot = lot->first;
  }
  purged_.clear();
  if (ids.empty() || MNM_CANARY("lot-purge-not-noted")) return {};
  notes_.push_back(note);
  return batch.Put(database_.defaults(), LotKey(LotRow::kNote, append).slice(), encode_note(ids));
}

// The notes that no lot needs any more.
rocksdb::Status LotBook::remove_notes(rocksdb::WriteBatch& batch) {
  const auto oldest = std::ranges::find_if(lots_, [](const Lot& lot) { return lot.left > 0; });
  rocksdb::Status status;
  while (status.ok() && !notes_.empty() &&
         (oldest == lots_.end() || oldest->first > notes_.front().newest_lot)) {
    status = remove(LotRow::kNote, notes_.front().append, batch);
    notes_.pop_front();
  }
  return status;
}

rocksdb::Status LotBook::break_up(Lot& lot, rocksdb::WriteBatch& batch) {
  const auto damaged = [&lot](std::string_view what) {
    return rocksdb::Status::Corruption(
        fmt::format("the lot of the messages {} to {}, which still wait in part: {}",
                    message_id(lot.first), message_id(lot.ids.back()), what));
  };
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  rocksdb::PinnableSlice value;
  rocksdb::Status status = database_.db().Get(options, database_.defaults(),
                                              LotKey(LotRow::kLot, lot.first).slice(), &value);
  if (!status.ok()) return damaged(status.ToString());
  const Result<LotMessages> messages = decode_lot(lot.first, value.ToStringView());
  if (!messages) return damaged(messages.error().text);
  if (!std::ranges::equal(*messages | std::views::keys, lot.ids)) {
    return damaged("it isn't the one that was written");
  }
  for (std::size_t i = 0; status.ok() && i < lot.ids.size(); ++i) {
    if (lot.purged[i] || MNM_CANARY("lot-forgets-waiting")) continue;
    const auto& [id, row] = (*messages)[i];
    status = batch.Put(database_.msg(), LsnKey(id).slice(), rocksdb::Slice(row.data(), row.size()));
  }
  lot.left = 0;
  return status.ok() ? remove(LotRow::kLot, lot.first, batch) : status;
}

rocksdb::Status LotBook::break_up_stale(Lsn newest, std::size_t bytes, rocksdb::WriteBatch& batch) {
  rocksdb::Status status;
  for (Lot& lot : lots_) {
    const bool is_full = batch.Count() > 0 && batch.GetDataSize() >= bytes;
    if (!status.ok() || lot.first > newest || is_full) break;
    if (lot.left > 0 && lot.left < lot.ids.size()) status = break_up(lot, batch);
  }
  return status.ok() ? remove_notes(batch) : status;
}

Result<void> break_up_lots(const Database& database) {
  const Result<Lots> lots = read_lots(database);
  if (!lots) return fail(lots.error());
  if (lots->keys.empty()) return {};
  rocksdb::WriteBatch batch;
  rocksdb::Status status;
  const auto keep = [&status](rocksdb::Status next) {
    if (status.ok()) status = std::move(next);
  };
  for (const std::string& key : lots->keys) keep(batch.SingleDelete(database.defaults(), key));
  for (const auto& [id, row] : lots->messages)
    keep(batch.Put(database.msg(), LsnKey(id).slice(), row));
  rocksdb::WriteOptions synced;
  synced.sync = true;
  if (status.ok()) status = database.db().Write(synced, &batch);
  if (!status.ok()) return fail(to_error(status, "can't break up the lots"));
  return {};
}

}  // namespace mnm::log
