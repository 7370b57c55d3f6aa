#include "log/rocks_log.h"

#include <fmt/format.h>
#include <glog/logging.h>
#include <rocksdb/convenience.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/write_batch.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "base/canary.h"
#include "base/codec.h"
#include "log/body_files.h"
#include "log/body_remover.h"
#include "log/data_directory.h"
#include "log/file_body_store.h"
#include "log/gentle_removal.h"
#include "log/high_water.h"
#include "log/lot_book.h"
#include "log/message_seal.h"
#include "log/record.h"
#include "log/record_seal.h"
#include "log/recovery.h"
#include "log/request.h"
#include "log/rocks_db.h"
#include "log/rocks_read.h"
#include "log/rocks_snapshot.h"
#include "log/scrub.h"

namespace mnm::log {
namespace {

class RocksLog final : public Log, public Snapshots {
 public:
  RocksLog(FileDescriptor lock, std::string directory, std::unique_ptr<Database> database,
           std::unique_ptr<HighWater> high_water, BodyStore& bodies, const Position& head,
           std::shared_ptr<Keyring> keyring, const OpenOptions& options)
      : lock_(std::move(lock)),
        directory_(std::move(directory)),
        keyring_(std::move(keyring)),
        database_(std::move(database)),
        high_water_(std::move(high_water)),
        remover_(bodies),
        lots_(*database_, options.open_lot_bytes),
        scrub_step_bytes_(options.scrub_step_bytes),
        flush_at_end_(options.flush_at_end),
        durable_(head) {
    synced_.sync = true;
  }
  ~RocksLog() override {
    if (!flush_at_end_ || failed_) return;
    // All is in the WAL, and stays there if this fails.
    if (Result<void> flushed = flush_all(*database_); !flushed) {
      LOG(WARNING) << flushed.error().text << "; the next start reads the WAL instead";
    }
  }

