// Old events are given up: what is left adds up to the same, whenever the power goes.
#include "ops/retention.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "ops/checkpoint.h"
#include "ops/engine.h"
#include "ops/replay.h"
#include "support/event_log.h"
#include "support/power_fs.h"
#include "support/spoil.h"
#include "support/temp_dir.h"

namespace mnm::ops {
namespace {

namespace fs = std::filesystem;

const EngineClock kClock{[] { return std::uint64_t{1}; }, [] { return std::uint64_t{1}; }};

// Two users; 40 posts, of which every second is acked at once. 42 records and more.
void write_history(EventLog& log) {
  log.begin_epoch(1);
  log.start();
  log.register_user(1, "ANN", 1, "ann-smith");
  log.register_user(2, "BOB", 2);
  log.log_in(1, 1, 1);
  log.commit();
  for (int i = 0; i < 40; ++i) {
    const Lsn id = log.post(1, 1, {NodeNo(2)}, "letter " + std::to_string(i), {2});
    log.commit();
    if (i % 2 == 0) continue;
    log.ack(2, 2, id);
    log.move_time(60);
    log.commit();
  }
}

class Retaining : public ::testing::Test {
 protected:
  Retaining() { write_history(log_); }

  [[nodiscard]] Bases bases() const { return Bases(log_.directory()); }
  // What a start without a checkpoint finds.
  [[nodiscard]] Hash rebuilt() {
    auto base = bases().latest(log_.log(), log_.head());
    CHECK(base) << base.error().text;
    state::Changes changes;
    const auto done = replay(log_.log(), Lsn(), base->views, changes);
    CHECK(done) << done.error().text;
    return base->views.digest();
  }
  // All steps, as the relay takes them.
  std::optional<TrimPlan> give_up(Lsn before) {
    const auto plan = plan_trim(log_.log(), before);
    CHECK(plan) << plan.error().text;
    if (!plan->has_value()) return std::nullopt;
    const auto fact = make_base(log_.log(), bases(), **plan);
    CHECK(fact) << fact.error().text;
    *log_.add().mutable_trimmed() = *fact;
    log_.commit();
    const auto trimmed = log_.log().trim(next((*plan)->through.lsn));
    CHECK(trimmed) << trimmed.error().text;
    return *plan;
  }

  TempDir directory_;
  EventLog log_{directory_ / "data"};
};

TEST_F(Retaining, PlansWholeRecordsAndNeverTheLastOne) {
  const auto none = plan_trim(log_.log(), Lsn(1));
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value());
  const auto some = plan_trim(log_.log(), Lsn(9));
  ASSERT_TRUE(some && some->has_value());
  EXPECT_EQ((*some)->first, Lsn(1));
  EXPECT_EQ((*some)->through.lsn, Lsn(8));
  EXPECT_EQ((*some)->events, 8U);
  EXPECT_GT((*some)->octets, 8U * 20);
  const auto all = plan_trim(log_.log(), next(next(log_.head())));
  ASSERT_TRUE(all && all->has_value());
  EXPECT_LT((*all)->through.lsn, log_.head());
}

TEST_F(Retaining, IsAnsweredRightlyFromTheBaseOn) {
  for (const Lsn before : {Lsn(12), Lsn(13), log_.head()}) {
    ASSERT_TRUE(give_up(before));
    EXPECT_EQ(rebuilt(), log_.views().digest());
    EXPECT_EQ(log_.log().tail(), next(log_.views().trimmed()));
  }
  EXPECT_FALSE(give_up(Lsn(5))) << "it went before";
  const auto lsns = bases().list();
  ASSERT_TRUE(lsns);
  EXPECT_EQ(lsns->size(), 3U);
  ASSERT_TRUE(bases().remove_before(lsns->back()));
  EXPECT_EQ(bases().list()->size(), 1U);
  EXPECT_EQ(rebuilt(), log_.views().digest());
}

TEST_F(Retaining, LeavesWhatWaitsAlone) {
  give_up(log_.head());
  std::size_t waiting = 0;
  for (const std::uint64_t id :
       log_.views().node(NodeNo(2)).queue.lane(state::Lane::kNormal).entries()) {
    EXPECT_TRUE(log_.log().message(Lsn(id)));
    ++waiting;
  }
  EXPECT_EQ(waiting, 20U);
}

TEST_F(Retaining, KeepsTheRangeOfAllRecordsGoingOverSeveralTrims) {
  log::MerkleRange all;
  const auto scanner = log_.log().scan(Lsn(1));
  for (auto record = scanner->next(); record && record->has_value(); record = scanner->next()) {
    if ((*record)->last() < Lsn(30)) all.append((*record)->chain);
  }
  give_up(Lsn(11));
  give_up(Lsn(30));
  const auto base = bases().latest(log_.log(), log_.head());
  ASSERT_TRUE(base);
  EXPECT_EQ(base->info.range, all);
}

TEST_F(Retaining, RefusesADamagedBaseAndNamesIt) {
  give_up(Lsn(30));
  const std::string path = log_.directory() + "/base/" + Bases::name(log_.views().trimmed());
  testing::spoil(path, 100);
  auto base = bases().latest(log_.log(), log_.head());
  ASSERT_FALSE(base);
  EXPECT_EQ(base.error().code, ErrorCode::kCorruption);
  EXPECT_NE(base.error().text.find(path), std::string::npos);
  fs::remove(path);
  base = bases().latest(log_.log(), log_.head());
  ASSERT_FALSE(base);
  EXPECT_NE(base.error().text.find("no base"), std::string::npos);
}

TEST_F(Retaining, RebuildsACheckpointFromTheBase) {
  give_up(Lsn(30));
  const std::string views = log_.directory() + "/views";
  {
    auto checkpoint = Checkpoint::open(views);
    ASSERT_TRUE(checkpoint);
    const auto restored = restore_views(log_.log(), **checkpoint, bases());
    ASSERT_TRUE(restored) << restored.error().text;
    EXPECT_EQ(restored->views.digest(), log_.views().digest());
  }
  auto checkpoint = Checkpoint::open(views);
  ASSERT_TRUE(checkpoint);
  state::Views loaded;
  ASSERT_TRUE((*checkpoint)->load(loaded));
  EXPECT_EQ(loaded.digest(), log_.views().digest()) << "the whole base is in the checkpoint";
}

TEST_F(Retaining, FindsTheFirstEventOfATime) {
  const auto first = log_.log().read(Lsn(1));
  ASSERT_TRUE(first);
  event::Event event;
  ASSERT_TRUE(parse_event(Lsn(1), first->events.front(), event));
  const std::uint64_t begin = event.time_ns();
  EXPECT_EQ(first_at_or_after(log_.log(), 0), Lsn(1));
  EXPECT_EQ(first_at_or_after(log_.log(), begin), Lsn(1));
  EXPECT_EQ(first_at_or_after(log_.log(), begin + 10'000'000'000'000), next(log_.head()));
  const auto later = first_at_or_after(log_.log(), begin + 1);
  ASSERT_TRUE(later);
  EXPECT_GT(*later, Lsn(6));
  EXPECT_LT(*later, Lsn(12));
}

// The steps on a disk that loses power at any of its calls, with all that wasn't synced.
class RetainingInThePowerCut : public ::testing::Test {
 protected:
  struct Relay {
    log::Store store;
    state::Views views;
  };
  // A start: the log, the views from base and log, and the engine's own first steps.
  Result<> start(Relay& relay) {
    log::OpenOptions options;
    options.directory = data_;
    options.file_system = fs_;
    options.high_water_sync_ms = 0;
    auto store = log::open_store(options);
    if (!store) return fail(store.error());
    relay.store = std::move(*store);
    auto base = bases().latest(*relay.store.log, relay.store.log->durable().lsn);
    if (!base) return fail(base.error());
    relay.views = std::move(base->views);
    state::Changes changes;
    if (auto done = replay(*relay.store.log, Lsn(), relay.views, changes); !done) {
      return fail(done.error());
    }
    return {};
  }
  Result<> retain(Relay& relay, Lsn before) {
    log::Log& log = *relay.store.log;
    const auto plan = plan_trim(log, before);
    if (!plan) return fail(plan.error());
    if (!plan->has_value()) return {};
    auto fact = make_base(log, bases(), **plan);
    if (!fact) return fail(fact.error());
    Engine engine(log, relay.views, Limits{}, kClock);
    std::vector<Request> requests(1);
    requests[0].command = Trim{std::move(*fact)};
    if (auto done = engine.turn(requests); !done) return fail(done.error());
    relay.views = engine.views();
    return bases().remove_before((*plan)->through.lsn);
  }
  [[nodiscard]] Bases bases() const { return Bases(data_, nullptr, fs_); }

