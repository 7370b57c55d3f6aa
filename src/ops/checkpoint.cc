#include "ops/checkpoint.h"

#include <fmt/format.h>
#include <glog/logging.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <limits>

#include "base/codec.h"
#include "log/data_directory.h"
#include "log/rocks_options.h"
#include "ops/base.h"
#include "ops/checkpoint_rows.h"
#include "ops/checkpoint_stored_rows.h"
#include "ops/replay.h"

namespace mnm::ops {
namespace {

constexpr std::size_t kPartBytes = std::size_t{1} << 20;  // of a checkpoint written in parts
// A tool that opens the database reads what isn't flushed row by row: 10 ms for so much.
constexpr std::uint64_t kUnflushedBytesMax = std::uint64_t{128} << 10;

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

rocksdb::Options options_for(rocksdb::Env* env) {
  rocksdb::Options options;
  options.env = env;
  log::make_errors_plain(options);
  options.create_if_missing = true;
  // A prefix of what was written is an older checkpoint, which is all that is needed of it.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.write_buffer_size = std::size_t{16} << 20;
  options.max_open_files = 64;
  return options;
}

class RocksCheckpoint final : public Checkpoint, private DerivedRowStore {
 public:
  RocksCheckpoint(std::string directory, const std::shared_ptr<rocksdb::FileSystem>& fs,
                  std::shared_ptr<const log::Keyring> keyring)
      : directory_(std::move(directory)),
        seal_(std::move(keyring)),
        env_(rocksdb::NewCompositeEnv(fs ? fs : rocksdb::FileSystem::Default())) {}

  Result<> open() {
    if (auto made = log::make_directory(directory_); !made) return made;
    rocksdb::DB* db = nullptr;
    const auto status = rocksdb::DB::Open(options_for(env_.get()), directory_, &db);
    if (!status.ok()) return fail(checkpoint_error(directory_, status));
    db_.reset(db);
    return {};
  }

  [[nodiscard]] Result<log::Position> position() const override {
    if (!db_) return fail(ErrorCode::kUnavailable, "checkpoint " + directory_ + ": a write failed");
    const auto meta = read_checkpoint_meta(*db_, seal_, directory_);
    if (!meta) return fail(meta.error());
    return meta->position;
  }

  Result<log::Position> load(state::Views& views) override {
    if (!db_) return position();
    Result<log::Position> at = load_checkpoint(*db_, seal_, directory_, views);
    if (at && at->lsn) written_ = saved_ = at->lsn;
    return at;
  }
  Result<Hash> digest() override {
    if (const auto at = position(); !at) return fail(at.error());
    return digest_checkpoint(*db_, seal_, directory_);
  }
  Result<> each(const state::RowSink& sink) override {
    if (const auto at = position(); !at) return fail(at.error());
    return visit_checkpoint(*db_, seal_, directory_, sink);
  }
  Result<state::Views> partial() override {
    const auto at = position();
    if (!at) return fail(at.error());
    if (!at->lsn) return fail(ErrorCode::kCorruption, "checkpoint " + directory_ + ": it is gone");
    try {
      return state::Views::partial(stored_, at->lsn);
    } catch (const state::StoredRows::Unreadable& unreadable) {
      return fail(unreadable.error());
    }
  }