  [[nodiscard]] Position durable() const override {
    const std::scoped_lock lock(durable_mutex_);
    return durable_;
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
  [[nodiscard]] Result<std::string> message(Lsn id) const override;

  Result<Position> append(const AppendRequest& request) override;
  Result<void> trim(Lsn before) override;
  Result<void> scrub() override;

  // Snapshots.
  Result<void> begin() override {
    remover_.pause();
    return flush_all(*database_);
  }
  // A scrub may be just breaking lots up.
  Result<Position> take(const std::string& directory) override {
    const std::scoped_lock writing(writing_);
    if (auto copied = copy_database(*database_, directory + "/log"); !copied) {
      return fail(copied.error());
    }
    return durable();
  }
  Result<void> finish(const std::string& directory, const Position& at) override {
    Result<void> finished;
    if (!directory.empty()) finished = finish_snapshot(directory_, directory, at);
    remover_.resume();
    return finished;
  }

 private:
  Salt fresh_salt();
  rocksdb::Status fill_batch(const AppendRequest& request);
  rocksdb::Status remove_messages(Lsn append);
  rocksdb::Status put_messages(std::span<const MessagePut> puts);
  rocksdb::Status put_message(const MessagePut& put);
  Result<void> break_up_stale_lots();
  tl::unexpected<Error> broken(const Error& error);

  const FileDescriptor lock_;  // given back last
  const std::string directory_;
  const std::shared_ptr<Keyring> keyring_;  // null: the log is plain
  const std::unique_ptr<Database> database_;
  const std::unique_ptr<HighWater> high_water_;
  BodyRemover remover_;
  rocksdb::WriteOptions synced_;

  // Of who writes: the appending thread, or, for a moment, a scrub. The buffers are kept for their
  // memory.
  std::mutex writing_;
  RandomPool random_;
  std::optional<Error> failed_;
  std::vector<MessagePut> in_lots_;
  std::vector<MessagePut> alone_;
  mutable std::mutex lots_mutex_;
  LotBook lots_;  // guarded by it
  rocksdb::WriteBatch batch_;
  std::string record_;
  std::string sealed_record_;
  SealedMessage sealed_;
  std::vector<MessagePurge> purges_;

  const std::size_t scrub_step_bytes_;
  const bool flush_at_end_;
  mutable std::mutex durable_mutex_;
  Position durable_;
  std::mutex scrub_mutex_;
};

tl::unexpected<Error> RocksLog::broken(const Error& error) {
  LOG(ERROR) << "the log is broken: " << error.text;
  failed_ = Error{error.code, "the log is broken, nothing more can be written: " + error.text};
  return fail(*failed_);
}

// The book knows which lot to look into. One that was broken up since has left rows.
Result<std::string> RocksLog::message(Lsn id) const {
  const auto lot_of = [this, id] {
    const std::scoped_lock lock(lots_mutex_);
    return lots_.lot_of(id);
  };
  const Position head = durable();
  if (const std::optional<Lsn> lot = id <= head.lsn ? lot_of() : std::nullopt) {
    Result<std::optional<std::string>> row = find_in_lot(*database_, *lot, id);
    if (!row) return fail(row.error());
    if (*row) return std::move(**row);
  }
  return find_message(*database_, id, head);
}

Salt RocksLog::fresh_salt() {
  Salt salt;
  random_.take(salt.size()).copy(salt.data(), salt.size());
  return salt;
}

rocksdb::Status RocksLog::put_message(const MessagePut& put) {
  const LsnKey key(put.id);
  const rocksdb::Slice id = key.slice();
  if (keyring_) {
    seal_message(*keyring_, put.id, put.head, put.body, sealed_);
    const rocksdb::Status status = batch_.Put(database_->key(), id, sealed_.key);
    return status.ok() ? batch_.Put(database_->msg(), id, sealed_.row) : status;
  }
  const std::array<rocksdb::Slice, 2> value = {rocksdb::Slice(put.head), rocksdb::Slice(put.body)};
  return batch_.Put(database_->msg(), rocksdb::SliceParts(&id, 1),
                    rocksdb::SliceParts(value.data(), value.size()));
}

rocksdb::Status RocksLog::put_messages(std::span<const MessagePut> puts) {
  rocksdb::Status status;
  if (!keyring_) {
    const std::scoped_lock lock(lots_mutex_);
    lots_.choose(puts, in_lots_, alone_);
    status = lots_.put(in_lots_, batch_);
    puts = alone_;
  }
  for (const MessagePut& put : puts) {
    if (status.ok()) status = put_message(put);
  }
  return status;
}

// A sealed message's row has a key of its own, which goes with it: it never lies in a lot.
rocksdb::Status RocksLog::remove_messages(Lsn append) {
  rocksdb::Status status;
  const std::scoped_lock lock(lots_mutex_);
  for (const MessagePurge& purge : purges_) {
    if (!keyring_ && lots_.purge(purge.id)) continue;
    if (status.ok()) status = batch_.SingleDelete(database_->msg(), LsnKey(purge.id).slice());
  }
  return status.ok() ? lots_.settle(append, batch_) : status;
}

// Removals first, sorted, then puts, ascending, then the record: 20 % less time than in any order.
rocksdb::Status RocksLog::fill_batch(const AppendRequest& request) {
  batch_.Clear();
  rocksdb::Status status;
  const auto keep = [&](rocksdb::Status next) {
    if (status.ok()) status = std::move(next);
  };
  purges_.assign(request.purges.begin(), request.purges.end());
  std::sort(purges_.begin(), purges_.end(),
            [](const MessagePurge& a, const MessagePurge& b) { return a.id < b.id; });
  if (MNM_CANARY("row-stays")) purges_.clear();
  keep(remove_messages(request.first));
  if (keyring_) {
    for (const MessagePurge& purge : purges_) {
      keep(batch_.SingleDelete(database_->key(), LsnKey(purge.id).slice()));
    }
  }
  for (const MessagePurge& purge : purges_) {
    if (purge.file) keep(batch_.SingleDelete(database_->file(), LsnKey(purge.id).slice()));
  }
  keep(put_messages(request.puts));
  for (const MessagePut& put : request.puts) {
    if (!put.file) continue;
    std::string name;
    Encoder encoder(name);
    encoder.fixed64_be(put.file.boot.value());
    encoder.fixed64_be(put.file.serial);
    keep(batch_.Put(database_->file(), LsnKey(put.id).slice(), name));
  }
  keep(batch_.Put(database_->log(), LsnKey(request.first).slice(),
                  keyring_ ? sealed_record_ : record_));
  return status;
}

Result<Position> RocksLog::append(const AppendRequest& request) {
  const std::scoped_lock writing(writing_);
  if (failed_) return fail(*failed_);
  const Position head = durable();
  check_request(head, request);
  // The default counts every key comparison through thread-local storage: 20 % of a write.
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);

  const Hash chain = encode_record(
      {request.epoch, request.first, head.chain, request.events, fresh_salt()}, record_);
  if (keyring_) seal_record(*keyring_, record_, sealed_record_);
  rocksdb::Status status = fill_batch(request);
  if (MNM_CANARY("skipped-sync")) synced_.sync = false;
  if (MNM_CANARY("mark-leads"))
    (void)high_water_->advance({request.epoch, last_lsn(request), chain});
  if (status.ok()) status = database_->db().Write(synced_, &batch_);
  if (MNM_CANARY("error-swallowed")) status = rocksdb::Status::OK();
  if (!status.ok()) return broken(to_error(status, "can't append to " + directory_));

