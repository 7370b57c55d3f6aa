// The lane of a queue against a model: a sorted list of pairs of absolute index and id.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "state/queue.h"

namespace mnm::state {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::uint64_t> ids_of(const IdLane& lane) {
  return {lane.entries().begin(), lane.entries().end()};
}

IdLane lane_of_ids(std::initializer_list<std::uint64_t> ids) {
  IdLane lane;
  for (const std::uint64_t id : ids) lane.push(Lsn(id));
  return lane;
}

TEST(IdLane, KeepsWhatWasPushedInOrder) {
  const IdLane lane = lane_of_ids({3, 5, 9});
  EXPECT_THAT(ids_of(lane), ElementsAre(3, 5, 9));
  EXPECT_TRUE(lane.contains(Lsn(5)));
  EXPECT_FALSE(lane.contains(Lsn(4)));
  EXPECT_FALSE(lane.contains(Lsn()));
  EXPECT_EQ(lane.index_of(Lsn(9)), 2U);
}

TEST(IdLane, FindsWhatComesAfterAnId) {
  const IdLane lane = lane_of_ids({3, 5, 9});
  EXPECT_EQ(lane.after(Lsn()), Lsn(3));
  EXPECT_EQ(lane.after(Lsn(3)), Lsn(5));
  EXPECT_EQ(lane.after(Lsn(8)), Lsn(9));
  EXPECT_EQ(lane.after(Lsn(9)), Lsn());
}

TEST(IdLane, EndingAnEntryMovesTheOnesBeforeItUp) {
  IdLane lane = lane_of_ids({3, 5, 9, 12});
  EXPECT_TRUE(lane.erase(Lsn(9)));
  EXPECT_FALSE(lane.erase(Lsn(9)));
  EXPECT_THAT(ids_of(lane), ElementsAre(3, 5, 12));
  EXPECT_EQ(lane.first_index(), 1U);
  EXPECT_EQ(lane.index_of(Lsn(3)), 1U);
  EXPECT_EQ(lane.index_of(Lsn(5)), 2U);
  EXPECT_EQ(lane.index_of(Lsn(12)), 3U) << "those behind stay where they are";
}

TEST(IdLane, GoesOnCountingWhenItWasEmpty) {
  IdLane lane = lane_of_ids({3});
  lane.erase(Lsn(3));
  lane.push(Lsn(4));
  EXPECT_EQ(lane.index_of(Lsn(4)), 1U);
  lane.erase(Lsn(4));
  EXPECT_THAT(ids_of(lane), IsEmpty());
  lane.push(Lsn(5));
  EXPECT_EQ(lane.index_of(Lsn(5)), 2U);
}

TEST(IdLane, IsRestoredAtItsIndex) {
  IdLane lane;
  lane.restore(700, {3, 5});
  lane.push(Lsn(9));
  EXPECT_EQ(lane.first_index(), 700U);
  EXPECT_EQ(lane.index_of(Lsn(9)), 702U);
  EXPECT_EQ(lane.end_index(), 703U);
}

TEST(IdLaneDeathTest, RefusesToDescend) {
  IdLane lane = lane_of_ids({3, 5});
  EXPECT_DEATH(lane.push(Lsn(5)), "must ascend");
}

// What the header promises, done the simple way.
struct Model {
  std::vector<std::uint64_t> ids;
  std::uint64_t end = 0;  // absolute

  void push(std::uint64_t id) {
    ids.push_back(id);
    ++end;
  }
  bool erase(std::uint64_t id) { return std::erase(ids, id) > 0; }
  [[nodiscard]] std::uint64_t first() const { return end - ids.size(); }
};

void expect_same(const IdLane& lane, const Model& model, std::uint64_t probe) {
  RC_ASSERT(ids_of(lane) == model.ids);
  RC_ASSERT(lane.first_index() == model.first());
  RC_ASSERT(lane.end_index() == model.end);
  const auto above = std::ranges::upper_bound(model.ids, probe);
  RC_ASSERT(lane.after(Lsn(probe)).value() == (above == model.ids.end() ? 0 : *above));
  const auto at = std::ranges::find(model.ids, probe);
  RC_ASSERT(lane.contains(Lsn(probe)) == (at != model.ids.end()));
  if (at == model.ids.end()) return;
  const auto place = static_cast<std::uint64_t>(at - model.ids.begin());
  RC_ASSERT(lane.index_of(Lsn(probe)) == model.first() + place);
}

TEST(IdLane, DoesWhatASimpleListDoes) {
  const bool held = rc::check("pushes and erasures in any order", [] {
    IdLane lane;
    Model model;
    std::uint64_t last = 0;
    const unsigned steps = *rc::gen::inRange(0U, 600U);
    const bool grows = *rc::gen::arbitrary<bool>();
    for (unsigned i = 0; i < steps; ++i) {
      const unsigned what = *rc::gen::inRange(0U, 10U);
      if (what < (grows ? 7U : 4U)) {
        last += *rc::gen::inRange<std::uint64_t>(1, 4);
        lane.push(Lsn(last));
        model.push(last);
      } else {
        const auto id = *rc::gen::inRange<std::uint64_t>(0, last + 2);
        const bool front = what == 9 && !model.ids.empty();
        const std::uint64_t chosen = front ? model.ids.front() : id;
        RC_ASSERT(lane.erase(Lsn(chosen)) == model.erase(chosen));
      }
      expect_same(lane, model, *rc::gen::inRange<std::uint64_t>(0, last + 2));
    }
  });
  EXPECT_TRUE(held);
}

TEST(Queue, HasTwoLanesAndOneCost) {
  Queue queue;
  queue.push(Lane::kNormal, Lsn(3), 10);
  queue.push(Lane::kUrgent, Lsn(5), 7);
  queue.push(Lane::kNormal, Lsn(6), 1);
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(queue.cost_bytes(), 18U);
  EXPECT_THAT(ids_of(queue.lane(Lane::kUrgent)), ElementsAre(5));
  EXPECT_THAT(ids_of(queue.lane(Lane::kNormal)), ElementsAre(3, 6));
  EXPECT_TRUE(queue.erase(Lsn(5), 7));
  EXPECT_FALSE(queue.erase(Lsn(5), 7));
  EXPECT_EQ(queue.cost_bytes(), 11U);
  queue.settle();
  EXPECT_EQ(queue.size(), 2U) << "what waits stays";
  EXPECT_EQ(queue.cost_bytes(), 11U);
}

TEST(Queue, ThatIsEmptyAndSettledIsAsNew) {
  Queue queue;
  EXPECT_FALSE(queue.erase(Lsn(3), 10));
  queue.push(Lane::kNormal, Lsn(3), 10);
  EXPECT_TRUE(queue.erase(Lsn(3), 10));
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.lane(Lane::kNormal).end_index(), 1U);
  const Queue copy = queue;
  queue.settle();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.cost_bytes(), 0U);
  EXPECT_EQ(queue.lane(Lane::kNormal).end_index(), 0U);
  EXPECT_EQ(copy.lane(Lane::kNormal).end_index(), 1U);
  queue.push(Lane::kUrgent, Lsn(4), 2);
  EXPECT_TRUE(queue.contains(Lsn(4)));
  EXPECT_EQ(queue.cost_bytes(), 2U);
}

}  // namespace
}  // namespace mnm::state
