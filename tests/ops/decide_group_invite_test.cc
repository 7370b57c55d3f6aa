#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Inviting : public Story {
 protected:
  Client maker = registers(Dialect::kTmtp, "the-maker");
  Client maker_too = adds_node(maker);
  Client guest = registers(Dialect::kTmtp, "the-guest");
  Client guest_too = adds_node(guest);
  Client other = registers(Dialect::kTmtp, "the-other");

  void SetUp() override { read_everything(); }
  void read_everything() {
    for (const Client& who : {maker, maker_too, guest, guest_too, other}) reads_all(who);
  }
  Outcome invites_to_group(const Client& by, const std::string& from, const std::string& to) {
    return invites(by, "the-group", from, to);
  }
  [[nodiscard]] event::MemberStatus status_of(const Client& who) const {
    const GroupNo group = views().find_group("the-group");
    const state::Member* member = views().group(group).member(who.user);
    return member != nullptr ? member->status : event::MEMBER_NONE;
  }
};

TEST_F(Inviting, TheFirstMakesTheGroupWithItsInviterJoined) {
  const Outcome outcome = invites_to_group(maker, "the-maker", "the-guest");
  EXPECT_THAT(outcome.facts(), ElementsAre("member_set", "member_set", "stored", "stored"));
  EXPECT_EQ(status_of(maker), event::JOINED);
  EXPECT_EQ(status_of(guest), event::INVITED);
  const Lsn invite = outcome.stored.at(0);
  const Lsn member = outcome.stored.at(1);
  EXPECT_EQ(outcome.shown(), invite);
  EXPECT_EQ(outcome.answer<Acknowledged>().op, event::GROUP_INVITE);
  EXPECT_THAT(waiting(guest), ElementsAre(invite));
  EXPECT_THAT(waiting(guest_too), ElementsAre(invite));
  EXPECT_THAT(waiting(maker), ElementsAre(member));
  EXPECT_THAT(waiting(maker_too), ElementsAre(invite, member));
  EXPECT_EQ(header(invite).gid(), "the-group");
  EXPECT_EQ(header(invite).alias(), "the-maker");
  EXPECT_EQ(header(invite).to(), "the-guest");
  EXPECT_EQ(header(invite).data_bytes(), 7U);
  EXPECT_EQ(header(member).act(), "invite");
  EXPECT_EQ(header(member).alias(), "the-guest");
  EXPECT_EQ(header(member).gid(), "the-group");
}

TEST_F(Inviting, TellsJoinedMembersButNotTheInvited) {
  invites_to_group(maker, "the-maker", "the-guest");
  edits_group(guest, GroupAct::kJoin, "the-group");
  read_everything();
  invites_to_group(guest, "the-guest", "the-other");
  EXPECT_THAT(queue(maker), ElementsAre("member"));
  EXPECT_THAT(queue(guest), ElementsAre("member"));
  EXPECT_THAT(queue(guest_too), ElementsAre("invite", "member"));
  EXPECT_THAT(queue(other), ElementsAre("invite"));
}

TEST_F(Inviting, ChecksInTheOrderOfTheProtocol) {
  invites_to_group(maker, "the-maker", "the-guest");
  edits_group(guest, GroupAct::kJoin, "the-group");
  struct Case {
    Client by;
    std::string gid, from, to, error;
  };
  const std::vector<Case> cases = {
      {other, "seven77", "bad", "bad", "gid must be 8+ characters"},
      {other, "the-group", "the-maker", "nobody",
       "GroupInvite: iByAlias the-maker not for iByUid " + other.uid},
      {other, "the-group", "nobody", "nobody",
       "GroupInvite: iByAlias nobody not for iByUid " + other.uid},
      {other, "the-maker", "the-other", "nobody", "GroupInvite: iAlias nobody not found"},
      {other, "the-group", "the-other", "the-group", "GroupInvite: iAlias the-group not found"},
      {other, "the-maker", "the-other", "the-guest", "GroupInvite: gid the-maker not available"},
      {other, "tab\tinside", "the-other", "the-guest", "GroupInvite: invalid string 'tab\tinside'"},
      {other, "a-new-group", "the-other", "the-other",
       "GroupInvite: iAlias the-other already joined"},
      {other, "the-group", "the-other", "the-guest",
       "GroupInvite: iByUid " + other.uid + " not a member"},
      {maker, "the-group", "the-maker", "the-guest",
       "GroupInvite: iAlias the-guest already joined"},
      {maker, "the-group", "the-maker", "the-maker",
       "GroupInvite: iAlias the-maker already joined"},
      {maker, "eight888", "the-maker", "the-guest", ""},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(invites(one.by, one.gid, one.from, one.to).error(), one.error);
    if (!one.error.empty() && one.gid != "the-group") {
      EXPECT_FALSE(views().find_group(one.gid)) << one.gid;
    }
  }
}