  const Position position{request.epoch, last_lsn(request), chain};
  if (Result<void> marked = high_water_->advance(position); !marked) {
    return broken(marked.error());
  }
  {
    const std::scoped_lock lock(lots_mutex_);
    lots_.written();
  }
  {
    const std::scoped_lock lock(durable_mutex_);
    durable_ = position;
  }
  for (const MessagePurge& purge : purges_) {
    if (purge.file) remover_.add(purge.file);
  }
  return position;
}

Result<void> RocksLog::trim(Lsn before) {
  const std::scoped_lock writing(writing_);
  if (failed_) return fail(*failed_);
  const Position head = durable();
  if (!head.lsn) return {};
  // Start-up looks for the record that the mark names, so the mark must be past what goes.
  if (Result<void> marked = high_water_->sync(); !marked) return broken(marked.error());
  const Result<Record> kept = find_record(*database_, std::min(before, head.lsn), head);
  Lsn first = before;  // in a gap between epochs, or before all that is kept
  if (kept) {
    first = kept->first;
  } else if (kept.error().code != ErrorCode::kNegative) {
    return fail(kept.error());
  }
  // The range begins at the empty key, which has no prefix: a memtable keeps one insert hint for
  // each prefix, and a range removal that met the hint of a row would follow it into the wrong
  // skip list.
  const rocksdb::Slice begin;
  const LsnKey end_key(first);
  const rocksdb::Slice end = end_key.slice();
  // First the rows, durably: tables dropped one by one could leave a hole in the middle.
  rocksdb::Status status = database_->db().DeleteRange(synced_, database_->log(), begin, end);
  if (!status.ok()) return broken(to_error(status, "can't trim " + directory_));
  status = rocksdb::DeleteFilesInRange(&database_->db(), database_->log(), &begin, &end,
                                       /*include_end=*/false);
  if (!status.ok())
    return broken(to_error(status, "can't drop the trimmed tables of " + directory_));
  return {};
}

// In steps, each with a sync, between which appends go on.
Result<void> RocksLog::break_up_stale_lots() {
  constexpr std::chrono::milliseconds kPause{1};  // or who waits for the lock would never get it
  const auto under_lock = [this](const auto& use) {
    const std::scoped_lock lock(lots_mutex_);
    return use();
  };
  const Lsn newest = under_lock([this] { return lots_.newest(); });
  for (;; std::this_thread::sleep_for(kPause)) {
    const std::scoped_lock writing(writing_);
    if (failed_) return fail(*failed_);
    batch_.Clear();
    rocksdb::Status status =
        under_lock([&] { return lots_.break_up_stale(newest, scrub_step_bytes_, batch_); });
    if (status.ok() && batch_.Count() == 0) return {};
    if (status.ok()) status = database_->db().Write(synced_, &batch_);
    if (!status.ok()) return broken(to_error(status, "can't break up the lots of " + directory_));
    under_lock([this] { lots_.written(); });
  }
}

Result<void> RocksLog::scrub() {
  const std::scoped_lock lock(scrub_mutex_);
  if (keyring_) {
    if (Result<void> renewed = keyring_->renew_if_due(utc_seconds()); !renewed) return renewed;
  }
  if (Result<void> drained = remover_.drain(); !drained) return drained;
  if (Result<void> broken_up = break_up_stale_lots(); !broken_up) return broken_up;
  return scrub_database(*database_, directory_ + "/log");
}

// Writes `default`'s rows past the WAL and flushes them. Only a flush makes RocksDB write down
// which WAL files are obsolete; without it, one that was recovered and deleted could come back with
// the next power cut and look like damage. Called before any append: no WAL holds anything yet.
Result<void> settle(const Database& database) {
  std::string identity;
  rocksdb::Status status = database.db().Get(rocksdb::ReadOptions(), database.defaults(),
                                             std::string(kIdentityKey), &identity);
  if (status.IsNotFound()) {
    identity = random_bytes(16);
    status = rocksdb::Status::OK();
  }
  rocksdb::WriteBatch batch;
  const auto put = [&](std::string_view key, std::string_view value) {
    if (status.ok()) status = batch.Put(database.defaults(), key, value);
  };
  put(kFormatKey, kFormat);
  put(kIdentityKey, identity);
  rocksdb::WriteOptions without_wal;
  without_wal.disableWAL = true;
  if (status.ok()) status = database.db().Write(without_wal, &batch);
  if (status.ok()) status = database.db().Flush(rocksdb::FlushOptions(), database.defaults());
  if (!status.ok()) return fail(to_error(status, "can't write the format"));
  return {};
}

Result<void> make_data_directory(const OpenOptions& options) {
  struct stat status {};
  if (::stat(options.directory.c_str(), &status) == 0 || options.create) {
    return make_directory(options.directory);
  }
  return fail(ErrorCode::kUnavailable,
              fmt::format("there is no data directory {}", options.directory));
}

// What is there: null where it is plain, or to be made, or lost, which the judgement finds.
Result<std::shared_ptr<Keyring>> find_keyring(
    const OpenOptions& options, const std::shared_ptr<rocksdb::FileSystem>& file_system) {
  const std::string log_directory = options.directory + "/log";
  if (options.key != nullptr && !is_sealed(options.directory)) {
    const rocksdb::IOStatus made =
        file_system->FileExists(log_directory + "/CURRENT", rocksdb::IOOptions(), nullptr);
    if (made.IsNotFound()) return std::shared_ptr<Keyring>();
    const auto families = list_families(log_directory, file_system);
    if (families && families->size() > kPlainFamilies) return std::shared_ptr<Keyring>();
  }
  return Keyring::load_if_sealed(options.directory, options.key);
}

// Durable before anything is sealed.
Result<void> prepare_keyring(const OpenOptions& options, std::shared_ptr<Keyring>& keyring) {
  if (keyring) return keyring->renew_if_due(utc_seconds());
  if (options.key == nullptr) return {};
  Result<std::shared_ptr<Keyring>> made =
      Keyring::create(options.directory, *options.key, utc_seconds());
  if (!made) return fail(made.error());
  keyring = std::move(*made);
  return {};
}

}  // namespace

Result<Store> open_store(const OpenOptions& options) {
  const std::string& directory = options.directory;
  const std::string log_directory = directory + "/log";
  const std::string body_directory = directory + "/body";
  const std::shared_ptr<rocksdb::FileSystem> file_system =
      options.file_system ? options.file_system : remove_gently(rocksdb::FileSystem::Default());
  if (Result<void> made = make_data_directory(options); !made) return fail(made.error());
  Result<FileDescriptor> lock = lock_directory(directory);
  if (!lock) return fail(lock.error());
  Result<std::shared_ptr<Keyring>> found = find_keyring(options, file_system);
  if (!found) return fail(found.error());
  std::shared_ptr<Keyring> keyring = std::move(*found);
  const Result<Judgement> judgement =
      judge(directory, {.sealed = keyring != nullptr, .keyring = keyring}, file_system,
            options.file_bytes);
  if (!judgement) return fail(judgement.error());
  if (!judgement->made && !options.create) {
    return fail(ErrorCode::kUnavailable, fmt::format("{} holds no log", directory));
  }
  if (!judgement->torn.empty()) LOG(WARNING) << directory << ": " << judgement->torn;

  if (options.accepted) options.accepted();
  if (Result<void> prepared = prepare_keyring(options, keyring); !prepared) {
    return fail(prepared.error());
  }
  for (const std::string& part : {log_directory, body_directory}) {
    if (Result<void> made = make_directory(part); !made) return fail(made.error());
  }
  // Before the database: a log without a mark is refused.
  Result<std::unique_ptr<HighWater>> high_water =
      HighWater::open(directory, *file_system, options.high_water_sync_ms);
  if (!high_water) return fail(high_water.error());
  Result<std::unique_ptr<Database>> database = Database::open_to_write(
      log_directory, {.sealed = keyring != nullptr, .keyring = keyring}, file_system);
  if (!database) return fail(database.error());
  if (Result<void> settled = settle(**database); !settled) return fail(settled.error());
  if (Result<void> broken_up = break_up_lots(**database); !broken_up) {
    return fail(broken_up.error());
  }
  const Result<Position> head = find_head(**database);
  if (!head) return fail(head.error());
  if (*head != judgement->head) {
    return fail(ErrorCode::kCorruption,
                fmt::format("{}: the log ends at LSN {} now that it is open, at {} before",
                            directory, head->lsn.value(), judgement->head.lsn.value()));
  }
  if (Result<void> marked = (*high_water)->advance(*head); !marked) return fail(marked.error());

  const Result<std::vector<FileRow>> rows = read_file_rows(**database);
  if (!rows) return fail(rows.error());
  std::set<BodyFile> used;
  for (const FileRow& row : *rows) used.insert(row.file);
  auto bodies = std::make_unique<FileBodyStore>(body_directory, head->lsn, options.keep_free_bytes,
                                                FreeBytes(), keyring);
  if (Result<void> swept = bodies->sweep(used); !swept) return fail(swept.error());
  auto log = std::make_unique<RocksLog>(std::move(*lock), directory, std::move(*database),
                                        std::move(*high_water), *bodies, *head, keyring, options);
  Snapshots* snapshots = log.get();
  return Store{std::move(bodies), std::move(log), snapshots, std::move(keyring)};
}

}  // namespace mnm::log
