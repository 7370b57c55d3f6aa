#include "daemon/heartbeat.h"

#include <utility>

namespace mnm::daemon {

Heartbeat::Heartbeat(ops::Inbox& inbox, Options options, std::function<void()> beat,
                     std::function<void()> stalled)
    : inbox_(inbox),
      options_(options),
      beat_(std::move(beat)),
      stalled_(std::move(stalled)),
      periodic_([this](Clock::time_point now) { return step(now); }) {}

void Heartbeat::ask(Clock::time_point now) {
  auto answered = std::make_shared<std::atomic<bool>>(false);
  ops::Request question{.command =
                            ops::Inspect{[answered](const state::Views&) { *answered = true; }}};
  // A closed inbox: the relay ends, and nobody need know more.
  if (inbox_.offer(std::move(question)) == ops::Inbox::Offer::kClosed) return;
  answered_ = std::move(answered);
  asked_ = now;
}

Heartbeat::Clock::time_point Heartbeat::step(Clock::time_point now) {
  if (answered_ != nullptr && *answered_) {
    answered_.reset();
    beat_();
  }
  if (answered_ == nullptr) {
    ask(now);
  } else if (options_.stall_max.count() > 0 && now - asked_ >= options_.stall_max && !gave_up_) {
    gave_up_ = true;
    stalled_();
  }
  return now + options_.every;
}

}  // namespace mnm::daemon