TEST_F(Inviting, IsNotForReceiveOnlyAccounts) {
  sets_receive_only(maker.uid);
  EXPECT_EQ(invites(maker, "bad", "bad", "bad").error(), "not allowed for a receive-only account");
  EXPECT_EQ(invites_to_group(guest, "the-guest", "the-maker").error(), "");
}

TEST_F(Inviting, NeedsAJoinedMember) {
  invites_to_group(maker, "the-maker", "the-guest");
  EXPECT_EQ(invites_to_group(guest, "the-guest", "the-other").error(),
            "GroupInvite: iByUid " + guest.uid + " not a member");
  edits_group(maker, GroupAct::kDrop, "the-group", "the-guest");
  EXPECT_EQ(invites_to_group(guest, "the-guest", "the-other").error(),
            "GroupInvite: iByUid " + guest.uid + " not a member");
}

TEST_F(Inviting, TheInvitedAgainSendsAgain) {
  invites_to_group(maker, "the-maker", "the-guest");
  read_everything();
  const Outcome outcome = invites_to_group(maker, "the-maker", "the-guest");
  EXPECT_THAT(outcome.facts(), ElementsAre("stored", "stored"));
  EXPECT_THAT(queue(guest), ElementsAre("invite"));
}

TEST_F(Inviting, TheBarredMakesThemInvited) {
  invites_to_group(maker, "the-maker", "the-guest");
  edits_group(maker, GroupAct::kDrop, "the-group", "the-guest");
  EXPECT_EQ(status_of(guest), event::BARRED);
  EXPECT_EQ(invites_to_group(maker, "the-maker", "the-guest").error(), "");
  EXPECT_EQ(status_of(guest), event::INVITED);
}

TEST_F(Inviting, OnceMoreWithTheSameIdShowsTheSameInvite) {
  const GroupInvite invite{"the-group", "the-maker", "the-guest", body("come")};
  const Outcome first = ask(maker, invite, {.id = "1"});
  const Outcome again = ask(maker, invite, {.id = "1"});
  EXPECT_EQ(again.shown(), first.stored.at(0));
  EXPECT_THAT(again.facts(), IsEmpty());
}

TEST_F(Inviting, ThroughASingleUseAliasRetiresItAndLeavesItOnRecord) {
  UserEdit edit;
  edit.new_alias = "only-once";
  edit.once = true;
  ask(guest, edit);
  const Outcome outcome = invites_to_group(maker, "the-maker", "only-once");
  EXPECT_EQ(outcome.facts().back(), "alias_retired");
  EXPECT_TRUE(outcome.events.back().alias_retired().used());
  EXPECT_EQ(invites_to_group(maker, "the-maker", "only-once").error(),
            "GroupInvite: iAlias only-once not found");
  EXPECT_EQ(edits_group(guest, GroupAct::kJoin, "the-group").error(), "");
  const Outcome dropped = edits_group(maker, GroupAct::kDrop, "the-group", "only-once");
  EXPECT_EQ(dropped.error(), "") << "members are known by the alias on record";
}

TEST_F(Inviting, AllowsAsManyGroupsOfOneMakerAsTheLimitSays) {
  limits.groups_max = 2;
  EXPECT_EQ(invites(maker, "group-one", "the-maker", "the-guest").error(), "");
  EXPECT_EQ(invites(maker, "group-two", "the-maker", "the-guest").error(), "");
  EXPECT_EQ(invites(maker, "group-three", "the-maker", "the-guest").error(),
            "GroupInvite: Exceeds 2 groups");
  EXPECT_EQ(invites(maker, "group-two", "the-maker", "the-other").error(), "") << "no new group";
  restarts();
  EXPECT_EQ(views().user(maker.user).groups_made, 2U);
}

TEST_F(Inviting, AllowsAsManyMembersAsTheLimitSays) {
  limits.members_max = 3;
  registers(Dialect::kTmtp, "a-fourth");
  EXPECT_EQ(invites_to_group(maker, "the-maker", "the-guest").error(), "");
  EXPECT_EQ(invites_to_group(maker, "the-maker", "the-other").error(), "");
  EXPECT_EQ(invites_to_group(maker, "the-maker", "a-fourth").error(),
            "GroupInvite: Exceeds 3 members");
  EXPECT_EQ(invites_to_group(maker, "the-maker", "the-guest").error(), "");
}

}  // namespace
}  // namespace mnm::ops
