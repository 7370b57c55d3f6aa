#include "daemon/housekeeping.h"

#include <algorithm>
#include <utility>

namespace mnm::daemon {

Housekeeping::Housekeeping(log::Log& log, ops::Inbox& inbox, Options options,
                           std::function<void(const Error&)> failed)
    : log_(log), inbox_(inbox), options_(options), failed_(std::move(failed)) {}

Housekeeping::~Housekeeping() { stop(); }

void Housekeeping::start() {
  const auto now = Clock::now();
  tick_due_ = now + options_.tick;
  // At once: what was acked before the last end is past its window, whatever it was.
  scrub_due_ = now;
  thread_ = std::thread([this] { run(); });
}

void Housekeeping::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<> Housekeeping::scrub() {
  const std::scoped_lock lock(scrubbing_);
  const Lsn upto = log_.durable().lsn;
  if (upto == scrubbed_) return {};
  if (auto done = log_.scrub(); !done) return done;
  scrubbed_ = upto;
  return {};
}

Housekeeping::Clock::time_point Housekeeping::step(Clock::time_point now) {
  if (now >= tick_due_) {
    (void)inbox_.offer({.command = ops::TickHour{}});  // a closed inbox: the relay ends anyway
    tick_due_ += options_.tick;
  }
  if (now >= scrub_due_) {
    if (auto done = scrub(); !done) failed_(done.error());
    // Half the window: what is acked while one scrub runs is caught by the next, which has as long
    // again.
    scrub_due_ = now + options_.purge_window / 2;
  }
  return std::min(tick_due_, scrub_due_);
}

void Housekeeping::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const auto due = step(Clock::now());
    lock.lock();
    wake_.wait_until(lock, due, [this] { return stopping_; });
  }
}

}  // namespace mnm::daemon