  Result<> write(const state::Views& views, const state::Changes& changes,
                 const log::Position& position) override {
    // The default counts every key comparison through thread-local storage.
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    if (auto recovered = recover(); !recovered) return recovered;
    if (changes.everything && written_) {
      if (auto cleared = clear(); !cleared) {
        db_.reset();
        return cleared;
      }
    }
    // Of what is there: after a write that failed it isn't known otherwise.
    auto meta = read_checkpoint_meta(*db_, seal_, directory_);
    if (!meta) return fail(meta.error());
    rocksdb::WriteBatch batch;
    rocksdb::Status status;
    state::RowWriter(views, [&](std::string_view key, std::string_view value) {
      const bool may_be = !changes.everything && may_have_row(key);  // else there are none yet
      if (may_be && meta->sum.kept()) subtract(key, meta->sum, status);
      if (!value.empty()) {
        const std::string_view stored = put(batch, key, value);
        meta->sum.add(key, stored);
      } else if (may_be) {
        batch.Delete(slice(key));
      }
      // Without its meta row, which comes last, a checkpoint is none: it may be written in parts.
      if (!changes.everything || batch.GetDataSize() < kPartBytes || !status.ok()) return;
      unflushed_bytes_ += batch.GetDataSize();
      status = db_->Write({}, &batch);
      batch.Clear();
    }).write_touched(changes);
    meta->position = position;
    put(batch, kCheckpointMetaKey, encode_checkpoint_meta(*meta));
    written_ = std::max(written_, position.lsn);  // may be, also when it fails
    unflushed_bytes_ += batch.GetDataSize();
    if (status.ok()) status = db_->Write({}, &batch);
    if (status.ok()) status = flush_some();
    if (!status.ok()) {
      db_.reset();  // after an error it takes nothing until it is opened anew
      return fail(checkpoint_error(directory_, status));
    }
    saved_ = position.lsn;
    return {};
  }

  Result<> clear() override {
    rocksdb::WriteBatch batch;
    batch.DeleteRange(slice({"\0", 1}), slice("\xff"));
    const auto status = db_->Write({}, &batch);
    if (!status.ok()) return fail(checkpoint_error(directory_, status));
    written_ = saved_ = Lsn();
    return {};
  }

  Result<> recover() override { return db_ ? Result<>() : open_again(); }
  [[nodiscard]] const DerivedRows& rows() const override { return *this; }
  [[nodiscard]] DerivedRowStore& row_store() override { return *this; }

 private:
  [[nodiscard]] Result<std::optional<std::string>> row(std::string_view key) const override {
    return read_row(db_.get(), seal_, directory_, key);
  }
  [[nodiscard]] Result<std::optional<DerivedRow>> row_from(std::string_view key,
                                                           std::string_view end) const override {
    return read_row_from(db_.get(), seal_, directory_, key, end);
  }
  [[nodiscard]] Result<std::optional<DerivedRow>> row_through(
      std::string_view key, std::string_view begin) const override {
    return read_row_through(db_.get(), seal_, directory_, key, begin);
  }
  [[nodiscard]] Result<> write_rows(const std::vector<DerivedRow>& rows) override {
    rocksdb::WriteBatch batch;
    for (const auto& [key, value] : rows) {
      if (value.empty()) {
        std::string buffer;
        batch.Delete(slice(seal_.stored_key(key, buffer)));
      } else {
        put(batch, key, value);
      }
    }
    return write_batch(batch);
  }
  [[nodiscard]] Result<> drop_rows(std::string_view begin, std::string_view end) override {
    rocksdb::WriteBatch batch;
    batch.DeleteRange(slice(begin), slice(end));
    return write_batch(batch);
  }
  [[nodiscard]] Result<> settle() override {
    if (!db_) return fail(ErrorCode::kUnavailable, "checkpoint " + directory_ + ": a write failed");
    const auto status = flush_some();
    if (status.ok()) return {};
    db_.reset();
    return fail(checkpoint_error(directory_, status));
  }
  // Returns the value as it is stored, until the next one.
  std::string_view put(rocksdb::WriteBatch& batch, std::string_view key, std::string_view value) {
    const std::string_view stored_key = seal_.stored_key(key, key_buffer_);
    const std::string_view stored = seal_.stored_value(stored_key, value, value_buffer_);
    batch.Put(slice(stored_key), slice(stored));
    return stored;
  }
  // The row that is about to be replaced, if there is one. Keys of views are stored as they are.
  void subtract(std::string_view key, RowSum& sum, rocksdb::Status& status) {
    if (!status.ok()) return;
    status = db_->Get({}, slice(key), &before_);
    if (status.ok()) sum.remove(key, before_);
    if (status.IsNotFound()) status = {};
  }
  [[nodiscard]] Result<> write_batch(rocksdb::WriteBatch& batch) {
    if (!db_) return fail(ErrorCode::kUnavailable, "checkpoint " + directory_ + ": a write failed");
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    // What settle() puts into a table needs no WAL: a crash before leaves an older index.
    rocksdb::WriteOptions options;
    options.disableWAL = batch.GetDataSize() > kUnflushedBytesMax;
    unflushed_bytes_ += batch.GetDataSize();
    const auto status = db_->Write(options, &batch);
    if (status.ok()) return {};
    db_.reset();  // as after any write that failed
    return fail(checkpoint_error(directory_, status));
  }

