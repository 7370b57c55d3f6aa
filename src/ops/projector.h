// The projector: folds the log behind the engine, up to what is durable, and checkpoints the views
// at intervals; then the index of the log. Of the views it holds only what the events of the last
// intervals needed, and reads that from the checkpoint. The engine never waits for it; it may lag.
//
// A thread of its own between start() and stop(). It reads the log, and is the only writer of the
// checkpoint.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "event.pb.h"
#include "log/log.h"
#include "log/trusting_reader.h"
#include "ops/checkpoint.h"
#include "ops/indexer.h"

namespace mnm::ops {

class Projector {
 public:
  struct Options {
    std::chrono::milliseconds interval{10'000};  // between checkpoints
    // Folded with one scan, then checkpointed: a scan pins files of the log that a scrub waits for.
    std::uint64_t events_max = 65'536;
    // Sees each event, once, before it is folded, on the projector's thread. May be null.
    std::function<void(Lsn lsn, const event::Event& event)> seen;
    // Sees the views each time that they have been checkpointed, on the same thread. May be null.
    std::function<void(WholeViews& views, const log::Position& at)> saved;
  };

  // From where `restored` is on, whose views it takes a copy of only when the checkpoint lacks
  // something. The others must outlive it.
  Projector(const log::Reader& log, Checkpoint& checkpoint, const Restored& restored,
            const Options& options);
  ~Projector();

  void start();
  // Writes a last checkpoint and ends the thread.
  void stop();
  // Has the thread write a checkpoint, and the index, of what is durable now, and waits for it.
  // False when they aren't there in time. Any thread, beside start().
  [[nodiscard]] bool checkpoint_now(std::chrono::milliseconds within);
  // Folds what is durable, checkpoints and indexes it, on the caller's thread; not beside start().
  // After an error it can be called again, and goes on where it was.
  [[nodiscard]] Result<> step();
  // How far the views are checkpointed and the log is indexed: a start needs no event before that.
  // Any thread.
  [[nodiscard]] Lsn saved() const { return Lsn(saved_lsn_); }

 private:
  void run();
  [[nodiscard]] Result<> begin();
  [[nodiscard]] Result<> fold_some();
  [[nodiscard]] Result<> fold_through(Lsn through);
  [[nodiscard]] Result<> save();

  const log::TrustingReader log_;  // what was written here is read, twice
  Checkpoint& checkpoint_;
  Indexer indexer_;
  std::optional<state::Views> views_;  // none: they begin from the checkpoint
  log::Position at_;                   // of the views
  Lsn seen_;                           // the last event that options_.seen has seen
  state::Changes unsaved_;             // of the views, since the checkpoint
  bool is_saved_ = true;
  std::atomic<std::uint64_t> saved_lsn_ = 0;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::uint64_t wanted_ = 0;  // checkpoints asked for
  std::uint64_t made_ = 0;    // of them
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mnm::ops
