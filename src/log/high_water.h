// The high-water mark: a small file that says how far the log had durably come, so that a log which
// lost its end (a file deleted, truncated or rolled back) is noticed (doc/log_format.md).
//
// It may lag behind the log, never lead. advance() belongs to the appending thread; a thread of its
// own syncs the file.
#pragma once

#include <rocksdb/file_system.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/error.h"
#include "log/log.h"

namespace mnm::log {

struct HighWaterSlot {
  std::uint64_t sequence = 0;
  Position position;
};

inline constexpr std::size_t kSlotBytes = 64;
inline constexpr std::uint64_t kSlotStride = 4096;
inline constexpr std::uint64_t kHighWaterBytes = kSlotStride + kSlotBytes;

[[nodiscard]] std::string encode_slot(const HighWaterSlot& slot);
// None when the octets are no valid slot.
[[nodiscard]] std::optional<HighWaterSlot> decode_slot(std::string_view octets);

struct HighWaterMark {
  bool exists = false;                // the file
  std::optional<HighWaterSlot> slot;  // the newer valid one
  std::uint64_t slot_index = 0;
};

class HighWater {
 public:
  [[nodiscard]] static std::string path(const std::string& directory);
  // A missing file or bad slots are no error.
  [[nodiscard]] static Result<HighWaterMark> load(const std::string& directory,
                                                  rocksdb::FileSystem& file_system);
  // Makes the file when it is missing, with a mark at the beginning. `lag_ms` 0: every advance
  // syncs.
  [[nodiscard]] static Result<std::unique_ptr<HighWater>> open(const std::string& directory,
                                                               rocksdb::FileSystem& file_system,
                                                               std::uint64_t lag_ms);
  ~HighWater();
  HighWater(const HighWater&) = delete;
  HighWater& operator=(const HighWater&) = delete;

  // `position` is durable in the log. An error is final.
  Result<void> advance(const Position& position);
  // Makes the mark durable now.
  Result<void> sync();

 private:
  HighWater(std::unique_ptr<rocksdb::FSRandomRWFile> file, const HighWaterMark& mark,
            std::uint64_t lag_ms);
  void run();
  void write_slot();  // lock_ held
  void sync_slot(std::unique_lock<std::mutex>& lock);

  std::unique_ptr<rocksdb::FSRandomRWFile> file_;
  const std::chrono::milliseconds lag_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // The slot being written. The other one is durable and is not touched until this one is, too.
  std::uint64_t current_;
  HighWaterSlot latest_;
  bool written_ = true;   // latest_ is in the file
  bool synced_ = true;    // and durable
  bool syncing_ = false;  // nothing may be written meanwhile: the slot could be torn on disk
  bool stop_ = false;
  std::optional<Error> failed_;
  std::thread thread_;
};

}  // namespace mnm::log
