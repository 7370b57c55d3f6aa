#include "ops/checkpoint.h"

#include <gtest/gtest.h>

#include "ops/projector.h"
#include "support/engine_house.h"
#include "support/temp_dir.h"

namespace mnm::ops {
namespace {

using Device = House::Device;

class CheckpointTest : public testing::Test {
 protected:
  std::unique_ptr<Checkpoint> open() {
    auto opened = Checkpoint::open(dir_.path() + "/views", Checkpoint::Mode::kWrite);
    CHECK(opened) << opened.error().text;
    return std::move(*opened);
  }
  Restored restore() {
    const auto checkpoint = open();
    auto restored = restore_views(*house_.log, *checkpoint);
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

TEST_F(CheckpointTest, IsRebuiltWhenItIsNotOfThisLog) {
  some_traffic();
  restore();
  House other;
  Device ann = other.join();
  Device bob = other.join();
  for (int i = 0; i < 3000; ++i) other.post(ann, bob.uid, "x");
  const auto checkpoint = open();
  const auto restored = restore_views(*other.log, *checkpoint);
  ASSERT_TRUE(restored);
  EXPECT_FALSE(restored->checkpoint);
  EXPECT_EQ(restored->views.digest(), other.views().digest());
}

TEST_F(CheckpointTest, IsKeptUpByTheProjector) {
  const auto first = restore();
  {
    const auto checkpoint = open();
    Projector projector(*house_.log, *checkpoint, first.views, {});
    for (int round = 0; round < 5; ++round) {
      some_traffic();
      ASSERT_TRUE(projector.step());
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
  EXPECT_EQ(views.user(UserNo(2)).ohi_sources, std::vector{UserNo(1)});
}

TEST_F(CheckpointTest, StopsItsThreadWithALastCheckpoint) {
  const auto first = restore();
  {
    const auto checkpoint = open();
    Projector projector(*house_.log, *checkpoint, first.views, {.interval = std::chrono::hours(1)});
    projector.start();
    some_traffic();
    projector.stop();
  }
  EXPECT_EQ(restore().checkpoint, house_.log->durable().lsn);
}

}  // namespace
}  // namespace mnm::ops
