// The lane of a queue against a model: a sorted list of pairs of absolute index and id.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "state/id_lane.h"
#include "state/queue.h"

namespace mnm::state {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::uint64_t> ids_of(const IdLane& lane) {
  const auto entries = lane.entries();
  return {entries.begin(), entries.end()};
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
  lane.restore(700, std::vector<std::uint64_t>{3, 5});
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

// As a rule small; now and then of any size, up to what ids are after many new epochs.
std::uint64_t next_distance() {
  const unsigned bits = *rc::gen::inRange(0U, 20U) == 0 ? *rc::gen::inRange(0U, 57U) : 2;
  return *rc::gen::inRange<std::uint64_t>(1, (std::uint64_t{1} << bits) + 1);
}

// Up to so many ids that follow `last`, at least one.
std::vector<std::uint64_t> next_ids(std::uint64_t& last, unsigned most) {
  std::vector<std::uint64_t> ids;
  for (unsigned left = *rc::gen::inRange(1U, most + 1); left > 0; --left) {
    ids.push_back(last += next_distance());
  }
  return ids;
}

TEST(IdLane, DoesWhatASimpleListDoes) {
  const bool held = rc::check("pushes and erasures in any order", [] {
    IdLane lane;
    Model model;
    std::uint64_t last = 0;
    if (*rc::gen::arbitrary<bool>()) {
      const auto index = *rc::gen::inRange<std::uint64_t>(0, 1000);
      const std::vector<std::uint64_t> ids = next_ids(last, 300);
      lane.restore(index, ids);
      model = {.ids = ids, .end = index + ids.size()};
    }
    const unsigned steps = *rc::gen::inRange(0U, 600U);
    const bool grows = *rc::gen::arbitrary<bool>();
    for (unsigned i = 0; i < steps; ++i) {
      const unsigned what = *rc::gen::inRange(0U, 10U);
      if (what < (grows ? 6U : 4U)) {
        last += next_distance();
        lane.push(Lsn(last));
        model.push(last);
      } else if (what == 6) {
        const std::vector<std::uint64_t> ids = next_ids(last, i % 50 == 0 ? 300 : 3);
        lane.append(ids);
        for (const std::uint64_t id : ids) model.push(id);
      } else {
        const std::size_t size = model.ids.size();
        const std::size_t place = what == 7 ? 0 : *rc::gen::inRange<std::size_t>(0, size + 1);
        const std::uint64_t id = place < size ? model.ids[place] : last / 2;
        RC_ASSERT(lane.erase(Lsn(id)) == model.erase(id));
      }
      if (i % 40 == 39) {
        const IdLane copy = lane;
        lane = IdLane();
        lane = copy;
      }
      const auto nearby = *rc::gen::inRange<std::size_t>(0, model.ids.size() + 1);
      const std::uint64_t probe = nearby < model.ids.size() ? model.ids[nearby] : last / 2;
      expect_same(lane, model, probe + *rc::gen::inRange(0U, 2U));
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
