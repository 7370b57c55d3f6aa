// The relay's part of a backup: a snapshot of its data directory, DATA/snapshot, for mnmctl to copy
// from, and its removal. What is purged meanwhile stays on the disk as long as the snapshot does;
// so one that nobody holds any more (flock on its LOCK) goes by itself.
//
// begin() and end() on the admin's thread; sweep() on any.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "base/error.h"
#include "daemon/admin_engine.h"
#include "log/snapshot.h"

namespace mnm::daemon {

class SnapshotKeeper {
 public:
  using Clock = std::chrono::steady_clock;

  // Removes what an earlier process left.
  SnapshotKeeper(const std::string& data, log::Snapshots& snapshots, AdminEngine& engine);

  // Makes a new one in place of any that nobody holds. Returns where the log ends in it. Errors:
  // kNegative when another backup is being made; the log's.
  [[nodiscard]] Result<log::Position> begin();
  // Removes it.
  [[nodiscard]] Result<> end();
  // Removes it when nobody holds it, a minute after it was made.
  void sweep(Clock::time_point now);
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  [[nodiscard]] Result<> remove();
  void remove_sealed_bodies() const;
  [[nodiscard]] Result<log::Position> make();
  [[nodiscard]] Result<> add_files() const;

  const std::string data_;
  const std::string directory_;
  log::Snapshots& snapshots_;
  AdminEngine& engine_;
  std::mutex mutex_;
  bool there_ = false;
  Clock::time_point made_;
};

}  // namespace mnm::daemon
