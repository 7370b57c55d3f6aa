#include "ops/checkpoint.h"

#include <fmt/format.h>
#include <glog/logging.h>
#include <rocksdb/db.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <limits>

#include "base/codec.h"
#include "ops/replay.h"

namespace mnm::ops {
namespace {

// Sorts before all rows of the views: class 0.
constexpr std::string_view kMetaKey{"\0meta", 5};

// RocksDB's own text log would go to files beside the data; problems reach us as errors anyway.
class QuietLogger : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

Error error_of(const std::string& directory, const rocksdb::Status& status) {
  const ErrorCode code = status.IsCorruption() ? ErrorCode::kCorruption : ErrorCode::kUnavailable;
  return {code, fmt::format("checkpoint {}: {}", directory, status.ToString())};
}

std::string encode_meta(const log::Position& position) {
  std::string out;
  Encoder encoder(out);
  encoder.varint(state::kFoldVersion);
  encoder.varint(position.epoch.value());
  encoder.varint(position.lsn.value());
  encoder.raw(as_bytes(position.chain));
  return out;
}

class RocksCheckpoint : public Checkpoint {
 public:
  RocksCheckpoint(std::string directory, std::unique_ptr<rocksdb::DB> db)
      : directory_(std::move(directory)), db_(std::move(db)) {}

  [[nodiscard]] Result<log::Position> position() const override {
    std::string meta;
    const auto status = db_->Get({}, slice(kMetaKey), &meta);
    if (status.IsNotFound()) return log::Position{};
    if (!status.ok()) return fail(error_of(directory_, status));
    Decoder decoder(meta);
    if (decoder.varint() != state::kFoldVersion) return log::Position{};
    log::Position position;
    position.epoch = Epoch(static_cast<std::uint32_t>(decoder.varint()));
    position.lsn = Lsn(decoder.varint());
    const std::string_view chain = decoder.raw(sizeof(Hash));
    if (!decoder.done()) {
      return fail(ErrorCode::kCorruption, "checkpoint " + directory_ + ": its meta row is damaged");
    }
    position.chain = hash_from(chain);
    return position;
  }

  Result<log::Position> load(state::Views& views) override {
    Result<log::Position> at = position();
    if (!at || !at->lsn) return at;
    if (auto loaded = load_rows(views, at->lsn); !loaded) return fail(loaded.error());
    written_ = at->lsn;
    return at;
  }

  Result<> write(const state::Views& views, const state::Changes& changes,
                 const log::Position& position) override {
    // The default counts every key comparison through thread-local storage.
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    rocksdb::WriteBatch batch;
    state::RowWriter(views, [this, &batch](std::string_view key, std::string_view value) {
      if (value.empty()) {
        if (may_have_row(key)) batch.Delete(slice(key));
      } else {
        batch.Put(slice(key), slice(value));
      }
    }).write_touched(changes);
    batch.Put(slice(kMetaKey), encode_meta(position));
    const auto status = db_->Write({}, &batch);
    if (!status.ok()) return fail(error_of(directory_, status));
    written_ = position.lsn;
    return {};
  }

  Result<> clear() override {
    rocksdb::WriteBatch batch;
    batch.DeleteRange(slice({"\0", 1}), slice("\xff"));
    const auto status = db_->Write({}, &batch);
    if (!status.ok()) return fail(error_of(directory_, status));
    written_ = Lsn();
    return {};
  }

 private:
  // Most messages come and go between two checkpoints: there is nothing to delete.
  [[nodiscard]] bool may_have_row(std::string_view key) const {
    Decoder decoder(key);
    if (decoder.byte() != static_cast<std::uint8_t>(state::RowClass::kMessage)) return true;
    return Lsn(decoder.fixed64_be()) <= written_;
  }

  Result<> load_rows(state::Views& views, Lsn applied) {
    state::RowReader reader(views);
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.readahead_size = std::size_t{1} << 20;
    const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator(options));
    for (row->Seek(slice({"\x01", 1})); row->Valid(); row->Next()) {
      if (auto added = reader.add(view(row->key()), view(row->value())); !added) return added;
    }
    if (!row->status().ok()) return fail(error_of(directory_, row->status()));
    return reader.finish(applied);
  }

  std::string directory_;
  std::unique_ptr<rocksdb::DB> db_;
  // No row is about anything later.
  Lsn written_ = Lsn(std::numeric_limits<std::uint64_t>::max());
};

rocksdb::Options options_for(Checkpoint::Mode mode) {
  rocksdb::Options options;
  options.create_if_missing = mode == Checkpoint::Mode::kWrite;
  options.info_log = std::make_shared<QuietLogger>();
  options.max_bgerror_resume_count =
      0;  // an auto-recovered writer trips an assertion of this build
  // A prefix of what was written is an older checkpoint, which is all that is needed of it.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.write_buffer_size = std::size_t{16} << 20;
  options.max_open_files = 64;
  return options;
}

}  // namespace

Result<std::unique_ptr<Checkpoint>> Checkpoint::open(const std::string& directory, Mode mode) {
  rocksdb::DB* db = nullptr;
  if (mode == Mode::kRead && !std::filesystem::exists(directory + "/CURRENT")) {
    return fail(ErrorCode::kNegative, "no checkpoint at " + directory);
  }
  const rocksdb::Options options = options_for(mode);
  const auto status = mode == Mode::kWrite ? rocksdb::DB::Open(options, directory, &db)
                                           : rocksdb::DB::OpenForReadOnly(options, directory, &db);
  if (!status.ok()) return fail(error_of(directory, status));
  return std::make_unique<RocksCheckpoint>(directory, std::unique_ptr<rocksdb::DB>(db));
}

bool belongs_to(const log::Reader& log, const log::Position& position) {
  if (position.lsn > log.durable().lsn) return false;
  if (next(position.lsn) < log.tail()) return false;
  const auto record = log.read(position.lsn);
  return record && record->epoch == position.epoch && record->last() == position.lsn &&
         record->chain == position.chain;
}

Result<Restored> restore_views(const log::Reader& log, Checkpoint& checkpoint) {
  Restored restored;
  auto loaded = checkpoint.load(restored.views);
  if (!loaded) LOG(WARNING) << loaded.error().text << "; rebuilding it from the log";
  if (loaded && loaded->lsn && !belongs_to(log, *loaded)) {
    LOG(WARNING) << "checkpoint at " << loaded->lsn.value()
                 << " is not of this log; rebuilding it from the log";
    loaded = log::Position{};
  }
  if (!loaded || !loaded->lsn) {
    restored.views = state::Views();
    if (auto cleared = checkpoint.clear(); !cleared) return fail(cleared.error());
  } else {
    restored.checkpoint = loaded->lsn;
    restored.at = *loaded;
  }
  state::Changes changes{.track = true};
  auto replayed = replay(log, Lsn(), restored.views, changes);
  if (!replayed) return fail(replayed.error());
  if (replayed->lsn > restored.checkpoint) {
    restored.at = *replayed;
    if (auto written = checkpoint.write(restored.views, changes, restored.at); !written) {
      return fail(written.error());
    }
  }
  return restored;
}

}  // namespace mnm::ops
