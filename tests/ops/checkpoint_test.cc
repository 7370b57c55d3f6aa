#include "ops/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "ops/base.h"
#include "ops/projector.h"
#include "support/engine_house.h"
#include "support/power_fs.h"
#include "support/temp_dir.h"

namespace mnm::ops {
namespace {

using Device = House::Device;

class CheckpointTest : public testing::Test {
 protected:
  std::unique_ptr<Checkpoint> open() {
    auto opened = Checkpoint::open(dir_.path() + "/views");
    CHECK(opened) << opened.error().text;
    return std::move(*opened);
  }
  Restored restore() {
    const auto checkpoint = open();
    auto restored = restore_views(*house_.log, *checkpoint, bases_);
    CHECK(restored) << restored.error().text;
    EXPECT_EQ(restored->views.digest(), house_.views().digest());
    EXPECT_EQ(restored->at, house_.log->durable());
    return std::move(*restored);
  }
  void some_traffic() {
    Device ann = house_.join();
    Device bob = house_.join();
    for (int i = 0; i < 600; ++i) house_.post(ann, bob.uid, "x");
    for (int i = 0; i < 100; ++i)
      house_.ack(bob, house_.delivered(bob)[static_cast<std::size_t>(i)]);
  }

  TempDir dir_;
  Bases bases_{dir_.path()};
  House house_;
};

TEST_F(CheckpointTest, IsBuiltFromTheLogWhereThereIsNone) {
  some_traffic();
  EXPECT_FALSE(restore().checkpoint);
}

TEST_F(CheckpointTest, SparesTheHistory) {
  some_traffic();
  const Lsn end = restore().at.lsn;
  some_traffic();
  EXPECT_EQ(restore().checkpoint, end);
}

TEST_F(CheckpointTest, HasItsDigestWithoutBeingLoaded) {
  EXPECT_EQ(open()->digest().value(), Hash{}) << "there is none";
  restore();
  some_traffic();  // queues of several stretches, one of them begun in its middle
  restore();
  EXPECT_EQ(open()->digest().value(), house_.views().digest());
  const auto reader = CheckpointReader::open(dir_.path() + "/views");
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->digest().value(), house_.views().digest());
}

TEST_F(CheckpointTest, IsRebuiltWhenItIsNotOfThisLog) {
  some_traffic();
  restore();
  House other;
  Device ann = other.join();
  Device bob = other.join();
  for (int i = 0; i < 3000; ++i) other.post(ann, bob.uid, "x");
  const auto checkpoint = open();
  const auto restored = restore_views(*other.log, *checkpoint, bases_);
  ASSERT_TRUE(restored);
  EXPECT_FALSE(restored->checkpoint);
  EXPECT_EQ(restored->views.digest(), other.views().digest());
}

TEST_F(CheckpointTest, IsKeptUpByTheProjector) {
  const auto first = restore();
  {
    const auto checkpoint = open();
    Projector projector(*house_.log, *checkpoint, first, {.events_max = 100});
    for (int round = 0; round < 5; ++round) {
      some_traffic();
      ASSERT_TRUE(projector.step());
    }
  }
  EXPECT_EQ(restore().checkpoint, house_.log->durable().lsn);
}

TEST_F(CheckpointTest, IsWholeViewsForThoseWhoKeepThem) {
  Device ann = house_.join();
  Device bob = house_.join();
  house_.post(ann, bob.uid, "x");
  const auto first = restore();
  house_.ack(bob, house_.post(ann, bob.uid, "y"));
  const auto checkpoint = open();
  BaseInfo kept;
  const auto keep = [&](WholeViews& saved, const log::Position& at) {
    kept = bases_.write(saved, at, {}).value();
  };
  Projector projector(*house_.log, *checkpoint, first, {.saved = keep});
  ASSERT_TRUE(projector.step());
  EXPECT_EQ(kept.digest, house_.views().digest());
  const auto loaded = bases_.load(house_.log->durable().lsn);
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->info.digest, kept.digest);
}

