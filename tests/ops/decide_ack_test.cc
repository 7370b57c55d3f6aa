#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Acking = Story;

TEST_F(Acking, EndsTheCopyAndWithTheLastOneTheMessage) {
  const Client from = registers();
  const Client to = registers();
  const Client also_to = adds_node(to);
  reads_all(to);
  reads_all(also_to);
  const Lsn id = posts(from, to).shown();
  acks(to, id);
  EXPECT_THAT(waiting(to), IsEmpty());
  EXPECT_TRUE(has_row(id));
  acks(also_to, id);
  EXPECT_FALSE(has_row(id));
  EXPECT_EQ(purged().back(), id);
}

TEST_F(Acking, HasNoAnswer) {
  const Client from = registers();
  const Client to = registers();
  const Outcome outcome = acks(to, posts(from, to).shown());
  EXPECT_THAT(outcome.told, IsEmpty());
  EXPECT_EQ(outcome.stray_acks, 0U);
}

TEST_F(Acking, InAnyOrderLeavesTheOthersInOrder) {
  const Client from = registers();
  const Client to = registers();
  const Lsn first = posts(from, to).shown();
  const Lsn second = posts(from, to).shown();
  const Lsn third = posts(from, to).shown();
  acks(to, second);
  EXPECT_THAT(waiting(to), ElementsAre(first, third));
  acks(to, third);
  EXPECT_THAT(waiting(to), ElementsAre(first));
}

TEST_F(Acking, WhatDoesntWaitForTheNodeHarmsNobody) {
  const Client from = registers();
  const Client to = registers();
  const Lsn id = posts(from, to).shown();
  const Lsn gone = posts(from, to).shown();
  acks(to, gone);
  for (const auto& [who, stray] : std::vector<std::pair<Client, Lsn>>{
           {from, id}, {to, gone}, {to, Lsn()}, {to, Lsn(999'999)}, {to, Lsn(1)}}) {
    const Outcome outcome = acks(who, stray);
    EXPECT_EQ(outcome.stray_acks, 1U) << stray.value();
    EXPECT_THAT(outcome.facts(), IsEmpty());
    EXPECT_THAT(outcome.told, IsEmpty());
  }
  EXPECT_THAT(waiting(to), ElementsAre(id));
}

TEST_F(Acking, SeveralInARowIsOneEvent) {
  const Client from = registers();
  const Client to = registers();
  const Lsn first = posts(from, to).shown();
  const Lsn second = posts(from, to).shown();
  const Lsn third = posts(from, to).shown();
  const Outcome outcome = ask(to, Ack{first, {Lsn(), third, first, Lsn(1)}}, {.nameless = true});
  ASSERT_EQ(outcome.events.size(), 1U);
  EXPECT_THAT(outcome.events.front().acked().ids(), ElementsAre(first.value(), third.value()));
  EXPECT_EQ(outcome.stray_acks, 3U);  // one that is no id, one again, one that never waited
  EXPECT_THAT(waiting(to), ElementsAre(second));
}

}  // namespace
}  // namespace mnm::ops
