// Which moments are kept: when one is due, which are forgotten, and what a failure costs.
#include "ops/moment_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "ops/moments.h"
#include "ops/replay.h"
#include "support/engine_house.h"
#include "support/power_fs.h"
#include "support/temp_dir.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Moments : public ::testing::Test {
 protected:
  // So that octets don't matter.
  [[nodiscard]] MomentKeeper keeper(std::uint64_t events_min,
                                    std::function<bool()> has_room = {}) const {
    return {*house_.log,
            moments_,
            {.events_min = events_min,
             .octets_an_event = std::uint64_t{1} << 40,
             .has_room = std::move(has_room)}};
  }
  void offer(MomentKeeper& keeper) const {
    ViewsInMemory views(house_.views());
    keeper.offer(views, house_.log->durable());
  }
  // An event, and an offer.
  void go_on(MomentKeeper& keeper, int events = 1) {
    for (int i = 0; i < events; ++i) {
      house_.post(ann_, bob_.uid, "x");
      offer(keeper);
    }
  }
  [[nodiscard]] std::vector<Lsn> kept() const { return moments_.list().value(); }
  [[nodiscard]] Lsn head() const { return house_.log->durable().lsn; }

  TempDir dir_;
  TempDir trash_;
  std::shared_ptr<PowerFs> fs_ = std::make_shared<PowerFs>(trash_.path());
  House house_;
  House::Device ann_ = house_.join();
  House::Device bob_ = house_.join();
  Bases moments_ = moments_in(dir_.path(), nullptr, fs_);
};

TEST_F(Moments, AreKeptOfALogThatWasCopiedWithoutThem) {
  for (int i = 0; i < 9; ++i) house_.post(ann_, bob_.uid, "x");
  MomentKeeper kept_by = keeper(1);
  state::Views views;
  state::Changes changes;
  const auto fold = [&](Lsn through) { return replay(*house_.log, through, views, changes); };
  ASSERT_TRUE(fold_keeping_moments(kept_by, views, head(), fold));
  EXPECT_EQ(views.digest(), house_.views().digest());
  EXPECT_THAT(kept(), ElementsAre(head())) << "a step is longer than this log";
  EXPECT_EQ(moments_.check(head())->digest, views.digest());
}

TEST_F(Moments, AreTheViewsAsTheyWere) {
  MomentKeeper kept_by = keeper(1);
  go_on(kept_by);
  const Lsn then = head();
  const Hash digest = house_.views().digest();
  go_on(kept_by);
  const auto moment = latest_moment(moments_, *house_.log, then);
  ASSERT_TRUE(moment);
  EXPECT_EQ(moment->views.applied(), then);
  EXPECT_EQ(moment->views.digest(), digest);
  EXPECT_EQ(latest_moment(moments_, *house_.log, then + 1)->views.applied(), head());
}

TEST_F(Moments, AreKeptOnceInSoManyEvents) {
  MomentKeeper kept_by = keeper(10);
  go_on(kept_by, 30);
  EXPECT_THAT(kept(), ElementsAre(Lsn(11), Lsn(21), Lsn(31)));
}

TEST_F(Moments, AreFurtherApartWhereTheyAreLarge) {
  MomentKeeper kept_by(*house_.log, moments_, {.events_min = 1, .octets_an_event = 100});
  go_on(kept_by);
  const std::uint64_t octets = moments_.octets(head());
  EXPECT_GT(octets, 300U);
  go_on(kept_by, static_cast<int>(octets / 100) - 1);
  EXPECT_EQ(kept().size(), 1U);
  go_on(kept_by);
  EXPECT_EQ(kept().size(), 2U);
}

TEST_F(Moments, GoOnWhereAnEarlierRunStopped) {
  {
    MomentKeeper kept_by = keeper(1);
    go_on(kept_by);
  }
  const auto before = kept();
  MomentKeeper kept_by = keeper(1'000);
  go_on(kept_by, 3);
  EXPECT_EQ(kept(), before);
}

// The views are made anew from the first event: those that are there are passed by.
TEST_F(Moments, AreNotMadeTwiceByARebuild) {
  MomentKeeper kept_by = keeper(4);
  go_on(kept_by, 20);
  const auto before = kept();
  std::vector<std::filesystem::file_time_type> times;
  for (const Lsn lsn : before)
    times.push_back(std::filesystem::last_write_time(moments_.path(lsn)));
  MomentKeeper rebuild = keeper(4);
  state::Views views;
  state::Changes changes;
  for (Lsn through(1); through <= head(); through = next(through)) {
    const auto at = replay(*house_.log, through, views, changes);
    ASSERT_TRUE(at);
    ViewsInMemory in_memory(views);
    rebuild.offer(in_memory, *at);
  }
  EXPECT_THAT(kept(), ::testing::IsSupersetOf(before));
  EXPECT_LE(kept().size(), before.size() + 1) << "one before the first";
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(std::filesystem::last_write_time(moments_.path(before[i])), times[i]);
  }
}

