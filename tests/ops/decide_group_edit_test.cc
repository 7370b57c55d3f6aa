#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class GroupEditing : public Story {
 protected:
  Client maker = registers(Dialect::kTmtp, "the-maker");
  Client joined = registers(Dialect::kTmtp, "the-joined");
  Client joined_too = adds_node(joined);
  Client invited = registers(Dialect::kTmtp, "the-invited");
  Client barred = registers(Dialect::kTmtp, "the-barred");
  Client stranger = registers(Dialect::kTmtp, "the-stranger");

  void SetUp() override {
    for (const char* alias : {"the-joined", "the-invited", "the-barred"}) {
      invites(maker, "the-group", "the-maker", alias);
    }
    edits_group(joined, GroupAct::kJoin, "the-group");
    edits_group(maker, GroupAct::kDrop, "the-group", "the-barred");
    read_everything();
  }
  void read_everything() {
    for (const Client& who : {maker, joined, joined_too, invited, barred, stranger}) reads_all(who);
  }
  Outcome joins(const Client& who, const std::string& alias = {}) {
    return edits_group(who, GroupAct::kJoin, "the-group", alias);
  }
  Outcome renames(const Client& who, const std::string& alias) {
    return edits_group(who, GroupAct::kAlias, "the-group", alias);
  }
  Outcome drops(const Client& who, const std::string& alias) {
    return edits_group(who, GroupAct::kDrop, "the-group", alias);
  }
  void takes_alias(const Client& who, const std::string& alias) {
    UserEdit edit;
    edit.new_alias = alias;
    EXPECT_EQ(ask(who, edit).error(), "");
    read_everything();
  }
  [[nodiscard]] const state::Member& member(const Client& who) const {
    return *views().group(views().find_group("the-group")).member(who.user);
  }
};

TEST_F(GroupEditing, JoiningMakesAMemberAndTellsAllJoined) {
  const Outcome outcome = joins(invited);
  EXPECT_THAT(outcome.facts(), ElementsAre("member_set", "stored"));
  EXPECT_FALSE(outcome.shown()) << "the ack of op 6 shows no id";
  EXPECT_EQ(outcome.answer<Acknowledged>().op, event::GROUP_EDIT);
  EXPECT_EQ(member(invited).status, event::JOINED);
  for (const Client& who : {maker, joined, joined_too, invited}) {
    ASSERT_THAT(queue(who), ElementsAre("member"));
    EXPECT_EQ(last(who, message::MEMBER).act(), "join");
    EXPECT_EQ(last(who, message::MEMBER).alias(), "the-invited");
    EXPECT_EQ(last(who, message::MEMBER).new_alias(), "");
    EXPECT_EQ(last(who, message::MEMBER).from_uid(), invited.uid);
  }
  EXPECT_THAT(queue(barred), IsEmpty());
}

TEST_F(GroupEditing, JoiningMayChangeTheAlias) {
  takes_alias(invited, "better-one");
  EXPECT_EQ(joins(invited, "better-one").error(), "");
  EXPECT_EQ(member(invited).alias, "better-one");
  EXPECT_EQ(last(maker, message::MEMBER).alias(), "better-one");
}

TEST_F(GroupEditing, JoiningChecksInOrder) {
  EXPECT_EQ(edits_group(stranger, GroupAct::kJoin, "no-group", "bad").error(),
            "GroupJoin: iGid no-group not found");
  EXPECT_EQ(edits_group(maker, GroupAct::kJoin, "the-maker").error(),
            "GroupJoin: iGid the-maker not found");
  for (const Client& who : {stranger, barred}) {
    EXPECT_EQ(joins(who, "bad").error(), "GroupJoin: iUid " + who.uid + " not invited");
  }
  EXPECT_EQ(joins(invited, "the-maker").error(),
            "GroupJoin: iNewAlias the-maker not for iUid " + invited.uid);
  EXPECT_EQ(joins(invited, "nobodys").error(),
            "GroupJoin: iNewAlias nobodys not for iUid " + invited.uid);
  EXPECT_EQ(member(invited).status, event::INVITED);
}

TEST_F(GroupEditing, JoiningIsRepeatable) {
  const Outcome outcome = joins(joined);
  EXPECT_EQ(outcome.error(), "");
  EXPECT_THAT(outcome.facts(), ElementsAre("stored"));
  EXPECT_EQ(last(maker, message::MEMBER).alias(), "the-joined");
}

