// What happens by time: hourly ticks of uptime, and the purge of what was acked.
//
// A thread of its own between start() and stop(). Nothing here decides anything: a tick is a
// request like any other.
#pragma once

#include <chrono>
#include <mutex>

#include "base/error.h"
#include "daemon/periodic.h"
#include "log/log.h"
#include "ops/inbox.h"

namespace mnm::daemon {

class Housekeeping {
 public:
  struct Options {
    std::chrono::milliseconds purge_window;
    std::chrono::milliseconds tick = std::chrono::hours(1);
  };
  using Clock = Periodic::Clock;

  Housekeeping(log::Log& log, ops::Inbox& inbox, Options options);

  void start();
  void stop() { periodic_.stop(); }
  // Makes what was purged so far disappear now. Any thread; waits for one that is running.
  [[nodiscard]] Result<> scrub();
  // What is due at `now`, on the caller's thread; the thread does nothing else. Returns when it is
  // due again. A scrub that fails is told to the log and tried again, soon, then ever more seldom.
  [[nodiscard]] Clock::time_point step(Clock::time_point now);

 private:
  void scrub_when_due(Clock::time_point now);

  log::Log& log_;
  ops::Inbox& inbox_;
  const Options options_;
  Clock::time_point tick_due_;
  Clock::time_point scrub_due_;
  std::chrono::milliseconds retry_after_;  // the next scrub that fails
  std::mutex scrubbing_;
  Lsn scrubbed_;  // nothing was purged by an event up to here that is still on the disk
  Periodic periodic_;
};

}  // namespace mnm::daemon
