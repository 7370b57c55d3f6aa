// When a relay gives up old events by itself (`--retain`): a minute after its start, when there is
// a checkpoint, and then each tenth of the time that they are kept, a minute at least and a day at
// most: each time may write the views as a base, which isn't worth it for a few events.
//
// One thread; the work is done on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "base/error.h"
#include "daemon/retention.h"

namespace mnm::daemon {

class RetentionTimer {
 public:
  using Clock = std::chrono::steady_clock;
  using GiveUp = std::function<Result<>(const Retention::Wish& wish)>;
  struct Options {
    std::chrono::milliseconds keep;         // 0: for ever
    std::function<std::uint64_t()> utc_ns;  // what the events' times are compared with
  };

  RetentionTimer(Options options, GiveUp give_up, Clock::time_point start);

  // Has given up what is older than it is to be kept, if that is due at `now`. What fails is told
  // to the log, and tried again when it is due again.
  void step(Clock::time_point now);

 private:
  const Options options_;
  const GiveUp give_up_;
  Clock::time_point due_;
};

}  // namespace mnm::daemon
