#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Posting : public Story {
 protected:
  // The group's maker, and others joined to it.
  Client maker = registers(Dialect::kTmtp, "the-maker");
  Client maker_too = adds_node(maker);
  Client joined = registers(Dialect::kTmtp, "the-joined");
  Client invited = registers(Dialect::kTmtp, "the-invited");
  Client barred = registers(Dialect::kTmtp, "the-barred");
  Client stranger = registers(Dialect::kTmtp, "the-stranger");

  void SetUp() override {
    for (const char* alias : {"the-joined", "the-invited", "the-barred"}) {
      invites(maker, "the-group", "the-maker", alias);
    }
    edits_group(joined, GroupAct::kJoin, "the-group");
    edits_group(maker, GroupAct::kDrop, "the-group", "the-barred");
    for (const Client& who : {maker, maker_too, joined, invited, barred, stranger}) reads_all(who);
  }
  static Target group(TargetType type) { return {"the-group", type}; }
};

TEST_F(Posting, GivesTheRecipientACopyAndShowsItsIdAndTime) {
  const Outcome outcome = posts(stranger, {{joined.uid}}, "hello");
  ASSERT_THAT(outcome.facts(), ElementsAre("stored"));
  const Lsn id = outcome.stored.at(0);
  EXPECT_THAT(waiting(joined), ElementsAre(id));
  EXPECT_EQ(header(id).kind(), message::DELIVERY);
  EXPECT_EQ(header(id).from_uid(), stranger.uid);
  EXPECT_EQ(header(id).data_bytes(), 5U);
  EXPECT_EQ(header(id).notify(), 0U);
  const auto answer = outcome.answer<Acknowledged>();
  EXPECT_EQ(answer.op, event::POST);
  EXPECT_EQ(answer.message, id);
  EXPECT_EQ(answer.posted_ns, header(id).posted_ns());
  EXPECT_EQ(outcome.events[0].stored().commitment().size(), 32U);
}

