// Dropping nodes: by UserEdit, and by the tick when an announced drop is due.
#include "ops/drop_node.h"

#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DroppingNodes : public Story {
 protected:
  Client first = registers();
  Client second = adds_node(first);
  Client third = adds_node(first);

  void SetUp() override { read_all_three(); }
  void read_all_three() {
    for (const Client& who : {first, second, third}) reads_all(who);
  }
  Outcome drops(const Client& who, std::uint32_t ordinal) {
    UserEdit edit;
    edit.drop_node = ordinal;
    return ask(who, edit);
  }
  Outcome keeps(const Client& who, std::uint32_t ordinal) {
    UserEdit edit;
    edit.keep_node = ordinal;
    return ask(who, edit);
  }
  [[nodiscard]] bool is_dropped(const Client& who) const { return views().node(who.node).dropped; }
  [[nodiscard]] std::string told_state(const Client& who) const {
    return last(who, message::USER).drop_state();
  }
};

TEST_F(DroppingNodes, AYoungerOneGoesAtOnceWithItsSessionQueueAndPassword) {
  const Client writer = registers();
  const Lsn message = posts(writer, first).shown();
  acks(first, message);
  acks(second, message);
  const Outcome outcome = drops(first, 3);
  EXPECT_THAT(outcome.facts(), ElementsAre("session_ended", "node_dropped", "stored"));
  EXPECT_EQ(outcome.events[0].session_ended().reason(), "node dropped");
  EXPECT_EQ(outcome.events[0].actor().node(), third.node.value());
  EXPECT_EQ(outcome.told_to<Dismissed>(third.session).at(0).text, "node dropped");
  EXPECT_EQ(outcome.error(), "");
  EXPECT_TRUE(is_dropped(third));
  EXPECT_FALSE(has_row(message)) << "its copy was the last";
  EXPECT_EQ(told_state(first), "dropped");
  EXPECT_EQ(last(second, message::USER).drop_node(), 3U);
  posts(writer, first);
  EXPECT_THAT(queue(third), IsEmpty());
  logs_in(third);
  EXPECT_FALSE(views().node(third.node).session);
}

TEST_F(DroppingNodes, OneselfIsAnsweredBeforeTheSessionEnds) {
  const Outcome outcome = drops(second, 2);
  ASSERT_EQ(outcome.told.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<Acknowledged>(outcome.told[0].effect));
  EXPECT_TRUE(std::holds_alternative<Dismissed>(outcome.told[1].effect));
  EXPECT_TRUE(is_dropped(second));
  EXPECT_EQ(told_state(first), "dropped");
  EXPECT_THAT(queue(second), IsEmpty());
}

TEST_F(DroppingNodes, AnOlderOneGoesAfterTheDelay) {
  limits.drop_delay_hours = 72;
  ticks(5);
  const Outcome outcome = drops(second, 1);
  ASSERT_THAT(outcome.facts(), ElementsAre("node_drop_announced", "stored"));
  EXPECT_EQ(outcome.events[0].node_drop_announced().due_uptime_hours(), 77U);
  for (const Client& who : {first, second, third}) EXPECT_EQ(told_state(who), "announced");
  ticks(71);
  EXPECT_FALSE(is_dropped(first));
  read_all_three();
  const Outcome due = ticks();
  EXPECT_THAT(due.facts(), ElementsAre("tick", "session_ended", "node_dropped", "stored"));
  EXPECT_EQ(due.told_to<Dismissed>(first.session).at(0).text, "node dropped");
  EXPECT_TRUE(is_dropped(first));
  for (const Client& who : {second, third}) {
    EXPECT_EQ(told_state(who), "dropped");
    EXPECT_EQ(last(who, message::USER).from_uid(), first.uid);
    EXPECT_EQ(last(who, message::USER).drop_node(), 1U);
  }
}

TEST_F(DroppingNodes, AnnouncedCanBeVetoedByAnyOfTheUsersNodes) {
  for (const Client& who : {first, second, third}) {
    drops(second, 1);
    const Outcome outcome = keeps(who, 1);
    EXPECT_THAT(outcome.facts(), ElementsAre("node_drop_vetoed", "stored"));
    EXPECT_EQ(told_state(third), "vetoed");
    ticks(100);
    EXPECT_FALSE(is_dropped(first));
  }
}

TEST_F(DroppingNodes, AnnouncedTwiceKeepsItsTime) {
  drops(second, 1);
  ticks(71);
  EXPECT_THAT(drops(third, 1).facts(), IsEmpty());
  ticks(1);
  EXPECT_TRUE(is_dropped(first));
}

TEST_F(DroppingNodes, AnnouncedIsOvertakenByOneThatIsDueAtOnce) {
  drops(third, 2);
  EXPECT_THAT(drops(first, 2).facts(), ElementsAre("session_ended", "node_dropped", "stored"));
  EXPECT_THAT(views().pending_drops(), IsEmpty());
  EXPECT_THAT(ticks(100).facts(), ElementsAre("tick"));
}