TEST_F(GroupEditing, AnAliasIsChangedToOneOfOnesOwn) {
  takes_alias(joined, "better-one");
  const Outcome outcome = renames(joined, "better-one");
  EXPECT_THAT(outcome.facts(), ElementsAre("member_set", "stored"));
  EXPECT_EQ(member(joined).alias, "better-one");
  for (const Client& who : {maker, joined, joined_too}) {
    EXPECT_EQ(last(who, message::MEMBER).act(), "alias");
    EXPECT_EQ(last(who, message::MEMBER).alias(), "the-joined");
    EXPECT_EQ(last(who, message::MEMBER).new_alias(), "better-one");
  }
  EXPECT_THAT(queue(invited), IsEmpty());
  EXPECT_THAT(renames(joined, "better-one").facts(), ElementsAre("stored")) << "repeatable";
  EXPECT_EQ(drops(maker, "the-joined").error(), "GroupQuit: iAlias the-joined not a member");
  EXPECT_EQ(drops(maker, "better-one").error(), "");
}

TEST_F(GroupEditing, ChangingAnAliasChecksInOrder) {
  EXPECT_EQ(edits_group(stranger, GroupAct::kAlias, "no-group", "bad").error(),
            "GroupAlias: iGid no-group not found");
  for (const Client& who : {stranger, invited, barred}) {
    EXPECT_EQ(renames(who, "bad").error(), "GroupAlias: iUid " + who.uid + " not a member");
  }
  EXPECT_EQ(renames(joined, "the-maker").error(),
            "GroupAlias: iNewAlias the-maker not for iUid " + joined.uid);
}

TEST_F(GroupEditing, DroppingOneselfLeavesOneInvited) {
  const Outcome outcome = drops(joined, "the-joined");
  EXPECT_THAT(outcome.facts(), ElementsAre("member_set", "stored"));
  EXPECT_EQ(member(joined).status, event::INVITED);
  for (const Client& who : {maker, joined, joined_too}) {
    EXPECT_EQ(last(who, message::MEMBER).act(), "drop");
    EXPECT_EQ(last(who, message::MEMBER).alias(), "the-joined");
  }
  EXPECT_THAT(queue(invited), IsEmpty());
  EXPECT_THAT(drops(joined, "the-joined").facts(), ElementsAre("stored")) << "repeatable";
  EXPECT_EQ(joins(joined).error(), "");
  EXPECT_EQ(member(joined).status, event::JOINED);
}

TEST_F(GroupEditing, DroppingAnotherBarsIt) {
  for (const auto& [who, alias] : std::vector<std::pair<Client, std::string>>{
           {joined, "the-joined"}, {invited, "the-invited"}}) {
    EXPECT_EQ(drops(maker, alias).error(), "");
    EXPECT_EQ(member(who).status, event::BARRED);
    EXPECT_EQ(last(who, message::MEMBER).act(), "drop");
    EXPECT_EQ(last(maker, message::MEMBER).alias(), alias);
    EXPECT_THAT(drops(maker, alias).facts(), ElementsAre("stored")) << "repeatable";
  }
}

TEST_F(GroupEditing, TheBarredCantFreeThemselves) {
  EXPECT_EQ(drops(barred, "the-barred").error(),
            "GroupQuit: iByUid " + barred.uid + " not a member");
  EXPECT_EQ(joins(barred).error(), "GroupJoin: iUid " + barred.uid + " not invited");
  EXPECT_EQ(member(barred).status, event::BARRED);
}

TEST_F(GroupEditing, DroppingChecksInOrder) {
  EXPECT_EQ(edits_group(stranger, GroupAct::kDrop, "no-group", "bad").error(),
            "GroupQuit: iGid no-group not found");
  for (const std::string alias : {"nobodys", "the-stranger", "the-group"}) {
    EXPECT_EQ(drops(stranger, alias).error(), "GroupQuit: iAlias " + alias + " not a member");
  }
  takes_alias(joined, "another-one");
  EXPECT_EQ(drops(maker, "another-one").error(), "GroupQuit: iAlias another-one not a member")
      << "the alias on record counts";
  for (const Client& who : {stranger, invited, barred}) {
    EXPECT_EQ(drops(who, "the-joined").error(), "GroupQuit: iByUid " + who.uid + " not a member");
  }
}

TEST_F(GroupEditing, OnceMoreWithTheSameIdIsAcknowledgedAndSendsNothing) {
  const GroupEdit edit{GroupAct::kJoin, "the-group", {}, {}};
  ask(invited, edit, {.id = "1"});
  const Outcome again = ask(invited, edit, {.id = "1"});
  EXPECT_EQ(again.error(), "");
  EXPECT_FALSE(again.shown());
  EXPECT_THAT(again.facts(), IsEmpty());
}

TEST_F(GroupEditing, IsOpenToReceiveOnlyAccounts) {
  sets_receive_only(invited.uid);
  EXPECT_EQ(joins(invited).error(), "");
  EXPECT_EQ(drops(invited, "the-invited").error(), "");
}

}  // namespace
}  // namespace mnm::ops
