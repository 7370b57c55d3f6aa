// What happens by time: hourly ticks of uptime, and the purge of what was acked.
//
// A thread of its own between start() and stop(). Nothing here decides anything: a tick is a
// request like any other.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "log/log.h"
#include "ops/inbox.h"

namespace mnm::daemon {

class Housekeeping {
 public:
  struct Options {
    std::chrono::milliseconds purge_window;
    std::chrono::milliseconds tick = std::chrono::hours(1);
  };
  using Clock = std::chrono::steady_clock;

  // `failed` is called from the thread, at each failure, when the log can't be scrubbed: a promise
  // would be broken.
  Housekeeping(log::Log& log, ops::Inbox& inbox, Options options,
               std::function<void(const Error&)> failed);
  ~Housekeeping();

  void start();
  void stop();
  // Makes what was purged so far disappear now. Any thread; waits for one that is running.
  [[nodiscard]] Result<> scrub();
  // What is due at `now`, on the caller's thread; the thread does nothing else. Returns when it is
  // due again.
  [[nodiscard]] Clock::time_point step(Clock::time_point now);

 private:
  void run();

  log::Log& log_;
  ops::Inbox& inbox_;
  const Options options_;
  const std::function<void(const Error&)> failed_;
  Clock::time_point tick_due_;
  Clock::time_point scrub_due_;
  std::mutex scrubbing_;
  Lsn scrubbed_;  // nothing was purged by an event up to here that is still on the disk
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mnm::daemon
