#include "sim/process.h"

#include <utility>

#include "net/codec.h"

namespace mnm::sim {
namespace {

constexpr std::int64_t kUtcStart_us = 1'800'000'000'000'000;

}  // namespace

std::uint64_t Site::utc_us() const {
  return static_cast<std::uint64_t>(kUtcStart_us + time.now().count() + utc_offset_us);
}

Process::Process(Site& site, state::Views views)
    : site_(site),
      log_(site.disk, site.faults),
      bodies_(site.disk, site.faults),
      inbox_(site.inbox_bytes),
      engine_(log_, std::move(views), site_.limits,
              {[this] { return site_.utc_us() * 1000; },
               [this] { return static_cast<std::uint64_t>(site_.time.now().count() / 1000); }}),
      random_(site.random.next()),
      world_{net::codec_for_first, "sim", site_.keys, random_, {}},
      ports_{site.time,
             site.random,
             site.faults,
             world_,
             log_,
             bodies_,
             [this](ops::Request request, SessionId id) {
               const auto taken = take_in(std::move(request));
               if (taken == ops::Inbox::Offer::kTakenFull) want_room_.push_back(id);
               return taken;
             }},
      origin_(std::make_shared<const ops::Origin>(ops::Origin{event::TCP, "127.0.0.1:9", {}})),
      self_(std::make_shared<Process*>(this)) {}

Process::~Process() {
  for (auto& [id, link] : links_) link->die();
}

bool Process::start() {
  return engine_.start({.boot_id = site_.random.octets(16), .version = "sim"}).has_value();
}

void Process::accept(const std::shared_ptr<Wire>& wire) {
  std::erase_if(links_, [](const auto& link) { return link.second->is_gone(); });
  const SessionId id(++sessions_);
  auto link = std::make_shared<ServerLink>(
      ports_, wire, net::SessionSetup{id, this, origin_, site_.time.steady()});
  links_.emplace(id, link);
  link->start();
}

void Process::offer(ops::Command command) {
  ops::Request request;
  request.command = std::move(command);
  (void)take_in(std::move(request));
}

// ------------------------------------------------------------------------------------------- turns

ops::Inbox::Offer Process::take_in(ops::Request request) {
  const bool quiet = std::holds_alternative<ops::Ack>(request.command);
  const auto taken = inbox_.offer(std::move(request));
  ++waiting_;
  plan_turn(quiet);
  return taken;
}

// Acks alone wait for a request that has an answer.
void Process::plan_turn(bool quiet) {
  if (turn_planned_ && (quiet || urgent_)) return;
  turn_planned_ = true;
  urgent_ = urgent_ || !quiet;
  Micros delay = quiet ? Micros(5'000) : Micros(site_.random.between(50, 1'000));
  if (site_.faults.hit(Fault::kSyncSlow, 20)) delay += Micros(site_.random.below(5'000'000));
  site_.time.after(delay, [weak = std::weak_ptr<Process*>(self_)] {
    const auto self = weak.lock();
    if (self && (*self)->waiting_ > 0) (*self)->turn();
  });
}

void Process::turn() {
  // Either of these destroys this process.
  try {
    turns();
  } catch (const PowerCut&) {
    return site_.ended("the power was cut within a turn");
  }
}

void Process::turns() {
  turn_planned_ = false;
  urgent_ = false;
  waiting_ = 0;
  auto requests = inbox_.take(std::chrono::milliseconds(0));
  std::span<ops::Request> left(requests);
  while (!left.empty()) {
    const auto done = engine_.turn(left);
    if (!done) return site_.ended("an append failed");
    left = left.subspan(*done);
  }
  site_.turned();
}

void Process::finish() {
  if (waiting_ > 0) turn();
}

// ----------------------------------------------------------------------------------------- effects

void Process::post(std::vector<ops::SessionEffects> effects) {
  if (effects.empty()) return;
  if (site_.faults.hit(Fault::kCrashAmidReplies, 5)) {
    effects.resize(site_.random.below(effects.size() + 1));
    // Some sessions, each on a thread of its own, may be as fast as the crash.
    for (ops::SessionEffects& each : effects) {
      const auto found = links_.find(each.session);
      if (found != links_.end()) found->second->effects(std::move(each.effects));
    }
    throw PowerCut();
  }
  site_.time.after(Micros(20),
                   [weak = std::weak_ptr<Process*>(self_), effects = std::move(effects)]() mutable {
                     if (const auto self = weak.lock()) (*self)->hand_over(std::move(effects));
                   });
  if (site_.faults.hit(Fault::kCrashAfterReplies, 5)) {
    site_.time.after(Micros(30), [weak = std::weak_ptr<Process*>(self_), site = &site_] {
      if (weak.lock()) site->ended("killed after its answers");
    });
  }
}

void Process::hand_over(std::vector<ops::SessionEffects> effects) {
  for (ops::SessionEffects& each : effects) {
    const auto found = links_.find(each.session);
    if (found == links_.end()) continue;
    const auto link = found->second;
    link->effects(std::move(each.effects));
  }
}

void Process::resume() {
  site_.time.after(Micros(20), [weak = std::weak_ptr<Process*>(self_)] {
    const auto self = weak.lock();
    if (!self) return;
    for (const SessionId id : std::exchange((*self)->want_room_, {})) {
      const auto found = (*self)->links_.find(id);
      if (found != (*self)->links_.end()) std::shared_ptr(found->second)->resumed();
    }
  });
}

}  // namespace mnm::sim
