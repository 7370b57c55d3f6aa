// When a device acts: its pace, its mistakes, its end.
#include "sim/device.h"

#include <fmt/format.h>

#include <algorithm>

namespace mnm::sim {
namespace {

constexpr Micros kPulseAfter = 100s;  // TMTP's idle limit is 120 s
constexpr Micros kEnterWithin = 20s;
constexpr Micros kGiveUpAfter = 45s;  // without an answer, on a link that is not in order
constexpr Micros kAskAgainAfter = 15s;
constexpr std::uint64_t kAnswerBound_s = 120;

std::uint64_t seconds(Micros time) { return static_cast<std::uint64_t>(time / 1s); }

}  // namespace

Device::Device(Stage& stage, std::string name, Account account)
    : stage_(stage), name_(std::move(name)), account_(std::move(account)) {}

Oracle::Place Device::place() const {
  return {stage_.roster.node(account_.node).name, fmt::format("{} {}", name_, link_)};
}

void Device::plan(Micros delay) {
  stage_.time.after(delay, [this, wake = ++wakes_] {
    if (wake == wakes_) this->wake();
  });
}

void Device::wake() {
  if (state_ == State::kDead) return;
  look_at_time();
  if (stage_.closing) {
    act_closing();
  } else {
    act();
  }
  const auto think = static_cast<std::uint64_t>(stage_.think.count());
  plan(stage_.closing ? Micros(stage_.random.between(500'000, 1'500'000))
                      : Micros(stage_.random.between(1'000, 2 * think)));
}

// A TMTP request may be answered by silence when it may pass.
bool Device::may_be_silent() const {
  const Faults& faults = stage_.faults;
  return account_.dialect == ops::Dialect::kTmtp &&
         (faults.on(Fault::kDiskLow) || faults.on(Fault::kSmallBudget) ||
          faults.on(Fault::kUploadFails) || faults.on(Fault::kUploadSyncFails));
}

// Where what was refused may pass later than what was asked after it, one at a time.
std::size_t Device::window() const {
  const Faults& faults = stage_.faults;
  const bool passing = faults.on(Fault::kDiskLow) || faults.on(Fault::kSmallBudget) ||
                       faults.on(Fault::kUploadFails) || faults.on(Fault::kUploadSyncFails);
  return account_.dialect == ops::Dialect::kTmtp || passing ? 1 : 4;
}

// What takes too long.
void Device::look_at_time() {
  const Micros now = stage_.time.now();
  if (state_ == State::kEntering && now > entered_at_ + kEnterWithin) return disconnect();
  if (state_ != State::kIn) return;
  if (!asked_.empty() && asked_.front().sent && !dribbling_) {
    Asked& first = asked_.front();
    const Micros waited = now - first.sent_at;
    if (may_be_silent() && waited > kAskAgainAfter) {
      first.again = true;
      resent_.insert(first.request.id);
      return send(first);
    }
    if (!wire_->is_tampered() && !may_be_silent()) {
      stage_.oracle.waited(name_ + " " + first.request.id, seconds(waited), kAnswerBound_s);
    } else if (waited > kGiveUpAfter) {
      return disconnect();
    }
  }
  if (now > last_said_ + kPulseAfter && !dribbling_) say({.op = net::ClientOp::kPulse}, {});
}

void Device::act() {
  const bool twin_waits =
      std::ranges::any_of(twins_, [](const Device* twin) { return twin->has_open(); });
  if (twin_waits && !stage_.random.chance(100)) return disconnect();
  if (state_ == State::kOut) {
    // A twin comes seldom, and not to stay. With something open it comes soon: the relay remembers
    // no more than a node's last 64 requests.
    if (twin_of_ != nullptr && !has_open() && !stage_.faults.hit(Fault::kTwoSessions, 60)) return;
    if (dropped_ && !stage_.faults.hit(Fault::kDroppedNodeLogin, 100)) return;
    leave_at_ = stage_.time.now() + Micros(stage_.random.between(5'000'000, 60'000'000));
    return connect();
  }
  if (state_ != State::kIn || dropped_) return;
  bring_twin();
  if (twin_of_ != nullptr && !has_open() && stage_.time.now() > leave_at_) return leave();
  misbehave();
  if (state_ == State::kIn && !dribbling_ && asked_.size() < window()) Requests(*this).any();
}

// Brings everything to its end. A twin with open requests goes first: its node's other session
// stays away meanwhile.
void Device::act_closing() {
  const bool waits_for_twin =
      std::ranges::any_of(twins_, [](const Device* twin) { return twin->has_open(); });
  if (state_ == State::kIn && (dribbling_ || waits_for_twin)) return disconnect();
  if (state_ == State::kIn && twin_of_ != nullptr && !has_open()) return leave();
  if (state_ != State::kOut || waits_for_twin) return;
  if (twin_of_ != nullptr && !has_open()) return;
  if (!dropped_) connect();
}

void Device::leave() {
  if (dribbling_) return;  // it has said so: what it acked since then, nobody looks at
  if (stage_.random.chance(500)) return disconnect();
  quit_acks_ = std::exchange(link_acks_, {});
  dribbling_ = true;  // nothing more of this link is looked at
  say({.op = net::ClientOp::kQuit}, {});
}

void Device::storm() {
  if (state_ == State::kDead || dropped_) return;
  if (state_ != State::kOut) disconnect();
  plan(Micros(stage_.random.below(3'000)));
}

// What a link or a client does that it should not.
void Device::misbehave() {
  Faults& faults = stage_.faults;
  const Micros now = stage_.time.now();
  if (faults.hit(Fault::kCut, 15)) return disconnect();
  if (faults.hit(Fault::kHalfOpen, 5)) {
    wire_->go_silent(now + 35s);
    return disconnect();
  }
  if (faults.hit(Fault::kDeafClient, 5)) return wire_->go_silent(now + 100s);
  if (faults.hit(Fault::kStalledReader, 10)) {
    wire_->stall(now + Micros(stage_.random.between(1'000'000, 120'000'000)));
  }
  if (faults.hit(Fault::kSlowReader, 10)) wire_->slow();
  if (faults.hit(Fault::kStrayAcks, 30)) {
    const Lsn id(stage_.random.between(1, 5'000));
    // One that it has not been sent: an ack of its own messages is no stray.
    say({.op = net::ClientOp::kAck, .id = "f" + message_id(id).substr(1)}, {});
    if (!wire_) return;
  }
  if (faults.hit(Fault::kMalformed, 5)) {
    wire_->touch();
    wire_->say(Wire::Side::kClient, stage_.random.chance(500) ? "zzzz" : "0009{\"op\": 5}");
    dribbling_ = true;  // nothing more of this link is looked at
    return;
  }
  if (faults.hit(Fault::kDribble, 5)) {
    dribbling_ = true;
    wire_->touch();
    wire_->say(Wire::Side::kClient, "00");
  }
}

void Device::bring_twin() {
  if (twin_of_ != nullptr || !twins_.empty() || !stage_.faults.on(Fault::kTwoSessions)) return;
  if (!stage_.random.chance(100)) return;
  auto twin = std::make_unique<Device>(stage_, name_ + "'", account_);
  twin->twin_of_ = this;
  twins_.push_back(twin.get());
  stage_.enter(std::move(twin)).wake();
}

// After another session took the node over, this one goes on asking: nothing may come of it.
void Device::send_forbidden(Micros taken_over_at) {
  if (state_ != State::kIn || in_since_ >= taken_over_at || dribbling_) return;
  if (!stage_.faults.hit(Fault::kLateOps, 700)) return;
  const std::string token = fmt::format("{}-late-{}", name_, ++stage_.serial);
  const std::string octets = Requests::octets_of(token, 30);
  stage_.oracle.sent(name_ + " fenced", token, octets);
  stage_.oracle.forbid(token);
  const std::string& uid = stage_.people[account_.person].uid;
  wire_->touch();
  say({.op = net::ClientOp::kPost,
       .id = token,
       .for_list = {{uid, ops::TargetType::kUser}},
       .data_bytes = octets.size()},
      octets);
}

}  // namespace mnm::sim
