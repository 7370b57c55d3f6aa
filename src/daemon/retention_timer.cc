#include "daemon/retention_timer.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

namespace mnm::daemon {
namespace {

constexpr std::chrono::milliseconds kEveryMin = std::chrono::minutes(1);
constexpr std::chrono::milliseconds kEveryMax = std::chrono::hours(24);

}  // namespace

RetentionTimer::RetentionTimer(Options options, GiveUp give_up, Clock::time_point start)
    : options_(std::move(options)), give_up_(std::move(give_up)), due_(start + kEveryMin) {}

void RetentionTimer::step(Clock::time_point now) {
  if (options_.keep.count() == 0 || now < due_) return;
  due_ = now + std::clamp(options_.keep / 10, kEveryMin, kEveryMax);
  const auto keep = std::chrono::duration_cast<std::chrono::nanoseconds>(options_.keep);
  const std::uint64_t utc_ns = options_.utc_ns();
  const auto age_ns = static_cast<std::uint64_t>(keep.count());
  const auto done = give_up_({.before = {},
                              .before_ns = age_ns < utc_ns ? utc_ns - age_ns : 1,
                              .reason = "older than retain allows",
                              .peer = {}});
  if (!done) LOG(ERROR) << "old events stay for now: " << done.error().text;
}

}  // namespace mnm::daemon