// As after an error of the disk below it: told, and gone on with when the rows can be read again.
TEST_F(CheckpointTest, IsOlderWhileARowCannotBeRead) {
  Device ann = house_.join();
  Device bob = house_.join();
  const auto first = restore();
  {
    const auto checkpoint = open();
    const std::string key = state::row_key(state::RowClass::kNode, 2);
    const std::string value = checkpoint->rows().row(key).value().value();
    ASSERT_TRUE(checkpoint->row_store().write_rows({{key, ""}}));
    house_.post(ann, bob.uid, "x");
    std::size_t seen = 0;
    Projector projector(*house_.log, *checkpoint, first,
                        {.seen = [&seen](Lsn, const event::Event&) { ++seen; }});
    for (int i = 0; i < 2; ++i) {
      const auto stepped = projector.step();
      ASSERT_FALSE(stepped);
      EXPECT_EQ(stepped.error().code, ErrorCode::kCorruption);
      EXPECT_EQ(checkpoint->position()->lsn, first.at.lsn);
    }
    EXPECT_EQ(seen, 1U) << "told of once, however often it is tried";
    ASSERT_TRUE(checkpoint->row_store().write_rows({{key, value}}));
    ASSERT_TRUE(projector.step());
  }
  EXPECT_EQ(restore().checkpoint, house_.log->durable().lsn);
}

// Several segments of one lane, which is let go of and read again.
TEST_F(CheckpointTest, KeepsLongQueuesThroughTheProjector) {
  Device ann = house_.join();
  Device bob = house_.join();
  const auto first = restore();
  {
    const auto checkpoint = open();
    Projector projector(*house_.log, *checkpoint, first, {.events_max = 50});
    for (int i = 0; i < 700; ++i) house_.post(ann, bob.uid, "x");
    ASSERT_TRUE(projector.step());
    std::size_t next_acked = 0;
    for (const std::size_t acked : {1, 300, 2}) {
      for (int i = 0; i < 3; ++i) {  // long enough to let go of it
        house_.join();
        ASSERT_TRUE(projector.step());
      }
      for (std::size_t i = 0; i < acked; ++i) {
        house_.ack(bob, house_.delivered(bob).at(next_acked++));
      }
      house_.post(ann, bob.uid, "y");
      ASSERT_TRUE(projector.step());
      EXPECT_EQ(*checkpoint->digest(), house_.views().digest()) << acked;
    }
  }
  EXPECT_EQ(restore().checkpoint, house_.log->durable().lsn);
}

TEST_F(CheckpointTest, LosesTheMessagesThatWentWheneverTheyCame) {
  Device ann = house_.join();
  Device bob = house_.join();
  const Lsn earlier = house_.post(ann, bob.uid, "before the checkpoint");
  restore();
  house_.ack(bob, earlier);
  house_.ack(bob, house_.post(ann, bob.uid, "came and went"));
  house_.post(ann, bob.uid, "waits");
  restore();
  EXPECT_EQ(restore().views.message_count(), 1U);
}

TEST_F(CheckpointTest, HoldsSessionsAndPresenceForThoseWhoLook) {
  Device ann = house_.join();
  Device bob = house_.join();
  house_.run(ann, OhiEdit{.type = OhiType::kAdd, .for_uids = {bob.uid}});
  restore();
  const auto checkpoint = open();
  state::Views views;
  ASSERT_TRUE(checkpoint->load(views));
  EXPECT_EQ(views.node(NodeNo(1)).session, ann.session);
  EXPECT_EQ(views.user(UserNo(2)).presence->sources, std::vector{UserNo(1)});
}

TEST_F(CheckpointTest, StopsItsThreadWithALastCheckpoint) {
  const auto first = restore();
  {
    const auto checkpoint = open();
    Projector projector(*house_.log, *checkpoint, first, {.interval = std::chrono::hours(1)});
    projector.start();
    some_traffic();
    projector.stop();
  }
  EXPECT_EQ(restore().checkpoint, house_.log->durable().lsn);
}

// Whoever starts a relay at a priority of its own means all of it.
TEST_F(CheckpointTest, IsWrittenByAThreadThatIsNicerThanWhoeverStartsIt) {
  const auto first = restore();
  some_traffic();
  int starter = 0;
  int projector_thread = 0;
  std::thread([&] {
    starter = std::min(::getpriority(PRIO_PROCESS, 0) + 1, 19);
    ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, starter), 0);
    const auto checkpoint = open();
    const auto look = [&](Lsn, const event::Event&) {
      projector_thread = ::getpriority(PRIO_PROCESS, 0);
    };
    Projector projector(*house_.log, *checkpoint, first, {.seen = look});
    projector.start();
    projector.stop();
  }).join();
  EXPECT_EQ(projector_thread, std::min(starter + 5, 19));
}

// Counts how far each scan came.
class WatchedLog final : public log::Reader {
 public:
  explicit WatchedLog(const log::Reader& log) : log_(log) {}
  [[nodiscard]] log::Position durable() const override { return log_.durable(); }
  [[nodiscard]] Lsn tail() const override { return log_.tail(); }
  [[nodiscard]] Result<log::Record> read(Lsn lsn) const override { return log_.read(lsn); }
  [[nodiscard]] Result<std::string> message(Lsn id) const override { return log_.message(id); }
  [[nodiscard]] std::unique_ptr<log::Scanner> scan(Lsn from) const override {
    return std::make_unique<Counting>(log_.scan(from), longest);
  }
  mutable std::size_t longest = 0;

