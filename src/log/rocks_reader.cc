// Reading a data directory that belongs to somebody else: a stopped store, or a running relay's.
#include <fmt/format.h>
#include <glog/logging.h>

#include <mutex>
#include <utility>
#include <vector>

#include "base/canary.h"
#include "log/data_directory.h"
#include "log/high_water.h"
#include "log/live_place.h"
#include "log/recovery.h"
#include "log/rocks_db.h"
#include "log/rocks_log.h"
#include "log/rocks_read.h"

namespace mnm::log {
namespace {

class StoppedReader final : public Reader {
 public:
  StoppedReader(std::unique_ptr<Database> database, const Position& head)
      : database_(std::move(database)), lots_(*database_), head_(head) {}

  [[nodiscard]] Position durable() const override { return head_; }
  [[nodiscard]] std::string identity() const override { return find_identity(*database_); }
  [[nodiscard]] std::string format() const override { return find_format(*database_); }
  [[nodiscard]] Lsn tail() const override { return find_tail(*database_, head_); }
  [[nodiscard]] std::unique_ptr<Scanner> scan(Lsn from) const override {
    return make_scanner(*database_, from, head_);
  }
  [[nodiscard]] Result<Record> read(Lsn lsn) const override {
    return find_record(*database_, lsn, head_);
  }
  [[nodiscard]] Result<std::string> message(Lsn id) const override {
    return find_message(*database_, lots_, id, head_);
  }

 private:
  const std::unique_ptr<Database> database_;
  const LotsSeen lots_;
  const Position head_;
};

// What is held for as long as somebody reads in it.
struct LiveDatabase {
  explicit LiveDatabase(std::unique_ptr<Database> opened)
      : database(std::move(opened)), lots(*database) {}
  const std::unique_ptr<Database> database;
  LotsSeen lots;
};

class LiveScanner final : public Scanner {
 public:
  LiveScanner(std::shared_ptr<const LiveDatabase> live, Lsn from, const Position& durable)
      : live_(std::move(live)), scanner_(make_scanner(*live_->database, from, durable)) {}
  Result<std::optional<Record>> next() override { return scanner_->next(); }
  Result<std::optional<Stored>> next_stored() override { return scanner_->next_stored(); }

 private:
  const std::shared_ptr<const LiveDatabase> live_;  // outlives the scanner
  const std::unique_ptr<Scanner> scanner_;
};

// A RocksDB secondary sees octets that aren't synced yet, so nothing beyond the high-water mark is
// shown. The mark is read first, then the database catches up: it holds at least as much.
//
// And it keeps in memory what it read in a WAL until it reads of that family in a newer one. Where
// a WAL has gone before it was read to its end, what was purged there would be shown for as long as
// nothing else happens in the family: where the one that was read last has gone, the database is
// opened anew.
class LiveReader final : public Reader {
 public:
  LiveReader(LivePlace place, std::unique_ptr<Database> database, std::string wal)
      : place_(std::move(place)),
        live_(std::make_shared<LiveDatabase>(std::move(database))),
        wal_(std::move(wal)) {}

  [[nodiscard]] Position durable() const override { return caught_up().head; }
  [[nodiscard]] std::string identity() const override {
    return find_identity(*last().live->database);
  }
  [[nodiscard]] std::string format() const override { return find_format(*last().live->database); }
  [[nodiscard]] Lsn tail() const override {
    const Moment moment = caught_up();
    return find_tail(*moment.live->database, moment.head);
  }
  [[nodiscard]] std::unique_ptr<Scanner> scan(Lsn from) const override {
    const Moment moment = caught_up();
    return std::make_unique<LiveScanner>(moment.live, from, moment.head);
  }
  [[nodiscard]] Result<Record> read(Lsn lsn) const override {
    const Moment moment = caught_up();
    return find_record(*moment.live->database, lsn, moment.head);
  }
  // As of the last look at the log's end, unless it is of later: each look costs reading all lots.
  [[nodiscard]] Result<std::string> message(Lsn id) const override {
    Moment moment = last();
    if (id > moment.head.lsn) moment = caught_up();
    return find_message(*moment.live->database, moment.live->lots, id, moment.head);
  }

