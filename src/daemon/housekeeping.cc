#include "daemon/housekeeping.h"

#include <glog/logging.h>

#include <algorithm>

namespace mnm::daemon {
namespace {

std::chrono::milliseconds first_retry(const Housekeeping::Options& options) {
  return std::min<std::chrono::milliseconds>(std::chrono::seconds(1), options.purge_window / 2);
}

}  // namespace

Housekeeping::Housekeeping(log::Log& log, ops::Inbox& inbox, Options options)
    : log_(log),
      inbox_(inbox),
      options_(options),
      retry_after_(first_retry(options)),
      periodic_([this](Clock::time_point now) { return step(now); }) {}

void Housekeeping::start() {
  const auto now = Clock::now();
  tick_due_ = now + options_.tick;
  // At once: what was acked before the last end is past its window, whatever it was.
  scrub_due_ = now;
  periodic_.start();
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
  if (now >= scrub_due_) scrub_when_due(now);
  return std::min(tick_due_, scrub_due_);
}

void Housekeeping::scrub_when_due(Clock::time_point now) {
  // Half the window: what is acked while one scrub runs is caught by the next, which has as long
  // again.
  const std::chrono::milliseconds every = options_.purge_window / 2;
  const auto done = scrub();
  if (done) {
    retry_after_ = first_retry(options_);
    scrub_due_ = now + every;
    return;
  }
  LOG(ERROR) << "octets of acked messages are still on the disk: " << done.error().text
             << "; tried again in " << retry_after_.count()
             << " ms. Look for a full or failing disk, and for files of the data directory that "
                "this user can't write";
  scrub_due_ = now + retry_after_;
  retry_after_ = std::min(2 * retry_after_, every);
}

}  // namespace mnm::daemon
