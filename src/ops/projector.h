// The projector: folds the log behind the engine, up to what is durable, into views of its own, and
// checkpoints them at intervals. The engine never waits for it; it may lag.
//
// A thread of its own between start() and stop(). It reads the log, and is the only writer of the
// checkpoint.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "log/log.h"
#include "ops/checkpoint.h"

namespace mnm::ops {

class Projector {
 public:
  struct Options {
    std::chrono::milliseconds interval{10'000};  // between checkpoints
  };

  // All must outlive it.
  Projector(const log::Reader& log, Checkpoint& checkpoint, state::Views views, Options options);
  ~Projector();

  void start();
  // Writes a last checkpoint and ends the thread.
  void stop();
  // Folds what is durable and checkpoints it, on the caller's thread; not beside start().
  [[nodiscard]] Result<> step();

 private:
  void run();

  const log::Reader& log_;
  Checkpoint& checkpoint_;
  state::Views views_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mnm::ops
