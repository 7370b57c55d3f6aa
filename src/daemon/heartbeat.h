// Whether the engine still answers: asks it again and again, tells who wants to know that it did,
// and gives up on one that doesn't.
//
// A thread of its own between start() and stop(). A question waits behind all that was asked
// before, so its age is at most that of the oldest request without an answer.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

#include "daemon/periodic.h"
#include "ops/inbox.h"

namespace mnm::daemon {

class Heartbeat {
 public:
  using Clock = Periodic::Clock;
  struct Options {
    std::chrono::milliseconds every = std::chrono::seconds(1);
    std::chrono::milliseconds stall_max = std::chrono::minutes(1);  // 0: wait for ever
  };
  // `beat` after each answer, `stalled` once, when an answer is overdue; both on the thread.
  Heartbeat(ops::Inbox& inbox, Options options, std::function<void()> beat,
            std::function<void()> stalled);

  void start() { periodic_.start(); }
  void stop() { periodic_.stop(); }
  // What is due at `now`, on the caller's thread; the thread does nothing else.
  [[nodiscard]] Clock::time_point step(Clock::time_point now);

 private:
  void ask(Clock::time_point now);

  ops::Inbox& inbox_;
  const Options options_;
  const std::function<void()> beat_;
  const std::function<void()> stalled_;
  std::shared_ptr<std::atomic<bool>> answered_;  // null: nothing is asked
  Clock::time_point asked_;
  bool gave_up_ = false;
  Periodic periodic_;
};

}  // namespace mnm::daemon