TEST_F(Moments, OfAnotherLogAreNotTaken) {
  MomentKeeper kept_by = keeper(1);
  go_on(kept_by);
  House other;
  House::Device ann = other.join();
  House::Device bob = other.join();
  for (int i = 0; i < 5; ++i) other.post(ann, bob.uid, "something else");
  EXPECT_FALSE(latest_moment(moments_, *other.log, other.log->durable().lsn));
}

TEST_F(Moments, ThatAreDamagedArePassedOver) {
  MomentKeeper kept_by = keeper(1);
  go_on(kept_by);
  const Lsn whole = head();
  go_on(kept_by);
  std::ofstream(moments_.path(head()), std::ios::app) << "x";
  const auto moment = latest_moment(moments_, *house_.log, head());
  ASSERT_TRUE(moment);
  EXPECT_EQ(moment->views.applied(), whole);
}

TEST_F(Moments, AreNotKeptWithoutRoom) {
  bool room = false;
  MomentKeeper kept_by = keeper(1, [&room] { return room; });
  go_on(kept_by, 3);
  EXPECT_THAT(kept(), IsEmpty());
  room = true;
  go_on(kept_by);
  EXPECT_THAT(kept(), ElementsAre(head()));
}

TEST_F(Moments, ThatCantBeWrittenAreTriedAgainWhenTheNextIsDue) {
  MomentKeeper kept_by = keeper(5);
  PowerFs::Plan plan;
  plan.fail_at = 1;
  plan.keeps_failing = true;
  plan.failure = rocksdb::IOStatus::NoSpace("planned");
  offer(kept_by);
  const auto before = kept();
  fs_->plan(plan);
  go_on(kept_by, 8);
  EXPECT_EQ(kept(), before);
  fs_->plan({});
  go_on(kept_by, 8);
  EXPECT_GT(kept().size(), before.size());
}

TEST_F(Moments, GoWithTheEventsBeforeThem) {
  MomentKeeper kept_by = keeper(1);
  go_on(kept_by, 6);
  const Lsn through = kept()[2];
  house_.log->trim(next(through));
  offer(kept_by);
  EXPECT_GT(kept().front(), through);
  EXPECT_EQ(kept().back(), head());
}

TEST(MomentsToForget, AreOldOnes) {
  const auto forget = [](std::vector<Lsn> moments) {
    return moments_to_forget(moments, Lsn(1), moments.back());
  };
  EXPECT_THAT(forget({Lsn(10), Lsn(20), Lsn(30)}), IsEmpty());
  // From 1 to 20 without the first: 19 events, and 19 * 8 after it.
  EXPECT_THAT(forget({Lsn(10), Lsn(20), Lsn(171)}), IsEmpty());
  EXPECT_THAT(forget({Lsn(10), Lsn(20), Lsn(172)}), ElementsAre(Lsn(10)));
}

// Kept every `spacing` events for long: few, and never far from any moment.
TEST(MomentsToForget, LeaveFewAndNoneFar) {
  constexpr std::uint64_t kSpacing = 1'000;
  constexpr std::uint64_t kEnd = 1'000'000;
  std::vector<Lsn> kept;
  for (Lsn lsn(kSpacing); lsn <= Lsn(kEnd); lsn = lsn + kSpacing) {
    kept.push_back(lsn);
    for (const Lsn gone : moments_to_forget(kept, Lsn(1), lsn)) std::erase(kept, gone);
  }
  EXPECT_LT(kept.size(), 70U);
  Lsn before(1);
  for (const Lsn lsn : kept) {
    const std::uint64_t age = kEnd - lsn.value();
    EXPECT_LE(lsn.value() - before.value(), std::max(kSpacing, age / 8 + 1)) << lsn.value();
    before = lsn;
  }
  EXPECT_EQ(kept.back(), Lsn(kEnd));
}

}  // namespace
}  // namespace mnm::ops
