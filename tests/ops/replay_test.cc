#include "ops/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/engine_house.h"

namespace mnm::ops {
namespace {

using ::testing::HasSubstr;

TEST(Replay, RefusesALogWhoseFirstEventsAreMissing) {
  House house;
  (void)house.join();
  (void)house.join();
  ASSERT_TRUE(house.log->trim(house.log->durable().lsn));
  const Lsn tail = house.log->tail();
  ASSERT_GT(tail, Lsn(1));
  state::Views views;
  state::Changes changes;
  const auto replayed = replay(*house.log, Lsn(), views, changes);
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().code, ErrorCode::kCorruption);
  EXPECT_THAT(replayed.error().text,
              HasSubstr("from LSN 1 to " + std::to_string(tail.value() - 1) + " are missing"));
  EXPECT_EQ(views.applied(), Lsn()) << "nothing was folded";
}

TEST(Replay, GoesOnFromWhereTheViewsAre) {
  House house;
  (void)house.join();
  state::Views views;
  state::Changes changes;
  ASSERT_TRUE(replay(*house.log, Lsn(), views, changes));
  (void)house.join();
  ASSERT_TRUE(replay(*house.log, Lsn(), views, changes));
  EXPECT_EQ(views.digest(), house.views().digest());
}

}  // namespace
}  // namespace mnm::ops