TEST_F(DroppingNodes, WithoutDelayHappensAtTheNextTick) {
  limits.drop_delay_hours = 0;
  drops(second, 1);
  ticks();
  EXPECT_TRUE(is_dropped(first));
}

TEST_F(DroppingNodes, StopsAtTheLastOne) {
  EXPECT_EQ(drops(first, 3).error(), "");
  EXPECT_EQ(drops(first, 2).error(), "");
  EXPECT_EQ(drops(first, 1).error(), "DropNode: cannot drop last node");
  EXPECT_FALSE(is_dropped(first));
}

TEST_F(DroppingNodes, LeavesTheLastOneWhenItsAnnouncedDropIsDue) {
  drops(third, 1);
  drops(third, 2);
  drops(third, 3);
  ticks(71);
  read_all_three();
  const Outcome due = ticks();
  EXPECT_TRUE(is_dropped(first));
  EXPECT_FALSE(is_dropped(second));
  EXPECT_THAT(due.facts(), ElementsAre("tick", "session_ended", "node_dropped", "stored",
                                       "node_drop_vetoed", "stored"));
  EXPECT_EQ(told_state(second), "vetoed");
}

TEST_F(DroppingNodes, OfOneThatIsDroppedAlreadyIsNoError) {
  drops(first, 3);
  const Outcome again = drops(first, 3);
  EXPECT_THAT(again.facts(), IsEmpty());
  EXPECT_EQ(again.error(), "");
}

TEST_F(DroppingNodes, NamesWhatIsThere) {
  for (const std::uint32_t ordinal : {0U, 4U, 4'000'000'000U}) {
    const std::string number = std::to_string(ordinal);
    EXPECT_EQ(drops(first, ordinal).error(), "DropNode: node " + number + " not found");
    EXPECT_EQ(keeps(first, ordinal).error(), "KeepNode: node " + number + " not found");
  }
  EXPECT_EQ(keeps(first, 2).error(), "KeepNode: node 2 has no drop announced");
}

TEST_F(DroppingNodes, EndsThePresenceThatItAloneShowed) {
  const Client seer = registers();
  ask(third, OhiEdit{OhiType::kInit, {seer.uid}});
  const auto told = drops(first, 3).told_to<Ohi>(seer.session);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].status, 2U);
}

TEST_F(DroppingNodes, InTheSameRequestAsANewNodeReplacesTheOnlyOne) {
  const Client client = registers(Dialect::kMmtp);
  UserEdit edit;
  edit.credentials = {client.uid, verifier(client.uid, client.secret)};
  edit.new_node = "replacement";
  edit.secret = fresh_secret(client.uid);
  edit.drop_node = 1;
  const Outcome outcome = ask(client, edit);
  EXPECT_EQ(outcome.answer<Updated>().secret, edit.secret.text);
  EXPECT_TRUE(is_dropped(client));
  EXPECT_EQ(views().user(client.user).nodes.size(), 2U);
}

TEST_F(DroppingNodes, KeepsTheNewPasswordFromOneDroppedByTheSameRequest) {
  const Client owner = registers(Dialect::kMmtp);
  const Client stolen = adds_node(owner);
  reads_all(stolen);
  UserEdit edit;
  edit.credentials = {owner.uid, verifier(owner.uid, owner.secret)};
  edit.new_node = "replacement";
  edit.secret = fresh_secret(owner.uid);
  edit.drop_node = 2;
  const Outcome outcome = ask(owner, edit);
  for (const event::Event& event : outcome.events) {
    if (!event.has_stored()) continue;
    state::for_each_delta<NodeNo>(event.stored().recipients(),
                                  [&](NodeNo node) { EXPECT_NE(node, stolen.node); });
  }
}

TEST_F(DroppingNodes, OfAllThatShowedPresenceInOneHourEndsIt) {
  const Client seer = registers();
  for (const Client& who : {first, second}) ask(who, OhiEdit{OhiType::kAdd, {seer.uid}});
  drops(third, 1);
  drops(third, 2);
  const Outcome outcome = ticks(72);
  EXPECT_TRUE(is_dropped(first) && is_dropped(second));
  const auto told = outcome.told_to<Ohi>(seer.session);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].status, 2U);
}

TEST_F(DroppingNodes, OfSomeThatShowedPresenceInOneHourLeavesIt) {
  const Client seer = registers();
  for (const Client& who : {first, second, third}) {
    ask(who, OhiEdit{OhiType::kAdd, {seer.uid}});
  }
  drops(third, 1);
  drops(third, 2);
  EXPECT_THAT(ticks(72).told_to<Ohi>(seer.session), IsEmpty());
}

}  // namespace
}  // namespace mnm::ops
