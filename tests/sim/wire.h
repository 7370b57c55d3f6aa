// A link between a client and the relay, with all that goes wrong on the way. Octets keep their
// order in each direction, as TCP's do.
//
// One thread. Both ends hold it; an end that has hung up is called no more.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "sim/faults.h"
#include "sim/timeline.h"

namespace mnm::sim {

class Wire : public std::enable_shared_from_this<Wire> {
 public:
  // What an end is told.
  struct End {
    std::function<void(std::string)> heard;
    std::function<void()> lost;          // the link is gone
    std::function<void()> room = [] {};  // octets that were said have been taken
  };
  enum class Side : std::uint8_t { kClient, kRelay };

  Wire(Timeline& time, Random& random, Faults& faults)
      : time_(time), random_(random), faults_(faults) {}

  void join(Side side, End end) { here(side).end = std::move(end); }

  void say(Side from, std::string octets) {
    if (!here(from).up) return;
    Way& way = here(from).way;
    way.under_way += octets.size();
    way.due = std::max(way.due, time_.now() + latency());
    time_.at(way.due, [self = shared_from_this(), from, octets = std::move(octets)]() mutable {
      self->arrive(from, std::move(octets));
    });
  }
  // Said and not taken yet.
  [[nodiscard]] std::size_t under_way(Side from) { return here(from).way.under_way; }

  // This end goes; the other one is told after what was said before, or at once, or (half-open)
  // late.
  void hang_up(Side from, bool in_order = true) {
    if (!std::exchange(here(from).up, false)) return;
    here(from).end = End();
    Micros due = time_.now() + latency();
    if (in_order) due = std::max(due, here(from).way.due);
    if (half_open_) due = std::max(due, silent_until_);
    time_.at(due, [self = shared_from_this(), from] { self->notify_lost(other(from)); });
  }

  // From now on nothing arrives any more, and nobody is told before the given time.
  void go_silent(Micros until) {
    half_open_ = true;
    silent_until_ = until;
    tampered_ = true;
  }
  // The client reads nothing until then.
  void stall(Micros until) {
    stalled_until_ = std::max(stalled_until_, until);
    tampered_ = true;
  }
  void slow() {
    slow_ = true;
    tampered_ = true;
  }
  void touch() { tampered_ = true; }
  [[nodiscard]] bool is_up(Side side) { return here(side).up; }
  // Something was done to it that makes it slow or deaf.
  [[nodiscard]] bool is_tampered() const { return tampered_; }

 private:
  struct Way {
    Micros due{0};  // of what was said last
    std::size_t under_way = 0;
  };
  struct Here {
    End end;
    Way way;
    bool up = true;
  };
  static Side other(Side side) { return side == Side::kClient ? Side::kRelay : Side::kClient; }
  Here& here(Side side) { return ends_[side == Side::kClient ? 0 : 1]; }

  Micros latency() {
    if (faults_.hit(Fault::kDelay, 30)) {
      tampered_ = true;
      return Micros(random_.below(20'000'000));
    }
    return Micros(random_.between(50, 2'000));
  }

  void arrive(Side from, std::string octets) {
    Here& to = here(other(from));
    if (half_open_) return;
    if (from == Side::kRelay && to.up) {
      if (time_.now() < stalled_until_) return later(from, stalled_until_, std::move(octets));
      if (slow_ && octets.size() > 1) {
        const std::size_t some = std::max<std::size_t>(1, octets.size() / 2);
        std::string rest = octets.substr(some);
        octets.resize(some);
        deliver(from, to, std::move(octets));
        return later(from, time_.now() + 200ms, std::move(rest));
      }
    }
    deliver(from, to, std::move(octets));
  }
  // What was said after it waits behind it: the way is blocked until then.
  void later(Side from, Micros when, std::string octets) {
    blocked_ += octets;
    if (std::exchange(retry_planned_, true)) return;
    time_.at(when, [self = shared_from_this(), from] {
      self->retry_planned_ = false;
      std::string all = std::exchange(self->blocked_, {});
      if (!all.empty()) self->arrive(from, std::move(all));
    });
  }
  void deliver(Side from, Here& to, std::string octets) {
    if (from == Side::kRelay && !blocked_.empty()) {
      blocked_ += octets;
      return;
    }
    here(from).way.under_way -= octets.size();
    const auto self = shared_from_this();
    if (to.up && to.end.heard) to.end.heard(std::move(octets));
    if (here(from).up && here(from).end.room) here(from).end.room();
  }
  void notify_lost(Side side) {
    if (side == Side::kClient && !blocked_.empty()) {
      return time_.after(300ms, [self = shared_from_this(), side] { self->notify_lost(side); });
    }
    if (!std::exchange(here(side).up, false)) return;
    const End end = std::exchange(here(side).end, End());
    if (end.lost) end.lost();
  }

  Timeline& time_;
  Random& random_;
  Faults& faults_;
  Here ends_[2];
  bool half_open_ = false;
  Micros silent_until_{0};
  Micros stalled_until_{0};
  bool slow_ = false;
  bool tampered_ = false;
  std::string blocked_;  // towards the client
  bool retry_planned_ = false;
};

}  // namespace mnm::sim
