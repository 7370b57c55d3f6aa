#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Pinging : public Story {
 protected:
  Client from = registers(Dialect::kTmtp, "the-sender");
  Client from_too = adds_node(from);
  Client to = registers(Dialect::kTmtp, "the-target");
  Client to_too = adds_node(to);

  void SetUp() override {
    for (const Client& who : {from, from_too, to, to_too}) reads_all(who);
  }
  Outcome succeeds() { return pings(from, "the-sender", "the-target"); }
  Outcome fails() { return pings(from, "the-sender", "no-such-alias"); }
  static constexpr const char* kLimit = "ping limit reached";
};

TEST_F(Pinging, ReachesAllNodesOfTheAliasAndTheSendersOtherOnes) {
  const Outcome outcome = succeeds();
  ASSERT_THAT(outcome.facts(), ElementsAre("stored"));
  const Lsn id = outcome.stored.at(0);
  EXPECT_EQ(outcome.shown(), id);
  EXPECT_THAT(waiting(to), ElementsAre(id));
  EXPECT_THAT(waiting(to_too), ElementsAre(id));
  EXPECT_THAT(waiting(from_too), ElementsAre(id));
  EXPECT_THAT(waiting(from), IsEmpty());
  EXPECT_EQ(header(id).kind(), message::PING);
  EXPECT_EQ(header(id).alias(), "the-sender");
  EXPECT_EQ(header(id).to(), "the-target");
  EXPECT_EQ(header(id).from_uid(), from.uid);
  EXPECT_EQ(header(id).data_bytes(), 2U);
}

TEST_F(Pinging, OneselfReachesTheSendingNodeToo) {
  pings(from, "the-sender", "the-sender");
  EXPECT_THAT(queue(from), ElementsAre("ping"));
}

TEST_F(Pinging, ChecksInOrder) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {"the-target", "no-such-alias", "from must identify sender"},
      {"no-such-alias", "the-target", "from must identify sender"},
      {"the-sender", "no-such-alias", "Lookup: iAlias no-such-alias not found"},
      {"the-sender", "", "Lookup: iAlias  not found"},
  };
  for (const auto& [alias, target, error] : cases) {
    EXPECT_EQ(pings(from, alias, target).error(), error);
  }
  invites(from, "the-group", "the-sender", "the-target");
  EXPECT_EQ(pings(from, "the-sender", "the-group").error(), "Lookup: iAlias the-group not found");
  sets_receive_only(from.uid);
  EXPECT_EQ(pings(from, "bad", "bad").error(), "not allowed for a receive-only account");
}

TEST_F(Pinging, ASingleUseAliasWorksOnce) {
  UserEdit edit;
  edit.new_alias = "only-once";
  edit.once = true;
  ask(to, edit);
  EXPECT_EQ(pings(from, "bad-alias", "only-once").error(), "from must identify sender");
  EXPECT_THAT(pings(from, "the-sender", "only-once").facts(),
              ElementsAre("stored", "alias_retired"));
  EXPECT_EQ(pings(from, "the-sender", "only-once").error(), "Lookup: iAlias only-once not found");
}

TEST_F(Pinging, FromASingleUseAliasDoesntEndIt) {
  UserEdit edit;
  edit.new_alias = "only-once";
  edit.once = true;
  ask(from, edit);
  EXPECT_EQ(pings(from, "only-once", "the-target").error(), "");
  EXPECT_EQ(pings(from, "only-once", "the-target").error(), "");
}

TEST_F(Pinging, IsLimitedPerWindowOf24HoursOfUptime) {
  limits.pings_max = 3;
  ticks(100);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(succeeds().error(), "");
  const Outcome outcome = succeeds();
  EXPECT_EQ(outcome.error(), kLimit);
  ASSERT_THAT(outcome.facts(), ElementsAre("refused"));
  EXPECT_TRUE(outcome.events[0].refused().passing());
  ticks(23);
  EXPECT_EQ(succeeds().error(), kLimit);
  ticks(1);
  EXPECT_EQ(succeeds().error(), "");
}

