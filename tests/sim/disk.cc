#include "sim/disk.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <algorithm>

#include "log/record.h"
#include "log/request.h"
#include "log/sealed_file.h"
#include "log/wal_scan.h"
#include "ops/message.h"
#include "sim/wal_replay.h"

namespace mnm::sim {
namespace {

constexpr std::uint64_t kWalBytesMax = 256 << 10;  // then the tables take it over
constexpr std::size_t kSector = 512;
constexpr Micros kMarkEvery = 1s;
constexpr Micros kMarkLag = 90s;

log::Position position_of(const log::Record& record) {
  return {record.epoch, record.last(), record.chain};
}

}  // namespace

// --------------------------------------------------------------------------------------- appending

void Disk::write(const log::AppendRequest& request, const Stored& stored) {
  std::string batch;
  for (const log::MessagePurge& purge : request.purges) put_purge(batch, purge.id);
  if (keyring_) {
    for (const log::MessagePurge& purge : request.purges) put_key_purge(batch, purge.id);
  }
  for (std::size_t i = 0; i < request.puts.size(); ++i) {
    const log::MessagePut& put = request.puts[i];
    if (keyring_) put_key(batch, put.id, stored.rows[i].key);
    put_row(batch, put.id, put.file, stored.rows[i].row);
  }
  put_record(batch, request.first, stored.record);
  const std::size_t operations_each = keyring_ ? 2 : 1;
  const auto count = static_cast<std::uint32_t>(
      (request.purges.size() + request.puts.size()) * operations_each + 1);
  batches_.push_back({wal_.size(), 0, log::last_lsn(request)});
  wal_.operations(count, batch);
  batches_.back().end = wal_.size();
}

void Disk::apply(const log::AppendRequest& request, Stored stored) {
  for (const log::MessagePurge& purge : request.purges) {
    if (keyring_ && live_.rows.contains(purge.id)) {
      keep_ghost({{}, purge.id, live_.rows[purge.id].value});
    }
    const std::size_t keys = live_.keys.erase(purge.id);
    if (live_.rows.erase(purge.id) != 1 || keys != (keyring_ ? 1U : 0U)) {
      misuse_ = fmt::format("message {} purged, but not there", purge.id.value());
    }
    if (purge.file) doomed_.push_back(purge.file);
    purged(purge.id);
  }
  for (std::size_t i = 0; i < request.puts.size(); ++i) {
    const log::MessagePut& put = request.puts[i];
    const auto body = image_.bodies.find(put.file);
    if (put.file && (body == image_.bodies.end() || !body->second.synced)) {
      misuse_ = fmt::format("message {} put, but its body isn't durable", put.id.value());
    }
    live_.rows[put.id] = {std::move(stored.rows[i].row), put.file};
    if (keyring_) live_.keys[put.id] = std::move(stored.rows[i].key);
  }
  for (const std::string_view event : request.events) appended(event);
  live_.records.emplace(request.first, std::move(stored.record));
}

Result<log::Position> Disk::append(const log::AppendRequest& request) {
  log::check_request(head_, request);
  last_fate_ = fate();
  if (last_fate_ == Fate::kCutBefore) throw PowerCut();
  std::string record;
  const Hash chain = log::encode_record(
      {request.epoch, request.first, head_.chain, request.events, log::Salt{}}, record);
  Stored stored = store(request, std::move(record));
  write(request, stored);
  switch (last_fate_) {
    case Fate::kDone:
    case Fate::kCutAfter:
      break;
    case Fate::kFailsLost:
    case Fate::kFailsStored:
    case Fate::kFailsTorn:
      return fail(ErrorCode::kUnavailable, "the append failed; its outcome is unknown");
    default:
      throw PowerCut();
  }
  synced_ = wal_.size();
  apply(request, std::move(stored));
  head_ = {request.epoch, log::last_lsn(request), chain};
  if (last_fate_ == Fate::kCutAfter) throw PowerCut();
  advance_mark(false);
  if (wal_.size() > kWalBytesMax) flush();
  // A sealed file's key is overwritten by a thread that has other things to do, too.
  if (!keyring_ || random_.chance(700)) remove_doomed();
  return head_;
}

void Disk::flush() {
  image_.tables = live_;
  image_.sequence = wal_.sequence();
  wal_ = log::WalFile(image_.sequence);
  batches_.clear();
  synced_ = 0;
}

void Disk::advance_mark(bool at_once) {
  const Micros lag = faults_.on(Fault::kMarkLags) ? kMarkLag : kMarkEvery;
  if (!at_once && mark_.lsn && time_.now() < mark_time_ + lag) return;
  mark_time_ = time_.now();
  mark_ = head_;
  ++mark_sequence_;
  image_.marks.at(mark_sequence_ % 2) = log::encode_slot({mark_sequence_, mark_});
}

// ------------------------------------------------------------------------------------- end and
// start

// Of what was written and not synced.
void Disk::keep_some_of_tail() {
  std::string tail = image_.wal.substr(synced_);
  image_.wal.resize(synced_);
  switch (last_fate_) {
    case Fate::kCutTorn:
    case Fate::kFailsTorn:
      tail.resize(random_.below(tail.size()));
      break;
    case Fate::kCutReordered:
      for (std::size_t at = 0; at < tail.size(); at += kSector) {
        const std::size_t count = std::min(kSector, tail.size() - at);
        if (at == 0 || random_.chance(500)) tail.replace(at, count, count, '\0');
      }
      break;
    case Fate::kCutGarbage: {
      const std::size_t at = random_.below(tail.size());
      tail = tail.substr(0, at) + random_.octets(random_.below(2 * kSector));
      break;
    }
    case Fate::kCutStays:
    case Fate::kFailsStored:
      break;
    default:
      tail.clear();
  }
  image_.wal += tail;
}

void Disk::power_off() {
  image_.wal = wal_.octets();
  if (image_.wal.size() > synced_) keep_some_of_tail();
  if (faults_.hit(Fault::kMarkTorn, 500)) {
    image_.marks.at((mark_sequence_ + 1) % 2) = random_.octets(log::kSlotBytes);
  }
  for (auto body = image_.bodies.begin(); body != image_.bodies.end();) {
    std::string& octets = body->second.octets;
    if (!body->second.synced && random_.chance(500)) {
      body = image_.bodies.erase(body);
      continue;
    }
    if (!body->second.synced && !octets.empty()) octets.resize(random_.below(octets.size()));
    ++body;
  }
  last_fate_ = Fate::kDone;
}

void Disk::stop() {
  advance_mark(true);
  power_off();
}

Result<> Disk::recover(const log::KeySecret* key) {
  auto keyring = find_keyring(key);
  if (!keyring) return fail(keyring.error());
  keyring_ = std::move(*keyring);
  log::WalScan scan;
  scan.add_file("000001.log", image_.wal);
  if (scan.finding().verdict == log::WalFinding::Verdict::kDamaged) {
    return fail(ErrorCode::kCorruption, scan.finding().reason);
  }
  Tables tables = image_.tables;
  const std::uint64_t sequence = replay_wal(image_.wal, image_.sequence, tables);
  log::Position head;
  if (!tables.records.empty()) {
    const auto last = read_record(tables.records.rbegin()->first, tables.records.rbegin()->second);
    if (!last) return fail(last.error());
    head = position_of(*last);
  }
  if (auto marked = check_mark(tables, head); !marked) return marked;
  if (auto whole = check_bodies(tables); !whole) return whole;
  if (auto prepared = prepare_keyring(key); !prepared) return prepared;

  head_ = head;
  if (mark_sequence_ == 0) {
    image_.marks.at(++mark_sequence_ % 2) = log::encode_slot({mark_sequence_, mark_});
  }
  live_ = std::move(tables);
  image_.tables = live_;
  image_.sequence = sequence;
  image_.wal.clear();
  wal_ = log::WalFile(sequence);
  batches_.clear();
  synced_ = 0;
  sweep();
  return {};
}

// Body files that no row names.
void Disk::sweep() {
  doomed_.clear();
  for (const auto& [file, octets] : image_.bodies) {
    const bool named = std::ranges::any_of(
        live_.rows, [&file = file](const auto& row) { return row.second.file == file; });
    if (!named) doomed_.push_back(file);
  }
  remove_doomed();
}

void Disk::remove_doomed() {
  while (!doomed_.empty()) {
    const log::BodyFile file = doomed_.back();
    doomed_.pop_back();
    remove_body(file);
  }
}

Result<> Disk::check_mark(const Tables& tables, const log::Position& head) const {
  std::optional<log::HighWaterSlot> mark;
  for (const std::string& octets : image_.marks) {
    const auto slot = log::decode_slot(octets);
    if (slot && (!mark || slot->sequence > mark->sequence)) mark = slot;
  }
  if (!mark) {
    if (!head.lsn) return {};
    return fail(ErrorCode::kCorruption, "neither slot of the mark is valid");
  }
  log::Position at = mark->position;
  if (head.lsn < at.lsn) {
    return fail(ErrorCode::kCorruption, fmt::format("the log ends at {}, it was durable up to {}",
                                                    head.lsn.value(), at.lsn.value()));
  }
  auto after = tables.records.upper_bound(at.lsn);
  if (at.lsn) {
    if (after == tables.records.begin())
      return fail(ErrorCode::kCorruption, "no record at the mark");
    const auto record = read_record(std::prev(after)->first, std::prev(after)->second);
    if (!record) return fail(record.error());
    if (position_of(*record) != at) {
      return fail(ErrorCode::kTampering, "the record at the mark is another");
    }
  }
  for (; after != tables.records.end(); ++after) {
    const auto record = read_record(after->first, after->second);
    if (!record) return fail(record.error());
    if (auto linked = log::check_link(at, *record); !linked) return linked;
    at = position_of(*record);
  }
  return {};
}

Result<> Disk::check_bodies(const Tables& tables) const {
  for (const auto& [id, row] : tables.rows) {
    if (!row.file) continue;
    const auto text = read_row(tables, id);
    if (!text) return fail(text.error());
    const auto size = ops::file_bytes_of(id, *text);
    if (!size) return fail(size.error());
    const std::uint64_t expected = keyring_ ? log::sealed_file_bytes(*size) : *size;
    const auto body = image_.bodies.find(row.file);
    if (body == image_.bodies.end() || body->second.octets.size() != expected) {
      return fail(ErrorCode::kCorruption,
                  fmt::format("the body file of message {} is missing or cut", id.value()));
    }
  }
  return {};
}

}  // namespace mnm::sim