  [[nodiscard]] rocksdb::Status flush_some() {
    if (unflushed_bytes_ <= kUnflushedBytesMax) return {};
    unflushed_bytes_ = 0;
    return db_->Flush({});
  }

  // After a write that failed. What was saved must be there: the next write says only what changed
  // since.
  Result<> open_again() {
    if (auto opened = open(); !opened) return opened;
    const auto meta = position();
    if (meta && meta->lsn >= saved_) return {};
    db_.reset();
    if (!meta) return fail(meta.error());
    return fail(
        ErrorCode::kCorruption,
        fmt::format("checkpoint {}: it is at LSN {}, but was at {}; the next start makes it "
                    "up to date",
                    directory_, meta->lsn.value(), saved_.value()));
  }

  // Most messages come and go between two checkpoints: there is nothing to delete.
  [[nodiscard]] bool may_have_row(std::string_view key) const {
    Decoder decoder(key);
    if (decoder.byte() != static_cast<std::uint8_t>(state::RowClass::kMessage)) return true;
    return Lsn(decoder.fixed64_be()) <= written_;
  }

  const std::string directory_;
  const RowSeal seal_;
  std::string key_buffer_;  // kept for their memory
  std::string value_buffer_;
  std::string before_;
  const std::unique_ptr<rocksdb::Env> env_;  // outlives db_
  std::unique_ptr<rocksdb::DB> db_;          // null after a write that failed
  CheckpointStoredRows stored_{db_, seal_, directory_};
  std::uint64_t unflushed_bytes_ = 0;
  Lsn saved_;
  // No row is about anything later.
  Lsn written_ = Lsn(std::numeric_limits<std::uint64_t>::max());
};

}  // namespace

Result<std::unique_ptr<Checkpoint>> Checkpoint::open(
    const std::string& directory, const std::shared_ptr<rocksdb::FileSystem>& file_system,
    std::shared_ptr<const log::Keyring> keyring) {
  auto checkpoint = std::make_unique<RocksCheckpoint>(directory, file_system, std::move(keyring));
  if (auto opened = checkpoint->open(); !opened) return fail(opened.error());
  return checkpoint;
}

Result<Restored> restore_views(const log::Reader& log, Checkpoint& checkpoint, const Bases& bases) {
  Restored restored;
  auto loaded = checkpoint.load(restored.views);
  if (!loaded) LOG(WARNING) << loaded.error().text << "; rebuilding it from the log";
  if (loaded && loaded->lsn && !belongs_to(log, *loaded)) {
    LOG(WARNING) << "checkpoint at " << loaded->lsn.value()
                 << " is not of this log; rebuilding it from the log";
    loaded = log::Position{};
  }
  if (!loaded || !loaded->lsn) {
    auto base = bases.latest(log, log.durable().lsn);
    if (!base) return fail(base.error());
    restored.views = std::move(base->views);
    if (auto cleared = checkpoint.clear(); !cleared) return fail(cleared.error());
  } else {
    restored.checkpoint = loaded->lsn;
    restored.at = *loaded;
  }
  const bool whole = !restored.checkpoint;
  state::Changes changes{.track = !whole, .everything = whole};
  auto replayed = replay(log, Lsn(), restored.views, changes);
  if (!replayed) return fail(replayed.error());
  if (replayed->lsn > restored.checkpoint) {
    restored.at = *replayed;
    if (auto written = checkpoint.write(restored.views, changes, restored.at); !written) {
      LOG(ERROR) << written.error().text << "; tried again later";
      restored.unsaved = std::move(changes);
    }
  }
  return restored;
}

}  // namespace mnm::ops