TEST_F(Pinging, FailedInARowAreLimited) {
  limits.failed_pings_max = 3;
  for (int i = 0; i < 2; ++i) EXPECT_NE(fails().error(), kLimit);
  EXPECT_EQ(succeeds().error(), "") << "a success begins a new row";
  for (int i = 0; i < 3; ++i) EXPECT_NE(fails().error(), kLimit);
  EXPECT_EQ(fails().error(), kLimit);
  EXPECT_EQ(succeeds().error(), kLimit) << "the answer doesn't say whether the alias exists";
  ticks(24);
  EXPECT_EQ(succeeds().error(), "");
}

TEST_F(Pinging, FailedCountAlsoWhenTheBudgetOfRefusalsIsSpent) {
  limits.failed_pings_max = 3;
  budget_spent = true;
  for (int i = 0; i < 3; ++i) EXPECT_THAT(fails().facts(), ElementsAre("refused"));
  const Outcome outcome = fails();
  EXPECT_EQ(outcome.error(), kLimit);
  EXPECT_THAT(outcome.facts(), IsEmpty());
}

TEST_F(Pinging, ARepetitionIsAnsweredEvenAtTheLimit) {
  limits.pings_max = 1;
  const Ping ping{"the-sender", "the-target", body("hi")};
  const Lsn first = ask(from, ping, {.id = "1"}).shown();
  EXPECT_EQ(succeeds().error(), kLimit);
  EXPECT_EQ(ask(from, ping, {.id = "1"}).shown(), first);
}

TEST_F(Pinging, LimitsEachUserAlone) {
  limits.pings_max = 1;
  succeeds();
  EXPECT_EQ(pings(from_too, "the-sender", "the-target").error(), kLimit);
  EXPECT_EQ(pings(to, "the-target", "the-sender").error(), "");
}

TEST_F(Pinging, FailedCountAmongThoseSent) {
  limits.pings_max = 3;
  EXPECT_NE(fails().error(), kLimit);
  EXPECT_EQ(succeeds().error(), "");
  EXPECT_NE(fails().error(), kLimit);
  EXPECT_EQ(succeeds().error(), kLimit) << "a success now and then must not buy more guesses";
}

TEST_F(Pinging, ThatAreRefusedLogNoMoreThanTheLimits) {
  limits.pings_max = 10;
  limits.failed_pings_max = 3;
  budget_spent = true;
  std::size_t logged = 0;
  for (int i = 0; i < 100; ++i) {
    const Outcome outcome = i % 3 == 2 ? succeeds() : fails();
    logged += static_cast<std::size_t>(std::ranges::count(outcome.facts(), "refused"));
  }
  EXPECT_LE(logged, limits.pings_max);
}

TEST_F(Pinging, InvitesCountAsPings) {
  limits.pings_max = 2;
  EXPECT_EQ(succeeds().error(), "");
  const Outcome outcome = invites(from, "the-group", "the-sender", "the-target");
  EXPECT_EQ(outcome.error(), "");
  EXPECT_EQ(succeeds().error(), kLimit);
  EXPECT_EQ(invites(from, "the-group", "the-sender", "the-target").error(), kLimit);
  ticks(24);
  EXPECT_EQ(succeeds().error(), "");
}

TEST_F(Pinging, FailedInvitesCountAsFailedPings) {
  limits.failed_pings_max = 3;
  fails();
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = invites(from, "the-group", "the-sender", "no-such-alias");
    EXPECT_EQ(outcome.error(), "GroupInvite: iAlias no-such-alias not found");
    EXPECT_TRUE(outcome.events.at(0).refused().counts_as_ping());
  }
  EXPECT_EQ(succeeds().error(), kLimit);
  EXPECT_EQ(invites(from, "the-group", "bad", "bad").error(), kLimit) << "before all that is about "
                                                                         "groups";
}

TEST_F(Pinging, ByAReceiveOnlyAccountCountsForNothing) {
  limits.pings_max = 1;
  sets_receive_only(from.uid);
  for (int i = 0; i < 3; ++i) succeeds();
  sets_receive_only(from.uid, false);
  EXPECT_EQ(succeeds().error(), "");
}

}  // namespace
}  // namespace mnm::ops
