#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using Administering = Story;

TEST_F(Administering, MakesAnAccountReceiveOnlyAndBack) {
  const Client client = registers();
  EXPECT_THAT(sets_receive_only(client.uid).facts(), ElementsAre("receive_only_set"));
  EXPECT_TRUE(views().user(client.user).receive_only);
  const Outcome outcome = sets_receive_only(client.uid, false);
  EXPECT_EQ(outcome.error(), "");
  EXPECT_FALSE(views().user(client.user).receive_only);
}

TEST_F(Administering, RefusesAnUnknownUid) {
  const Outcome outcome = sets_receive_only("Unknown");
  EXPECT_EQ(outcome.error(), "SetReceiveOnly: uid Unknown not found");
  EXPECT_THAT(outcome.facts(), ElementsAre("refused"));
}

// So that a log can be asked who tried what.
TEST_F(Administering, LogsWhichOfItsRequestsWasRefused) {
  const auto refused_op = [](const Outcome& outcome) {
    return outcome.events.size() == 1 ? outcome.events.front().refused().op() : event::OP_NONE;
  };
  EXPECT_EQ(refused_op(sets_receive_only("Unknown")), event::SET_RECEIVE_ONLY);
  EXPECT_EQ(refused_op(administers(EndSessions{"Unknown", 0})), event::END_SESSIONS);
  EXPECT_EQ(refused_op(administers(DropNode{"Unknown", 1})), event::DROP_NODE);
}

TEST_F(Administering, EndsTheSessionsOfAUserOrOfOneNode) {
  const Client first = registers();
  const Client second = adds_node(first);
  const Outcome one = administers(EndSessions{first.uid, 2});
  EXPECT_EQ(one.error(), "");
  EXPECT_THAT(one.facts(), ElementsAre("session_ended"));
  EXPECT_EQ(one.told_to<Dismissed>(second.session).size(), 1U);
  EXPECT_TRUE(views().node(first.node).session);
  const Outcome rest = administers(EndSessions{first.uid, 0});
  EXPECT_THAT(rest.facts(), ElementsAre("session_ended"));
  EXPECT_EQ(rest.told_to<Dismissed>(first.session).size(), 1U);
  EXPECT_FALSE(views().node(first.node).session);
  EXPECT_THAT(administers(EndSessions{first.uid, 0}).facts(), ElementsAre("refused"));
  EXPECT_THAT(administers(EndSessions{"Unknown", 0}).facts(), ElementsAre("refused"));
  EXPECT_THAT(administers(EndSessions{first.uid, 3}).facts(), ElementsAre("refused"));
}

TEST_F(Administering, DropsANodeButNeverTheLast) {
  const Client first = registers(Dialect::kMmtp);
  const Client second = adds_node(first);
  const Outcome outcome = administers(DropNode{first.uid, 1});
  EXPECT_EQ(outcome.error(), "");
  EXPECT_THAT(outcome.facts(), ElementsAre("session_ended", "node_dropped", "stored"));
  EXPECT_TRUE(views().node(first.node).dropped);
  EXPECT_EQ(last(second, message::USER).drop_state(), "dropped");
  EXPECT_EQ(administers(DropNode{first.uid, 2}).error(), "DropNode: cannot drop last node");
  for (const std::uint32_t unknown : {0U, 1U, 3U}) {
    EXPECT_THAT(administers(DropNode{first.uid, unknown}).facts(), ElementsAre("refused"));
  }
}

}  // namespace
}  // namespace mnm::ops
