// Reading a data directory that belongs to somebody else: a stopped store, or a running relay's.
#include <fmt/format.h>
#include <glog/logging.h>

#include <mutex>

#include "log/data_directory.h"
#include "log/high_water.h"
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

// A RocksDB secondary sees octets that aren't synced yet, so nothing beyond the high-water mark is
// shown. The mark is read first, then the database catches up: it holds at least as much.
class LiveReader final : public Reader {
 public:
  LiveReader(std::string directory, std::unique_ptr<Database> database)
      : directory_(std::move(directory)), database_(std::move(database)), lots_(*database_) {}

  [[nodiscard]] Position durable() const override {
    const std::scoped_lock lock(mutex_);
    const Result<HighWaterMark> mark = HighWater::load(directory_, *rocksdb::FileSystem::Default());
    // A mark that is just being written can look invalid; the one before it holds then.
    if (!mark || !mark->slot || mark->slot->position.lsn <= caught_up_.lsn) return caught_up_;
    const rocksdb::Status status = database_->db().TryCatchUpWithPrimary();
    if (!status.ok()) {
      LOG_EVERY_N(WARNING, 100) << "can't catch up with the relay: " << status.ToString();
      return caught_up_;
    }
    lots_.caught_up();
    const Result<Position> head = find_head(*database_);
    if (head || head.error().code == ErrorCode::kCorruption) {  // then the mark knows the end
      const bool before = head && head->lsn < mark->slot->position.lsn;
      caught_up_ = before ? *head : mark->slot->position;
    }
    return caught_up_;
  }
  [[nodiscard]] std::string identity() const override { return find_identity(*database_); }
  [[nodiscard]] std::string format() const override { return find_format(*database_); }
  [[nodiscard]] Lsn tail() const override { return find_tail(*database_, durable()); }
  [[nodiscard]] std::unique_ptr<Scanner> scan(Lsn from) const override {
    return make_scanner(*database_, from, durable());
  }
  [[nodiscard]] Result<Record> read(Lsn lsn) const override {
    return find_record(*database_, lsn, durable());
  }
  [[nodiscard]] Result<std::string> message(Lsn id) const override {
    const Position head = durable();
    return find_message(*database_, lots_, id, head);
  }

 private:
  const std::string directory_;
  const std::unique_ptr<Database> database_;
  mutable LotsSeen lots_;
  mutable std::mutex mutex_;
  mutable Position caught_up_;
};

Result<std::unique_ptr<Reader>> open_stopped(const std::string& directory, const Sealing& sealing) {
  const auto file_system = rocksdb::FileSystem::Default();
  Result<std::unique_ptr<Database>> database =
      Database::open(directory + "/log", Access::kReadOnly, sealing, file_system);
  if (!database) return fail(why_unopened(directory, file_system, database.error()));
  if (Result<void> known = check_known_format(**database, directory); !known) {
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

Result<std::unique_ptr<Reader>> open_live(const std::string& directory, const std::string& scratch,
                                          const Sealing& sealing) {
  Result<std::unique_ptr<Database>> database = Database::open(
      directory + "/log", Access::kSecondary, sealing, rocksdb::FileSystem::Default(), scratch);
  if (!database) return fail(database.error());
  if (Result<void> known = check_known_format(**database, directory); !known) {
    return fail(known.error());
  }
  return std::make_unique<LiveReader>(directory, std::move(*database));
}

}  // namespace

Result<std::unique_ptr<Reader>> open_reader(const std::string& directory,
                                            const std::string& scratch,
                                            const std::shared_ptr<const Keyring>& keyring) {
  const Sealing sealing{.sealed = is_sealed(directory), .keyring = keyring};
  // A relay may start or stop just now; then the other way fits at the next try.
  Result<std::unique_ptr<Reader>> reader;
  for (int tries = 0; tries < 3; ++tries) {
    reader = is_locked(directory) ? open_live(directory, scratch, sealing)
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
