// Virtual time: what is to happen, when. Nothing ever waits; the clock jumps to the next event.
//
// One thread. Events of the same moment happen in the order in which they were planned.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace mnm::sim {

using Micros = std::chrono::microseconds;
using namespace std::chrono_literals;

class Timeline {
 public:
  using Event = std::function<void()>;

  [[nodiscard]] Micros now() const { return now_; }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const {
    return std::chrono::steady_clock::time_point(now_);
  }
  void after(Micros delay, Event event) { at(now_ + delay, std::move(event)); }
  void at(Micros when, Event event) {
    events_.push({std::max(when, now_), ++serial_, std::move(event)});
  }
  // Carries out the next event; false when it lies beyond `until`, where the clock then stands.
  bool step(Micros until) {
    if (events_.empty() || events_.top().when > until) {
      now_ = std::max(now_, until);
      return false;
    }
    // Moved out although the queue hands out constants: it is popped at once.
    Planned planned = std::move(const_cast<Planned&>(events_.top()));
    events_.pop();
    now_ = planned.when;
    ++steps_;
    planned.event();
    return true;
  }
  // How many events were carried out: an order for what happens at the same moment.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  struct Planned {
    Micros when;
    std::uint64_t serial;
    Event event;
    friend bool operator<(const Planned& a, const Planned& b) {
      return a.when != b.when ? a.when > b.when : a.serial > b.serial;
    }
  };
  Micros now_{0};
  std::uint64_t serial_ = 0;
  std::uint64_t steps_ = 0;
  std::priority_queue<Planned> events_;
};

}  // namespace mnm::sim