TEST_F(Posting, PassesHeadAndSumThrough) {
  Post post;
  post.to = {{joined.uid}};
  post.body = body("head and body");
  post.head_bytes = 4;
  post.data_sum = 0xffff'ffff'ffff'ffffU;
  const Lsn id = ask(stranger, post).shown();
  EXPECT_EQ(header(id).head_bytes(), 4U);
  EXPECT_EQ(header(id).data_sum(), 0xffff'ffff'ffff'ffffU);
}

TEST_F(Posting, GivesTheSendersOtherNodesACopyAndTheSendingNodeOneOnlyIfNamed) {
  struct Case {
    std::vector<Target> to;
    std::size_t sending, other, joined;
  };
  const std::vector<Case> cases = {
      {{}, 0, 1, 0},
      {{{joined.uid}}, 0, 1, 1},
      {{{maker.uid}}, 1, 1, 0},
      {{{joined.uid}, {maker.uid}, {joined.uid}}, 1, 1, 1},
      {{group(TargetType::kGroupWithSelf)}, 1, 1, 1},
      {{group(TargetType::kGroupWithoutSelf)}, 0, 1, 1},
      {{group(TargetType::kGroupWithoutSelf), group(TargetType::kGroupWithSelf)}, 1, 1, 1},
      {{group(TargetType::kGroupWithoutSelf), {maker.uid}}, 1, 1, 1},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(posts(maker, one.to).error(), "");
    EXPECT_EQ(waiting(maker).size(), one.sending);
    EXPECT_EQ(waiting(maker_too).size(), one.other);
    EXPECT_EQ(waiting(joined).size(), one.joined);
    EXPECT_THAT(waiting(invited), IsEmpty());
    EXPECT_THAT(waiting(barred), IsEmpty());
    for (const Client& who : {maker, maker_too, joined}) reads_all(who);
  }
}

TEST_F(Posting, ToNobodyWaitsForNobodyButIsAnEvent) {
  const Outcome outcome = posts(stranger, std::vector<Target>{});
  EXPECT_THAT(outcome.facts(), ElementsAre("stored"));
  EXPECT_EQ(outcome.shown(), outcome.stored.at(0));
  EXPECT_FALSE(has_row(outcome.shown()));
}

TEST_F(Posting, ToAGroupIsForThoseInvitedOrJoined) {
  const auto to = {group(TargetType::kGroupWithSelf)};
  EXPECT_EQ(posts(invited, to).error(), "");
  EXPECT_THAT(queue(joined), ElementsAre("delivery"));
  EXPECT_THAT(queue(invited), IsEmpty()) << "the invited don't receive, not even their own";
  for (const Client& who : {barred, stranger}) {
    EXPECT_EQ(posts(who, to).error(), "GroupGetUsers: iByUid " + who.uid + " not a member");
  }
}

TEST_F(Posting, WithOneBadRecipientReachesNobody) {
  const std::vector<std::pair<Target, std::string>> cases = {
      {{"Unknown", TargetType::kUser}, "OpenNodes: iUid Unknown not found"},
      {{"a b", TargetType::kUser}, "fetchUser: invalid string 'a b'"},
      {{"\xc3\xa4", TargetType::kUser}, "fetchUser: invalid string '\xc3\xa4'"},
      {{"no-group", TargetType::kGroupWithSelf}, "GroupGetUsers: iGid no-group not found"},
      {{"the-maker", TargetType::kGroupWithoutSelf}, "GroupGetUsers: iGid the-maker not found"},
  };
  for (const auto& [bad, error] : cases) {
    const Outcome outcome = posts(maker, {{joined.uid}, bad, {"also-bad"}});
    EXPECT_EQ(outcome.error(), error);
    EXPECT_THAT(outcome.facts(), ElementsAre("refused"));
    EXPECT_EQ(outcome.events[0].refused().error(), error);
    EXPECT_FALSE(outcome.shown());
  }
  EXPECT_THAT(waiting(joined), IsEmpty());
  EXPECT_THAT(waiting(maker_too), IsEmpty());
}

TEST_F(Posting, IsNotForReceiveOnlyAccounts) {
  sets_receive_only(stranger.uid);
  EXPECT_EQ(posts(stranger, joined).error(), "not allowed for a receive-only account");
  EXPECT_EQ(posts(joined, stranger).error(), "");
  sets_receive_only(stranger.uid, false);
  EXPECT_EQ(posts(stranger, joined).error(), "");
}

TEST_F(Posting, OnceMoreWithTheSameIdIsAnsweredAsBefore) {
  Post post;
  post.to = {{joined.uid}};
  post.body = body("once");
  const Outcome first = ask(stranger, post, {.id = std::string("\0 1", 3)});
  quits(stranger);
  const Client again = logs_in(stranger);
  const Outcome second = ask(again, post, {.id = std::string("\0 1", 3)});
  EXPECT_THAT(second.facts(), IsEmpty());
  EXPECT_EQ(second.shown(), first.shown());
  EXPECT_EQ(second.answer<Acknowledged>().posted_ns, first.answer<Acknowledged>().posted_ns);
  EXPECT_EQ(second.answer<Acknowledged>().id, std::string("\0 1", 3));
  EXPECT_EQ(waiting(joined).size(), 1U);
}

TEST_F(Posting, OnceMoreAfterARefusalIsTriedAgain) {
  Post post;
  post.to = {{"Unknown"}};
  post.body = body("once");
  EXPECT_NE(ask(stranger, post, {.id = "1"}).error(), "");
  post.to = {{joined.uid}};
  EXPECT_EQ(ask(stranger, post, {.id = "1"}).error(), "");
}

TEST_F(Posting, OnceMoreFromAnotherNodeIsAnotherPost) {
  Post post;
  post.to = {{joined.uid}};
  post.body = body("once");
  EXPECT_NE(ask(maker, post, {.id = "1"}).shown(), ask(maker_too, post, {.id = "1"}).shown());
}

TEST_F(Posting, InMmtpIsARepetitionWithinASessionOrWhenItSaysSo) {
  Client client = registers(Dialect::kMmtp);
  Post post;
  post.to = {{joined.uid}};
  post.body = body("once");
  const Lsn first = ask(client, post, {.id = "1"}).shown();
  EXPECT_EQ(ask(client, post, {.id = "1"}).shown(), first);
  client = logs_in(client);
  const Lsn second = ask(client, post, {.id = "1"}).shown();
  EXPECT_NE(second, first) << "simple clients count from 1 in each session";
  client = logs_in(client);
  EXPECT_NE(ask(client, post, {.id = "2", .retry = true}).shown(), second);
  EXPECT_EQ(ask(client, post, {.id = "1", .retry = true}).shown(), first);
}

TEST_F(Posting, RemembersThe65LastRequestsOfANode) {
  Post post;
  post.to = {{joined.uid}};
  post.body = body("x");
  for (int i = 1; i <= 66; ++i) ask(stranger, post, {.id = std::to_string(i)});
  EXPECT_THAT(ask(stranger, post, {.id = "2"}).facts(), IsEmpty());
  EXPECT_THAT(ask(stranger, post, {.id = "66"}).facts(), IsEmpty());
  EXPECT_THAT(ask(stranger, post, {.id = "1"}).facts(), ElementsAre("stored"));
}

TEST_F(Posting, RemembersTheLastRequestForEverAndTheOthersForADay) {
  Post post;
  post.to = {{joined.uid}};
  post.body = body("x");
  ask(stranger, post, {.id = "1"});
  ask(stranger, post, {.id = "2"});
  ticks(23);
  EXPECT_THAT(ask(stranger, post, {.id = "1"}).facts(), IsEmpty());
  ticks(100);
  EXPECT_THAT(ask(stranger, post, {.id = "2"}).facts(), IsEmpty());
  ask(stranger, post, {.id = "3"});
  EXPECT_THAT(ask(stranger, post, {.id = "2"}).facts(), ElementsAre("stored"));
}

TEST_F(Posting, CostsOnceHoweverOftenAGroupIsNamed) {
  std::vector<Target> to(100, group(TargetType::kGroupWithoutSelf));
  to.push_back(group(TargetType::kGroupWithSelf));
  to.push_back(group(TargetType::kGroupWithoutSelf));
  const Outcome outcome = posts(maker, to);
  EXPECT_EQ(outcome.events.at(0).stored().targets_size(), 2);
  for (const Client& who : {maker, maker_too, joined}) {
    EXPECT_THAT(queue(who), ElementsAre("delivery"));
  }
}

}  // namespace
}  // namespace mnm::ops
