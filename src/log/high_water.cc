#include "log/high_water.h"

#include <glog/logging.h>

#include "log/rocks_db.h"

namespace mnm::log {
namespace {

const rocksdb::IOOptions kIo;

Result<void> make_file(const std::string& directory, const std::string& path,
                       rocksdb::FileSystem& file_system) {
  std::string content = encode_slot({1, Position()});
  content.resize(kHighWaterBytes);
  std::unique_ptr<rocksdb::FSWritableFile> file;
  std::unique_ptr<rocksdb::FSDirectory> entry;
  rocksdb::IOStatus status =
      file_system.NewWritableFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (status.ok()) status = file->Append(content, kIo, nullptr);
  if (status.ok()) status = file->Sync(kIo, nullptr);
  if (status.ok()) status = file->Close(kIo, nullptr);
  if (status.ok()) status = file_system.NewDirectory(directory, kIo, &entry, nullptr);
  if (status.ok()) status = entry->Fsync(kIo, nullptr);
  if (!status.ok()) return fail(to_error(status, "can't make " + path));
  return {};
}

}  // namespace

Result<std::unique_ptr<HighWater>> HighWater::open(const std::string& directory,
                                                   rocksdb::FileSystem& file_system,
                                                   std::uint64_t lag_ms) {
  const std::string name = path(directory);
  Result<HighWaterMark> mark = load(directory, file_system);
  if (mark && !mark->slot) {
    if (Result<void> made = make_file(directory, name, file_system); !made) {
      return fail(made.error());
    }
    mark = load(directory, file_system);
  }
  if (!mark) return fail(mark.error());
  std::unique_ptr<rocksdb::FSRandomRWFile> file;
  rocksdb::IOStatus status =
      file_system.NewRandomRWFile(name, rocksdb::FileOptions(), &file, nullptr);
  // The slot that was read may not be durable yet, and the other one is overwritten next.
  if (status.ok()) status = file->Sync(kIo, nullptr);
  if (!status.ok()) return fail(to_error(status, "can't open " + name));
  return std::unique_ptr<HighWater>(new HighWater(std::move(file), *mark, lag_ms));
}

HighWater::HighWater(std::unique_ptr<rocksdb::FSRandomRWFile> file, const HighWaterMark& mark,
                     std::uint64_t lag_ms)
    : file_(std::move(file)),
      lag_(lag_ms),
      current_(1 - mark.slot_index),
      latest_(mark.slot.value_or(HighWaterSlot())) {
  if (lag_ms > 0) thread_ = std::thread([this] { run(); });
}

HighWater::~HighWater() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (Result<void> done = sync(); !done) LOG(ERROR) << done.error().text;
  (void)file_->Close(kIo, nullptr);  // all of it is synced; there is nothing left to lose
}

Result<void> HighWater::advance(const Position& position) {
  std::unique_lock lock(mutex_);
  if (failed_) return fail(*failed_);
  latest_ = {latest_.sequence + 1, position};
  written_ = false;
  synced_ = false;
  if (!syncing_) write_slot();
  if (lag_.count() == 0) sync_slot(lock);
  if (failed_) return fail(*failed_);
  return {};
}

Result<void> HighWater::sync() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !syncing_; });
  sync_slot(lock);
  if (failed_) return fail(*failed_);
  return {};
}

void HighWater::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    changed_.wait_for(lock, lag_, [&] { return stop_; });
    if (!stop_ && !syncing_) sync_slot(lock);
  }
}

void HighWater::write_slot() {
  if (failed_) return;
  const rocksdb::IOStatus status =
      file_->Write(current_ * kSlotStride, encode_slot(latest_), kIo, nullptr);
  if (!status.ok()) failed_ = to_error(status, "can't write the high-water mark");
  written_ = status.ok();
}

void HighWater::sync_slot(std::unique_lock<std::mutex>& lock) {
  if (synced_ || failed_) return;
  if (!written_) write_slot();
  if (failed_) return;
  synced_ = true;
  syncing_ = true;
  lock.unlock();
  const rocksdb::IOStatus status = file_->Sync(kIo, nullptr);
  lock.lock();
  syncing_ = false;
  if (!status.ok()) failed_ = to_error(status, "can't sync the high-water mark");
  current_ = 1 - current_;
  if (!written_) write_slot();
  changed_.notify_all();
}

}  // namespace mnm::log
