#include "sim/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "event.pb.h"

namespace mnm::sim {
namespace {

constexpr std::size_t kGroups = 2;
constexpr Micros kRestWithin = 3h;
constexpr Micros kStrangerWithin = 20s;  // login within 5 s, last words within 5 s, and the way

}  // namespace

Report simulate(const Options& options) { return World(options).run(); }

std::string command_for(const Report& report) {
  const std::string_view sealing = report.sealing == Sealing::kSealed  ? " --sealed"
                                   : report.sealing == Sealing::kPlain ? " --plain"
                                                                       : "";
  return fmt::format("build/release/bin/mnmsim --seed {}{} --verbose", report.seed, sealing);
}

World::World(const Options& options)
    : options_(options),
      random_(options.seed),
      chance_(~options.seed),
      faults_(random_),
      roster_(kGroups),
      disk_(time_, random_, faults_),
      site_{.time = time_, .random = random_, .faults = faults_, .disk = disk_},
      stage_{.time = time_,
             .random = random_,
             .faults = faults_,
             .oracle = oracle_,
             .roster = roster_} {
  report_.seed = options.seed;
  report_.sealing = options.sealing;
  report_.switched_on = faults_.switched_on();
  disk_.fate = [this] { return next_fate(); };
  disk_.purged = [this](Lsn id) {
    oracle_.row_gone(message_id(id));
    finder_.purged(id);
  };
  disk_.row_written = [this](Lsn id, std::string_view text, std::string_view key) {
    finder_.written(id, text, key);
  };
  disk_.utc_s = [this] { return site_.utc_us() / 1'000'000; };
  disk_.appended = [this](std::string_view octets) {
    event::Event event;
    if (!event.ParseFromArray(octets.data(), static_cast<int>(octets.size()))) return;
    if (event.has_rekeyed()) was_told(event.rekeyed());
    if (!event.has_refused()) return;
    const auto asked = stage_.tokens_of.find(event.cause());
    if (asked == stage_.tokens_of.end()) return;
    for (const std::string& token : asked->second) oracle_.refused_inside(token);
  };
  site_.ended = [this](const char* how) { crash(how); };
  site_.turned = [this] { turned(); };
  stage_.connect = [this]() -> std::shared_ptr<Wire> {
    if (!process_) return nullptr;
    auto wire = std::make_shared<Wire>(time_, random_, faults_);
    process_->accept(wire);
    return wire;
  };
  stage_.enter = [this](std::unique_ptr<Device> device) -> Device& {
    return enter(std::move(device));
  };
  stage_.say = [this](const std::string& text) { say(text); };
  limit();
  give_keys();
}

void World::say(const std::string& text) {
  if (!options_.verbose) return;
  std::printf("%12.6f  %s\n", static_cast<double>(time_.now().count()) / 1e6, text.c_str());
}

void World::limit() {
  // What is on throughout is not hit, but counted once.
  for (const Fault fault :
       {Fault::kMarkLags, Fault::kCheckpointStale, Fault::kTicksFast, Fault::kNodeChurn,
        Fault::kGroupChurn, Fault::kPresenceChurn, Fault::kSmallQuota, Fault::kSmallWindow,
        Fault::kSmallInbox, Fault::kSmallBudget, Fault::kReturns}) {
    if (faults_.on(fault)) faults_.count(fault);
  }
  ops::Limits& limits = site_.limits;
  if (faults_.on(Fault::kSmallQuota)) limits.node_messages_max = 12;
  if (faults_.on(Fault::kSmallWindow)) {
    limits.window_messages = 2;
    limits.window_bytes = 600;
  }
  if (faults_.on(Fault::kSmallInbox)) site_.inbox_bytes = 1'500;
  if (faults_.on(Fault::kSmallBudget)) {
    limits.refusal_events = {3, 20};
    limits.session_events = {40, 900};
  }
  if (faults_.on(Fault::kReturns)) limits.undelivered_hours = 2;
  stage_.think = Micros(random_.between(10'000'000, 30'000'000));
}

Device& World::enter(std::unique_ptr<Device> device) {
  devices_.push_back(std::move(device));
  Device& entered = *devices_.back();
  if (!entered.is_twin()) {
    stage_.people[entered.account().person].devices.push_back(&entered);
  }
  return entered;
}

void World::populate() {
  const std::size_t people = random_.between(3, 6);
  for (std::size_t person = 0; person < people; ++person) {
    stage_.people.emplace_back();
    const std::string name = fmt::format("p{}", person);
    Device::Account account{.person = person};
    account.dialect = random_.chance(500) ? ops::Dialect::kTmtp : ops::Dialect::kMmtp;
    account.node = roster_.add_node({.name = name, .person = person});
    enter(std::make_unique<Device>(stage_, name, account)).wake();
  }
}

// ------------------------------------------------------------------------------------------
// weather

void World::every(Micros least, Micros most, std::function<void()> act) {
  const auto delay = random_.between(static_cast<std::uint64_t>(least.count()),
                                     static_cast<std::uint64_t>(most.count()));
  time_.after(Micros(delay), [this, least, most, act = std::move(act)] {
    act();
    every(least, most, act);
  });
}

void World::plan_weather() {
  const Micros hour = faults_.on(Fault::kTicksFast) ? Micros(7min) : Micros(1h);
  every(hour, hour, [this] {
    if (process_) process_->offer(ops::TickHour{});
  });
  every(2min, 10min, [this] {
    if (faults_.hit(Fault::kUtcBack, 500)) site_.utc_offset_us -= 5'000'000'000;
    if (faults_.hit(Fault::kUtcForward, 500)) site_.utc_offset_us += 7'000'000'000;
  });
  every(1min, 15min, [this] {
    if (!process_ || !faults_.hit(Fault::kDiskLow, 700)) return;
    process_->offer(ops::DiskLow{true});
    time_.after(Micros(random_.between(10'000'000, 200'000'000)), [this] {
      if (process_) process_->offer(ops::DiskLow{false});
    });
  });
  every(30s, 4min, [this] {
    if (process_ && faults_.hit(Fault::kFlush, 500)) disk_.flush();
  });
  plan_keys();
  every(10s, 4min, [this] {
    if (process_ && faults_.hit(Fault::kCrashIdle, 300)) crash("killed between two turns");
  });
  every(1min, 8min, [this] {
    if (!process_ || !faults_.hit(Fault::kCleanStop, 500)) return;
    process_->finish();
    if (process_) crash("stopped in good order", true);
  });
  every(20s, faults_.on(Fault::kCheckpointStale) ? Micros(30min) : Micros(90s),
        [this] { write_checkpoint(); });
  every(30s, 3min, [this] {
    if (faults_.hit(Fault::kStranger, 600)) stranger(false);
    if (faults_.hit(Fault::kSilentStranger, 600)) stranger(true);
  });
  every(3min, 15min, [this] {
    if (faults_.hit(Fault::kReconnectStorm, 600)) reconnect_storm();
  });
}

// Octets that no client sends, or none: the relay ends it soon, and nothing else happens.
void World::stranger(bool silent) {
  const auto wire = stage_.connect();
  if (!wire) return;
  wire->join(Wire::Side::kClient, {.heard = [](const std::string&) {}, .lost = [] {}});
  if (!silent) {
    static const std::vector<std::string> kWords = {
        "GET / HTTP/1.1\r\n\r\n",
        "0008{\"op\":0}",
        "ffff",
        "000d{\"op\":\"no\"  }",
        "0021{\"op\":3,\"uid\":\"x\",\"node\":\"%%%%\"}",
        "0009{\"op\":5 }"};
    wire->say(Wire::Side::kClient,
              random_.chance(300) ? random_.octets(random_.between(1, 200)) : random_.pick(kWords));
  }
  time_.after(kStrangerWithin, [this, wire] {
    if (wire->is_up(Wire::Side::kRelay) && !wire->is_tampered()) {
      oracle_.fault("a stranger holds its link for too long");
    }
    wire->hang_up(Wire::Side::kClient);
  });
}

void World::reconnect_storm() {
  say("all come at once");
  for (std::size_t i = 0; i < devices_.size(); ++i) devices_[i]->storm();
}

// ----------------------------------------------------------------------------------------------
// end

bool World::is_at_rest() { return why_not_at_rest().empty(); }

std::string World::why_not_at_rest() {
  if (!process_) return "the relay is down";
  for (const auto& device : devices_) {
    if (device->has_open()) return device->name() + " has no answer";
  }
  const state::Views& views = process_->engine().views();
  for (NodeNo node(1); node < views.next_node(); node = next(node)) {
    if (!views.node(node).dropped && !views.node(node).queue.empty()) {
      return fmt::format("{} messages wait for node {} (\"{}\")", views.node(node).queue.size(),
                         node.value(), *views.node(node).name);
    }
  }
  return {};
}

// Nothing goes wrong any more: all that is open must come to its end.
void World::close() {
  say("all is calm from here on");
  faults_.calm();
  stage_.closing = true;
  if (process_) process_->offer(ops::DiskLow{false});
  for (std::size_t i = 0; i < devices_.size(); ++i) devices_[i]->wake();
  const Micros end = time_.now() + kRestWithin;
  while (time_.now() < end && oracle_.faults().empty() && !is_at_rest()) {
    const Micros second = time_.now() + 1s;
    while (time_.step(second)) {
    }
  }
  if (const std::string why = why_not_at_rest(); !why.empty()) {
    return oracle_.fault("never came to rest: " + why);
  }
  crash("the last one", true);
  while (!process_ && time_.now() < end && oracle_.faults().empty()) time_.step(end);
  if (!process_) return;
  process_->finish();  // what a start tells the log
  scrub();
  oracle_.rows_left(disk_.live().rows.size(), disk_.bodies().size());
}

void World::tell_who_was_to_have_it() {
  const bool may_end_early = faults_.on(Fault::kSmallQuota) || faults_.on(Fault::kReturns);
  for (const Stage::Letter& letter : stage_.letters) {
    for (std::size_t node = 0; node < roster_.node_count(); ++node) {
      const std::string& name = roster_.node(node).name;
      if (roster_.may(node, letter.sender, letter.to, letter.span)) {
        oracle_.may_reach(letter.token, name);
      }
      if (!may_end_early && roster_.must(node, letter.sender, letter.to, letter.span)) {
        oracle_.must_reach(letter.token, name);
      }
    }
  }
}

Report World::run() {
  say((key_.empty() ? "plain; switched on: " : "sealed; switched on: ") + report_.switched_on);
  boot();
  populate();
  plan_weather();
  while (oracle_.faults().empty() && time_.step(options_.length)) {
  }
  if (oracle_.faults().empty()) {
    close();
    tell_who_was_to_have_it();
    (void)oracle_.finish();
  }
  report_.faults = oracle_.faults();
  report_.hits = faults_.hits();
  report_.counts = oracle_.counts();
  report_.simulated = time_.now();
  report_.requests = stage_.asked;
  report_.events = disk_.head().lsn.value();
  report_.data_keys = disk_.keyring() ? disk_.keyring()->data_keys() : 0;
  Sha256 octets;
  for (const Piece& piece : disk_.pieces()) octets.update(piece.octets);
  report_.disk = octets.finish();
  process_ = nullptr;
  return std::move(report_);
}

}  // namespace mnm::sim
