// The relay's life in a simulated world: how it starts over its disk, and all the ways in which it
// ends.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ops/replay.h"
#include "sim/world.h"
#include "state/rows.h"

namespace mnm::sim {
namespace {

constexpr std::uint64_t kCutOfThousand = 2;
constexpr std::uint64_t kWholeReplayOfThousand = 150;  // starts that look at the whole log, too
constexpr std::uint64_t kCursorTurns = 16;             // a look at the cursors every so many turns

struct FateOf {
  Fault fault;
  Fate fate;
};
constexpr std::array kFates = {
    FateOf{Fault::kCrashBeforeAppend, Fate::kCutBefore},
    FateOf{Fault::kCrashWriteLost, Fate::kCutLost},
    FateOf{Fault::kCrashWriteTorn, Fate::kCutTorn},
    FateOf{Fault::kCrashWriteReorder, Fate::kCutReordered},
    FateOf{Fault::kCrashWriteGarbage, Fate::kCutGarbage},
    FateOf{Fault::kCrashWriteStays, Fate::kCutStays},
    FateOf{Fault::kCrashAfterAppend, Fate::kCutAfter},
    FateOf{Fault::kAppendFailsLost, Fate::kFailsLost},
    FateOf{Fault::kAppendFailsStored, Fate::kFailsStored},
    FateOf{Fault::kAppendFailsTorn, Fate::kFailsTorn},
};

constexpr std::array kDamages = {Fault::kMarkLost,     Fault::kWalBitFlip,   Fault::kWalHole,
                                 Fault::kWalEndLost,   Fault::kRecordLost,   Fault::kRecordSpoilt,
                                 Fault::kRecordForged, Fault::kBodyLost,     Fault::kBodyCut,
                                 Fault::kKeyringLost,  Fault::kKeyringSpoilt};

}  // namespace

// --------------------------------------------------------------------------------------
// checkpoints

Result<> Checkpoint::write(const log::Reader& log, const ops::RowSeal& seal) {
  state::Changes changes;
  changes.track = true;
  const auto done = ops::replay(log, Lsn(), views_, changes);
  if (!done) return fail(done.error());
  std::string key_room;
  std::string value_room;
  state::RowWriter(views_, [&](std::string_view key, std::string_view value) {
    const std::string stored(seal.stored_key(key, key_room));
    if (value.empty()) {
      rows_.erase(stored);
    } else {
      rows_[stored] = seal.stored_value(stored, value, value_room);
    }
  }).write_touched(changes);
  return {};
}

std::vector<Piece> Checkpoint::pieces() const {
  std::vector<Piece> all;
  for (const auto& [key, value] : rows_) {
    all.push_back({"the key of a checkpoint's row", key});
    all.push_back({"a checkpoint's row", value});
  }
  return all;
}

std::optional<state::Views> Checkpoint::load(const ops::RowSeal& seal) const {
  state::Views views;
  state::RowReader reader(views);
  std::string room;
  for (const auto& [key, stored] : rows_) {
    const auto value = seal.value(key, stored, room);
    if (!value || !reader.add(key, *value)) return std::nullopt;
  }
  if (!reader.finish(views_.applied())) return std::nullopt;
  return views;
}

void Checkpoint::spoil(Random& random) {
  if (rows_.empty()) return;
  const auto at = std::next(rows_.begin(), static_cast<std::ptrdiff_t>(random.below(rows_.size())));
  char& octet = at->second[random.below(at->second.size())];
  octet = static_cast<char>(octet ^ (1U << random.below(8)));
}

void World::write_checkpoint() {
  if (!process_) return;
  const ops::RowSeal seal(disk_.keyring());
  if (const auto done = checkpoint_.write(process_->log(), seal); !done) {
    oracle_.fault("a checkpoint can't be written: " + done.error().text);
  }
}

// --------------------------------------------------------------------------------------------
// start

void World::boot_again(Micros delay) {
  time_.after(delay, [this] {
    if (!process_) boot();
  });
}

// What was to be refused is put right; else it is a fault.
std::nullopt_t World::refused(const Error& error) {
  if (!damaged_) {
    oracle_.fault("refused to start over an honest disk: " + error.text);
    return std::nullopt;
  }
  say("refused to start: " + error.text);
  ++report_.refused_starts;
  disk_.image() = std::move(damaged_->whole);
  damaged_.reset();
  boot_again(1s);
  return std::nullopt;
}

// Folds the rest of the log into `views`; on the way, where the last process ended between two
// turns, they must be what its own were.
Result<> World::fold(state::Views& views, const char* which) {
  const DiskLog log(disk_, faults_);
  state::Changes changes;
  if (live_ && live_->lsn >= views.applied()) {
    if (const auto part = ops::replay(log, live_->lsn, views, changes); !part) {
      return fail(part.error());
    }
    if (views.applied() != live_->lsn) {
      oracle_.fault(fmt::format("the log ends at LSN {}, it was durable up to {}",
                                views.applied().value(), live_->lsn.value()));
    }
    oracle_.digests(which, live_->lsn, live_->digest, views.digest());
  }
  const auto all = ops::replay(log, Lsn(), views, changes);
  return all ? Result<>() : fail(all.error());
}

// The views that the log gives, from a checkpoint, or from its beginning, or both ways; none when
// it is refused.
std::optional<state::Views> World::restore() {
  const ops::RowSeal seal(disk_.keyring());
  if (faults_.hit(Fault::kCheckpointSpoilt, 200)) {
    Checkpoint spoilt = checkpoint_;
    spoilt.spoil(random_);
    (void)spoilt.load(seal);  // it may say no, or not know; it may not fall over
  }
  if (faults_.hit(Fault::kCheckpointLost, 300)) checkpoint_ = Checkpoint();
  std::optional<state::Views> loaded;
  if (!checkpoint_.is_empty()) {
    loaded = checkpoint_.load(seal);
    if (!loaded) return oracle_.fault("a checkpoint can't be loaded"), std::nullopt;
    const auto done = fold(*loaded, "the live views, and a checkpoint with the rest");
    if (!done) return refused(done.error());
    if (!damaged_ && !random_.chance(kWholeReplayOfThousand)) return loaded;
  }
  state::Views views;
  const auto done = fold(views, "the live views, and the log replayed");
  if (!done) return refused(done.error());
  if (loaded) {
    oracle_.digests("the log replayed, and a checkpoint with the rest", views.applied(),
                    views.digest(), loaded->digest());
  }
  return views;
}

void World::boot() {
  rekey_stopped();
  try_wrong_key();
  try {
    const auto recovered = recover();
    if (!recovered && recovered.error().code == ErrorCode::kUnavailable) {
      say("the start failed: " + recovered.error().text);
      return boot_again(1s);
    }
    if (!recovered) {
      refused(recovered.error());
      return;
    }
  } catch (const PowerCut&) {
    say("the power was cut before it started");
    return boot_again(1s);
  }
  auto views = restore();
  if (!views) return;
  if (damaged_) {
    if (disk_.live() != damaged_->before) {
      oracle_.fault("damage went unnoticed: " + damaged_->what);
    }
    damaged_.reset();
  }
  live_.reset();
  ++report_.starts;
  starting_ = true;
  try {
    process_ = std::make_unique<Process>(site_, std::move(*views));
    if (!process_->start()) crash("its first append failed");
  } catch (const PowerCut&) {
    crash("the power was cut while it started");
  }
  starting_ = false;
  if (!process_) return;
  say("the relay is up");
  tell_of_rekey(true);
}

// ----------------------------------------------------------------------------------------------
// end

void World::crash(const char* how, bool clean) {
  if (!process_) return;
  say(how);
  const ops::Engine& engine = process_->engine();
  const bool between_turns =
      engine.durable().lsn == engine.views().applied() && engine.durable() == disk_.head();
  if (between_turns) live_ = Known{engine.durable().lsn, engine.views().digest()};
  // A process that is killed clears nothing away.
  const auto bodies = disk_.bodies();
  process_ = nullptr;
  disk_.bodies() = bodies;
  clean ? disk_.stop() : disk_.power_off();
  if (between_turns) damage();
  if (faults_.hit(Fault::kCrashStorm, 100)) storm_left_ = static_cast<int>(random_.between(1, 5));
  const bool soon = random_.chance(700);
  boot_again(Micros(random_.between(10'000, soon ? 500'000 : 20'000'000)));
}

void World::damage() {
  for (const Fault fault : kDamages) {
    if (!faults_.hit(fault, 60)) continue;
    Damaged damaged{{}, disk_.image(), disk_.before()};
    damaged.what = disk_.damage(fault);
    if (damaged.what.empty()) continue;
    say("damaged: " + damaged.what);
    damaged.what = fmt::format("{}: {}", name_of(fault), damaged.what);
    damaged_ = std::move(damaged);
    return;
  }
}

Fate World::next_fate() {
  const bool storms = storm_left_ > 0 && !faults_.is_calm();
  const bool in_recovery = starting_ && faults_.hit(Fault::kCrashInRecovery, 200);
  if (storms || in_recovery) {
    storm_left_ -= storms ? 1 : 0;
    return kFates.at(random_.below(kFates.size())).fate;
  }
  for (const FateOf& each : kFates) {
    if (faults_.hit(each.fault, kCutOfThousand)) return each.fate;
  }
  return Fate::kDone;
}

// ---------------------------------------------------------------------------------------------
// looks

void World::turned() {
  if (!disk_.misuse().empty()) oracle_.fault("the log is misused: " + disk_.misuse());
  if (++turns_ % kCursorTurns == 0) look_at_cursors();
}

void World::look_at_cursors() {
  const state::Views& views = process_->engine().views();
  for (NodeNo node(1); node < views.next_node(); node = next(node)) {
    std::uint64_t cursor = views.applied().value();
    for (const state::Lane lane : state::kLanes) {
      const auto waiting = views.node(node).queue.lane(lane).entries();
      if (!waiting.empty()) cursor = std::min(cursor, waiting.front() - 1);
    }
    oracle_.cursor(fmt::format("node {}", node.value()), cursor);
  }
}

}  // namespace mnm::sim
