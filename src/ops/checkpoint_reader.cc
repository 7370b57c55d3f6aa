#include "ops/checkpoint_reader.h"

#include <rocksdb/db.h>

#include <filesystem>
#include <utility>

#include "log/rocks_options.h"
#include "ops/checkpoint_rows.h"

namespace mnm::ops {
namespace {

class RocksCheckpointReader final : public CheckpointReader, private DerivedRows {
 public:
  RocksCheckpointReader(std::string directory, std::unique_ptr<rocksdb::DB> db,
                        std::shared_ptr<const log::Keyring> keyring)
      : directory_(std::move(directory)), db_(std::move(db)), seal_(std::move(keyring)) {}

  [[nodiscard]] Result<log::Position> position() const override {
    const auto meta = read_checkpoint_meta(*db_, seal_, directory_);
    if (!meta) return fail(meta.error());
    return meta->position;
  }
  Result<log::Position> load(state::Views& views) override {
    return load_checkpoint(*db_, seal_, directory_, views);
  }
  Result<Hash> digest() override { return digest_checkpoint(*db_, seal_, directory_); }
  Result<> each(const state::RowSink& sink) override {
    return visit_checkpoint(*db_, seal_, directory_, sink);
  }
  [[nodiscard]] const DerivedRows& rows() const override { return *this; }

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

  const std::string directory_;
  const std::unique_ptr<rocksdb::DB> db_;
  const RowSeal seal_;
};

}  // namespace

Result<std::unique_ptr<CheckpointReader>> CheckpointReader::open(
    const std::string& directory, std::shared_ptr<const log::Keyring> keyring) {
  if (!std::filesystem::exists(directory + "/CURRENT")) {
    return fail(ErrorCode::kNegative, "no checkpoint at " + directory);
  }
  rocksdb::Options options;
  log::make_errors_plain(options);
  log::say_nothing(options);
  options.max_open_files = -1;  // all are open, even if the projector removes some
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::OpenForReadOnly(options, directory, &db);
  std::unique_ptr<rocksdb::DB> opened(db);
  if (!status.ok()) return fail(checkpoint_error(directory, status));
  return std::make_unique<RocksCheckpointReader>(directory, std::move(opened), std::move(keyring));
}

bool belongs_to(const log::Reader& log, const log::Position& position) {
  if (position.lsn > log.durable().lsn) return false;
  if (position.lsn < log.tail()) {
    const auto first = log.scan(log.tail())->next();
    return first && first->has_value() && (*first)->previous == position.chain;
  }
  const auto record = log.read(position.lsn);
  return record && record->epoch == position.epoch && record->last() == position.lsn &&
         record->chain == position.chain;
}

}  // namespace mnm::ops