  TempDir directory_{TempDir::in_memory()};
  TempDir trash_{TempDir::in_memory()};
  std::shared_ptr<PowerFs> fs_ = std::make_shared<PowerFs>(trash_.path());
  const std::string data_ = directory_ / "data";
};

TEST_F(RetainingInThePowerCut, ALogStartsAndAddsUpAfterACutAtEachStep) {
  const std::string original = directory_ / "original";
  {
    EventLog log(original);
    write_history(log);
  }
  std::mt19937_64 random(20261125);
  std::size_t cuts = 0;
  for (std::uint64_t cut_at = 1; cut_at < 200; ++cut_at) {
    fs::remove_all(data_);
    fs::copy(original, data_, fs::copy_options::recursive);
    fs_ = std::make_shared<PowerFs>(trash_.path());
    state::Views before;
    {
      Relay relay;
      ASSERT_TRUE(start(relay));
      before = relay.views;
      PowerFs::Plan plan;
      plan.cut_at = cut_at;
      fs_->plan(plan);
      const auto first = retain(relay, Lsn(20));
      const auto second = first ? retain(relay, Lsn(40)) : first;
      if (second && !fs_->dead()) break;  // past the last call
      fs_->cut_power();
    }
    ++cuts;
    fs_->lose_unsynced(random);
    fs_->plan({});
    Relay relay;
    const auto started = start(relay);
    ASSERT_TRUE(started) << "cut at call " << cut_at << ": " << started.error().text;
    // The events given up, and the rest again, are the same views; only Trimmed events come on top.
    for (const Lsn id : {Lsn(7), Lsn(30)}) {
      EXPECT_EQ(relay.views.message(id).has_value(), before.message(id).has_value()) << cut_at;
    }
    EXPECT_EQ(relay.views.message_count(), before.message_count()) << cut_at;
    EXPECT_GE(relay.views.applied(), before.applied());
    {
      Engine engine(*relay.store.log, relay.views, Limits{}, kClock);
      ASSERT_TRUE(engine.start({.boot_id = "boot", .version = "test"})) << cut_at;
      relay.views = engine.views();
    }
    ASSERT_TRUE(retain(relay, Lsn(40))) << "it goes on: " << cut_at;
    EXPECT_GT(relay.store.log->tail(), Lsn(30)) << cut_at;
  }
  EXPECT_GT(cuts, 10U);
}

}  // namespace
}  // namespace mnm::ops
