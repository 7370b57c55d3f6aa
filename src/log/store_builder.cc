#include "log/store_builder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glog/logging.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/codec.h"
#include "base/crypto.h"
#include "log/body_reader.h"
#include "log/data_directory.h"
#include "log/high_water.h"
#include "log/message_seal.h"
#include "log/record.h"
#include "log/record_seal.h"
#include "log/rocks_db.h"
#include "log/sealed_file.h"

namespace mnm::log {
namespace {

constexpr std::size_t kIdentityBytes = 16;
constexpr std::size_t kBatchBytes = std::size_t{4} << 20;

class RocksBuilder final : public StoreBuilder {
 public:
  RocksBuilder(std::string directory, std::string partial, FileDescriptor lock,
               std::unique_ptr<Database> database, const Position& before,
               std::shared_ptr<Keyring> keyring)
      : directory_(std::move(directory)),
        partial_(std::move(partial)),
        keyring_(std::move(keyring)),
        lock_(std::move(lock)),
        database_(std::move(database)),
        at_(before) {
    // Nothing here is promised to anybody before finish(), which flushes all.
    options_.disableWAL = true;
  }
  ~RocksBuilder() override {
    database_.reset();
    if (published_) return;
    std::error_code error;
    std::filesystem::remove_all(partial_, error);
    if (error) LOG(WARNING) << "can't remove " << partial_ << ": " << error.message();
  }
  RocksBuilder(const RocksBuilder&) = delete;
  RocksBuilder& operator=(const RocksBuilder&) = delete;

  [[nodiscard]] const std::string& path() const override { return partial_; }
  [[nodiscard]] const std::shared_ptr<Keyring>& keyring() const override { return keyring_; }

  Result<void> start(const std::string& identity) {
    if (Result<void> put =
            keep(batch_.Put(database_->defaults(), std::string(kFormatKey), std::string(kFormat)));
        !put) {
      return put;
    }
    return keep(batch_.Put(database_->defaults(), std::string(kIdentityKey), identity));
  }
  Result<void> add(const Record& record) override {
    if (Result<void> linked = check_link(at_, record); !linked) return linked;
    at_ = {record.epoch, record.last(), record.chain};
    std::string sealed;
    if (keyring_) seal_record(*keyring_, record.storage, sealed);
    return keep(batch_.Put(database_->log(), LsnKey(record.first).slice(),
                           keyring_ ? sealed : record.storage));
  }
  Result<void> add_body(BodyFile file, std::string_view octets) override;
  Result<void> add_message(Lsn id, BodyFile file, std::string_view row) override;
  Result<Position> finish() override;
  Result<void> publish() override;

 private:
  Result<void> keep(const rocksdb::Status& status) {
    if (!status.ok()) return fail(to_error(status, "can't write to " + partial_));
    return batch_.GetDataSize() < kBatchBytes ? Result<void>() : write();
  }
  Result<void> write() {
    const rocksdb::Status status = database_->db().Write(options_, &batch_);
    batch_.Clear();
    if (!status.ok()) return fail(to_error(status, "can't write to " + partial_));
    return {};
  }
  Result<void> write_body(std::string_view octets);
  Result<void> close_body();