 private:
  class Counting final : public log::Scanner {
   public:
    Counting(std::unique_ptr<log::Scanner> scanner, std::size_t& longest)
        : scanner_(std::move(scanner)), longest_(longest) {}
    Result<std::optional<log::Record>> next() override {
      auto record = scanner_->next();
      if (record && record->has_value()) events_ += (*record)->events.size();
      longest_ = std::max(longest_, events_);
      return record;
    }

   private:
    const std::unique_ptr<log::Scanner> scanner_;
    std::size_t& longest_;
    std::size_t events_ = 0;
  };
  const log::Reader& log_;
};

TEST_F(CheckpointTest, IsKeptUpWithShortScans) {
  const auto first = restore();
  {
    const auto checkpoint = open();
    some_traffic();
    const WatchedLog log(*house_.log);
    Projector projector(log, *checkpoint, first, {.events_max = 100});
    ASSERT_TRUE(projector.step());
    EXPECT_GE(log.longest, 100U);
    EXPECT_LT(log.longest, 200U);
  }
  EXPECT_EQ(restore().checkpoint, house_.log->durable().lsn);
}

// The disk is full at any of the calls, once, or from then on until somebody frees some.
class FullDisk : public CheckpointTest, public testing::WithParamInterface<bool> {
 protected:
  Result<std::unique_ptr<Checkpoint>> try_open() {
    return Checkpoint::open(dir_.path() + "/views", fs_);
  }
  void fail_at(std::uint64_t call) {
    PowerFs::Plan plan;
    plan.fail_at = call;
    plan.keeps_failing = GetParam();
    plan.failure = rocksdb::IOStatus::NoSpace("planned");
    plan.applied = call % 2 == 0;
    fs_->plan(plan);
  }
  // Messages that come and go, and one that stays.
  void traffic() {
    const Lsn first = house_.post(ann_, bob_.uid, "goes in the next round");
    if (goes_) house_.ack(bob_, goes_);
    goes_ = first;
    house_.post(ann_, bob_.uid, "stays");
  }
  TempDir trash_;
  std::shared_ptr<PowerFs> fs_ = std::make_shared<PowerFs>(trash_.path());
  Device ann_ = house_.join();
  Device bob_ = house_.join();
  Lsn goes_;
};

TEST_P(FullDisk, HoldsTheCheckpointUpButNotForEver) {
  std::size_t failures = 0;
  for (std::uint64_t call = 1; call < 12; ++call) {
    auto checkpoint = try_open();
    ASSERT_TRUE(checkpoint) << checkpoint.error().text;
    traffic();
    auto first = restore_views(*house_.log, **checkpoint, bases_);
    ASSERT_TRUE(first);
    fail_at(call);
    Projector projector(*house_.log, **checkpoint, *first, {.events_max = 1});
    for (int round = 0; round < 4; ++round) {
      traffic();
      failures += projector.step() ? 0 : 1;
    }
    fs_->plan({});
    ASSERT_TRUE(projector.step());
    checkpoint->reset();
    const auto restored = restore();
    EXPECT_EQ(restored.checkpoint, house_.log->durable().lsn) << call;
    EXPECT_EQ(restored.views.message_count(), house_.views().message_count()) << call;
  }
  EXPECT_GT(failures, 5U);
}

TEST_P(FullDisk, AtTheStartLeavesTheCheckpointToTheProjector) {
  auto checkpoint = try_open();
  ASSERT_TRUE(checkpoint);
  ASSERT_TRUE(restore_views(*house_.log, **checkpoint, bases_));
  traffic();
  fail_at(1);
  auto restored = restore_views(*house_.log, **checkpoint, bases_);
  ASSERT_TRUE(restored) << restored.error().text;
  EXPECT_TRUE(restored->unsaved.track);
  EXPECT_EQ(restored->views.digest(), house_.views().digest());
  fs_->plan({});
  Projector projector(*house_.log, **checkpoint, *restored, {});
  ASSERT_TRUE(projector.step());
  checkpoint->reset();
  EXPECT_EQ(restore().checkpoint, house_.log->durable().lsn);
}

INSTANTIATE_TEST_SUITE_P(Once, FullDisk, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(ForGood, FullDisk, testing::Values(true));

}  // namespace
}  // namespace mnm::ops
