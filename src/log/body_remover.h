// Unlinks purged body files off the engine's path: to unlink a large file can take many
// milliseconds. What it doesn't get to, the next start's sweep does.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"
#include "log/body_store.h"

namespace mnm::log {

class BodyRemover {
 public:
  explicit BodyRemover(BodyStore& bodies);
  ~BodyRemover();  // finishes what was added
  BodyRemover(const BodyRemover&) = delete;
  BodyRemover& operator=(const BodyRemover&) = delete;

  // The purge of `file` is durable.
  void add(BodyFile file);
  // Tries again what couldn't be removed, and waits. The error of one that is still there, if any:
  // it stays, for the next call.
  Result<void> drain();
  // Removes nothing until resume(): what was added waits, and drain() with it.
  void pause();
  void resume();

 private:
  void run();

  BodyStore& bodies_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<BodyFile> queue_;    // the front is being removed
  std::vector<BodyFile> failed_;  // couldn't be removed
  Error error_;                   // why, the first of them
  bool paused_ = false;
  bool removing_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace mnm::log