 private:
  struct Moment {
    std::shared_ptr<LiveDatabase> live;
    Position head;
  };
  [[nodiscard]] Moment last() const {
    const std::scoped_lock lock(mutex_);
    return {live_, head_};
  }
  [[nodiscard]] Moment caught_up() const {
    const std::scoped_lock lock(mutex_);
    const Result<HighWaterMark> mark =
        HighWater::load(place_.directory(), *rocksdb::FileSystem::Default());
    // A mark that is just being written can look invalid; the one before it holds then.
    if (!mark || !mark->slot || mark->slot->position.lsn <= head_.lsn) return {live_, head_};
    if (Result<void> caught = catch_up(); !caught) {
      LOG_EVERY_N(WARNING, 100) << "can't catch up with the relay: " << caught.error().text;
      return {live_, head_};
    }
    const Result<Position> head = find_head(*live_->database);
    if (head || head.error().code == ErrorCode::kCorruption) {  // then the mark knows the end
      const bool before = head && head->lsn < mark->slot->position.lsn;
      const Position& seen = before ? *head : mark->slot->position;
      if (seen.lsn > head_.lsn) head_ = seen;
    }
    return {live_, head_};
  }
  Result<void> catch_up() const {
    std::vector<std::string> before = place_.wals();
    const rocksdb::Status status = live_->database->db().TryCatchUpWithPrimary();
    if (!status.ok()) return fail(to_error(status, "the database"));
    const bool missed_none = place_.has_all({wal_}) && place_.has_all(before);
    live_->lots.caught_up();
    if (!missed_none && !MNM_CANARY("readers-keep-purged")) {
      before = place_.wals();
      Result<std::unique_ptr<Database>> anew = place_.open();
      if (!anew) return fail(anew.error());
      live_ = std::make_shared<LiveDatabase>(std::move(*anew));
    }
    wal_ = LivePlace::newest(before);
    return {};
  }

  const LivePlace place_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<LiveDatabase> live_;
  mutable std::string wal_;  // the newest one when it was read last, perhaps not to its end
  mutable Position head_;
};

Result<std::unique_ptr<Reader>> open_stopped(const std::string& directory, const Sealing& sealing) {
  const auto file_system = rocksdb::FileSystem::Default();
  Result<std::unique_ptr<Database>> database =
      Database::open(directory + "/log", Access::kReadOnly, sealing, file_system);
  if (!database) return fail(why_unopened(directory, file_system, database.error()));
  if (Result<void> known = check_format_known(find_format(**database), directory); !known) {
    return fail(known.error());
  }
  Result<Position> head = find_head(**database);
  const Result<HighWaterMark> mark = HighWater::load(directory, *file_system);
  // A reader shows what there is, also of a damaged log; whether that is all, it can only say.
  if (!head && head.error().code == ErrorCode::kCorruption && mark && mark->slot) {
    LOG(WARNING) << directory << ": the log's end can't be read; by high_water it is at LSN "
                 << mark->slot->position.lsn.value() << ": " << head.error().text;
    head = mark->slot->position;
  }
  if (!head) return fail(head.error());
  if (mark && mark->slot && mark->slot->position.lsn > head->lsn) {
    LOG(WARNING) << directory << ": LSN " << head->lsn.value() + 1 << " to "
                 << mark->slot->position.lsn.value() << " were durable and are lost";
  }
  return std::make_unique<StoppedReader>(std::move(*database), *head);
}

Result<std::unique_ptr<Reader>> open_live(LivePlace place) {
  std::string wal = LivePlace::newest(place.wals());
  Result<std::unique_ptr<Database>> database = place.open();
  if (!database) return fail(database.error());
  if (Result<void> known = check_format_known(find_format(**database), place.directory()); !known) {
    return fail(known.error());
  }
  return std::make_unique<LiveReader>(std::move(place), std::move(*database), std::move(wal));
}

}  // namespace

Result<std::unique_ptr<Reader>> open_reader(const std::string& directory,
                                            const std::string& scratch,
                                            const std::shared_ptr<const Keyring>& keyring) {
  const Sealing sealing{.sealed = is_sealed(directory), .keyring = keyring};
  // A relay may start or stop just now; then the other way fits at the next try.
  Result<std::unique_ptr<Reader>> reader;
  for (int tries = 0; tries < 3; ++tries) {
    reader = is_locked(directory) ? open_live(LivePlace(directory, scratch, sealing))
                                  : open_stopped(directory, sealing);
    if (reader) return reader;
  }
  return reader;
}

Result<std::string> judge_store(const std::string& directory, const FileBytes& file_bytes,
                                const std::shared_ptr<const Keyring>& keyring) {
  Result<Judgement> judgement =
      judge(directory, {.sealed = is_sealed(directory), .keyring = keyring},
            rocksdb::FileSystem::Default(), file_bytes);
  if (!judgement) return fail(judgement.error());
  return std::move(judgement->torn);
}

}  // namespace mnm::log