  const std::string directory_;
  const std::string partial_;
  const std::shared_ptr<Keyring> keyring_;  // null: it is plain
  FileDescriptor lock_;
  std::unique_ptr<Database> database_;
  rocksdb::WriteOptions options_;
  rocksdb::WriteBatch batch_;
  Position at_;
  BodyFile body_;  // the one that is open
  FileDescriptor body_fd_;
  std::optional<FileSealer> body_sealer_;
  bool published_ = false;
};

Result<void> RocksBuilder::add_body(BodyFile file, std::string_view octets) {
  const std::string path = body_file_path(partial_ + "/body", file);
  if (!body_fd_.ok() || body_ != file) {
    if (Result<void> closed = close_body(); !closed) return closed;
    body_ = file;
    body_fd_ = FileDescriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!body_fd_.ok()) return fail(system_error("can't make " + path, errno));
    if (keyring_) body_sealer_.emplace(*keyring_, sealed_body_name(file));
  }
  if (!body_sealer_) return write_body(octets);
  std::string sealed;
  body_sealer_->add(octets, sealed);
  return write_body(sealed);
}

Result<void> RocksBuilder::write_body(std::string_view octets) {
  if (write_all(body_fd_, octets)) return {};
  return fail(system_error("can't write " + body_file_path(partial_ + "/body", body_), errno));
}

Result<void> RocksBuilder::close_body() {
  if (!body_fd_.ok()) return {};
  if (body_sealer_) {
    std::string sealed;
    body_sealer_->finish(sealed);
    body_sealer_.reset();
    if (Result<void> written = write_body(sealed); !written) return written;
  }
  if (::fdatasync(body_fd_.get()) != 0) {
    return fail(system_error("can't sync " + body_file_path(partial_ + "/body", body_), errno));
  }
  body_fd_ = FileDescriptor();
  return {};
}

Result<void> RocksBuilder::add_message(Lsn id, BodyFile file, std::string_view row) {
  if (id > at_.lsn) {
    return fail(ErrorCode::kCorruption,
                fmt::format("message {} is beyond the last record", id.value()));
  }
  SealedMessage sealed;
  if (keyring_) {
    seal_message(*keyring_, id, row, {}, sealed);
    row = sealed.row;
    if (Result<void> put = keep(batch_.Put(database_->key(), LsnKey(id).slice(), sealed.key));
        !put) {
      return put;
    }
  }
  if (Result<void> put = keep(
          batch_.Put(database_->msg(), LsnKey(id).slice(), rocksdb::Slice(row.data(), row.size())));
      !put || !file) {
    return put;
  }
  if (!body_fd_.ok() || body_ != file) {
    return fail(ErrorCode::kCorruption,
                fmt::format("message {} comes without its body file", id.value()));
  }
  if (Result<void> closed = close_body(); !closed) return closed;
  std::string name;
  Encoder encoder(name);
  encoder.fixed64_be(file.boot.value());
  encoder.fixed64_be(file.serial);
  return keep(batch_.Put(database_->file(), LsnKey(id).slice(), name));
}

// The mark comes last: a log without one is refused.
Result<Position> RocksBuilder::finish() {
  if (Result<void> closed = close_body(); !closed) return fail(closed.error());
  if (Result<void> written = write(); !written) return fail(written.error());
  const rocksdb::Status status =
      database_->db().Flush(rocksdb::FlushOptions(), database_->families());
  if (!status.ok()) return fail(to_error(status, "can't write to " + partial_));
  for (const std::string& part : {partial_ + "/body", partial_ + "/log"}) {
    if (Result<void> synced = sync_directory(part); !synced) return fail(synced.error());
  }
  Result<std::unique_ptr<HighWater>> mark =
      HighWater::open(partial_, *rocksdb::FileSystem::Default(), 0);
  if (!mark) return fail(mark.error());
  if (Result<void> marked = (*mark)->advance(at_); !marked) return fail(marked.error());
  database_.reset();
  lock_ = FileDescriptor();
  return at_;
}

Result<void> RocksBuilder::publish() {
  if (Result<void> synced = sync_directory(partial_); !synced) return synced;
  // Over an empty directory, too.
  if (::rename(partial_.c_str(), directory_.c_str()) != 0) {
    return fail(system_error(fmt::format("can't rename {} to {}", partial_, directory_), errno));
  }
  published_ = true;
  const std::string parent = std::filesystem::path(directory_).parent_path().string();
  return sync_directory(parent.empty() ? "." : parent);
}

Result<void> check_room(const std::string& directory, const std::string& partial) {
  std::error_code error;
  if (std::filesystem::exists(directory, error) &&
      (!std::filesystem::is_directory(directory, error) ||
       !std::filesystem::is_empty(directory, error))) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} is there already, and not empty: name a new directory", directory));
  }
  if (std::filesystem::exists(partial, error)) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} is there: another restore is running, or was ended; remove it then",
                            partial));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<StoreBuilder>> StoreBuilder::create(const std::string& directory,
                                                           std::string identity,
                                                           const Position& before,
                                                           const KeySecret* key) {
  std::string name = std::filesystem::absolute(directory).lexically_normal().string();
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();
  const std::string partial = name + ".partial";
  if (Result<void> room = check_room(name, partial); !room) return fail(room.error());
  if (identity.empty()) identity = random_bytes(kIdentityBytes);
  if (Result<void> made = make_directory(partial); !made) return fail(made.error());
  Result<FileDescriptor> lock = lock_directory(partial);
  if (!lock) return fail(lock.error());
  for (const std::string& part : {partial + "/log", partial + "/body"}) {
    if (Result<void> made = make_directory(part); !made) return fail(made.error());
  }
  std::shared_ptr<Keyring> keyring;
  if (key != nullptr) {
    auto created = Keyring::create(partial, *key, utc_seconds());
    if (!created) return fail(created.error());
    keyring = std::move(*created);
  }
  Result<std::unique_ptr<Database>> database =
      Database::open_to_write(partial + "/log", {.sealed = keyring != nullptr, .keyring = keyring},
                              rocksdb::FileSystem::Default());
  if (!database) return fail(database.error());
  auto builder = std::make_unique<RocksBuilder>(name, partial, std::move(*lock),
                                                std::move(*database), before, std::move(keyring));
  if (Result<void> started = builder->start(identity); !started) return fail(started.error());
  return builder;
}

}  // namespace mnm::log
