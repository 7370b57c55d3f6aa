#include <set>

#include "ops/login_match.h"
#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using LoggingIn = Story;

Outcome tries(World& world, Client client, const std::string& uid, const std::string& secret,
              SessionId session) {
  client.session = session;
  return world.ask(client, Login{uid, World::verifier(uid, secret)});
}

TEST_F(LoggingIn, AttachesTheSessionToTheNodeOfThePassword) {
  const Client first = registers();
  const Client second = adds_node(first);
  quits(first);
  quits(second);
  const Outcome outcome = tries(*this, second, second.uid, second.secret, SessionId(50));
  EXPECT_EQ(outcome.attached, second.node);
  EXPECT_EQ(views().node(second.node).session, SessionId(50));
  EXPECT_FALSE(views().node(first.node).session);
  EXPECT_THAT(outcome.answer<LoggedIn>().online, IsEmpty());
}

TEST_F(LoggingIn, SaysTheSameOfAnUnknownUserAWrongPasswordAndADroppedNode) {
  const Client client = registers();
  const Client dropped = adds_node(client);
  UserEdit edit;
  edit.drop_node = dropped.ordinal;
  ask(client, edit);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"nobody", client.secret},
      {client.uid, "wrong"},
      {client.uid, dropped.secret},
      {"", ""},
  };
  for (const auto& [uid, secret] : cases) {
    const Outcome outcome = tries(*this, client, uid, secret, SessionId(50));
    EXPECT_EQ(outcome.answer<Dismissed>().text, "login failed") << uid;
    EXPECT_FALSE(outcome.attached);
    EXPECT_THAT(outcome.facts(), ElementsAre("refused"));
    EXPECT_EQ(outcome.events[0].refused().uid(), uid);
    EXPECT_EQ(outcome.events[0].refused().op(), event::LOGIN);
  }
}

// Equal work: whoever measures learns nothing that the answer doesn't say.
TEST_F(LoggingIn, ComparesTheSameForAnUnknownUserAWrongPasswordAndADroppedNode) {
  const Client client = registers();
  const Client dropped = adds_node(client);
  for (int i = 0; i < 5; ++i) adds_node(client);
  UserEdit edit;
  edit.drop_node = dropped.ordinal;
  ask(client, edit);
  const Client single = registers();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"nobody", client.secret}, {client.uid, "wrong"},       {client.uid, dropped.secret},
      {single.uid, "wrong"},     {single.uid, client.secret}, {"", ""},
  };
  for (const auto& [uid, secret] : cases) {
    const LoginMatch match = match_login(views(), uid, verifier(uid, secret));
    EXPECT_EQ(match.compared, kLoginComparisonsMin) << uid;
    EXPECT_FALSE(match.node) << uid;
  }
  const LoginMatch good = match_login(views(), client.uid, verifier(client.uid, client.secret));
  EXPECT_EQ(good.compared, kLoginComparisonsMin);
  EXPECT_EQ(good.node, client.node);
  // The verifier that dummies are compared with is nobody's password.
  EXPECT_FALSE(match_login(views(), "nobody", Hash{}).node);
  EXPECT_FALSE(match_login(views(), client.uid, Hash{}).node);
}

TEST_F(LoggingIn, RecordsTheSameOfAnUnknownUserAWrongPasswordAndADroppedNode) {
  const Client client = registers();
  const Client dropped = adds_node(client);
  UserEdit edit;
  edit.drop_node = dropped.ordinal;
  ask(client, edit);
  std::set<std::string> recorded;
  for (const auto& [uid, secret] : std::vector<std::pair<std::string, std::string>>{
           {"nobody", client.secret}, {client.uid, "wrong"}, {client.uid, dropped.secret}}) {
    Outcome outcome = tries(*this, client, uid, secret, SessionId(50));
    ASSERT_EQ(outcome.events.size(), 1U);
    ASSERT_EQ(outcome.told.size(), 1U);
    event::Event& event = outcome.events[0];
    event.clear_time_ns();
    event.clear_cause();
    event.mutable_refused()->clear_uid();  // what the client said
    recorded.insert(event.SerializeAsString());
  }
  EXPECT_EQ(recorded.size(), 1U);
}

TEST_F(LoggingIn, LogsAtMost64OctetsOfAnUnknownUid) {
  const Client client = registers();
  for (const std::size_t size : {63U, 64U, 65U}) {
    const Outcome outcome = tries(*this, client, std::string(size, 'x'), "", SessionId(50));
    EXPECT_EQ(outcome.events.at(0).refused().uid().size(), std::min<std::size_t>(size, 64));
  }
}

TEST_F(LoggingIn, CutsWhatItLogsOfAUidBetweenCharacters) {
  const Client client = registers();
  const std::string most(63, 'x');
  const Outcome outcome = tries(*this, client, most + "\u00e9", "", SessionId(50));
  EXPECT_EQ(outcome.events.at(0).refused().uid(), most);
}

TEST_F(LoggingIn, LeavesEventsThatCanBeReadBackWhateverTheOctets) {
  const Client client = registers();
  const Outcome outcome = tries(*this, client, "\xc3", "", SessionId(50));
  const Outcome admin = sets_receive_only("\xc3");
  for (const Outcome* refused : {&outcome, &admin}) {
    event::Event event;
    EXPECT_TRUE(event.ParseFromString(refused->events.at(0).SerializeAsString()));
  }
}

TEST_F(LoggingIn, LogsAtMost1024OctetsOfAnError) {
  const Client client = registers();
  const Outcome outcome = sets_receive_only(std::string(2000, 'x'));
  EXPECT_EQ(outcome.events.at(0).refused().error().size(), 1024U);
  EXPECT_GT(outcome.answer<Acknowledged>().error.size(), 2000U) << "the answer is whole";
}

TEST_F(LoggingIn, IsntLoggedWhenItFailsOnceTheBudgetIsSpent) {
  const Client client = registers();
  budget_spent = true;
  const Outcome outcome = tries(*this, client, "nobody", "", SessionId(50));
  EXPECT_THAT(outcome.facts(), IsEmpty());
  EXPECT_EQ(outcome.error(), "login failed");
}

TEST_F(LoggingIn, LeavesANoticeAtAllNodesOfATmtpUser) {
  const Client client = registers();
  const Client other = adds_node(client);
  reads_all(client);
  reads_all(other);
  quits(client);
  quits(other);
  const Client again = logs_in(client);
  EXPECT_THAT(queue(again), ElementsAre("login"));
  EXPECT_THAT(queue(other), ElementsAre("login"));
  EXPECT_EQ(last(other, message::LOGIN).node_ordinal(), 1U);
  EXPECT_EQ(last(other, message::LOGIN).from_uid(), client.uid);
}

TEST_F(LoggingIn, LeavesANoticeAtTheOtherNodesOfAnMmtpUser) {
  Client client = registers(Dialect::kMmtp);
  client = logs_in(client);
  EXPECT_THAT(queue(client), IsEmpty());
  const Client other = adds_node(client);
  reads_all(client);
  reads_all(other);
  const Client again = logs_in(client);
  EXPECT_THAT(queue(again), IsEmpty());
  EXPECT_THAT(queue(other), ElementsAre("login"));
}

TEST_F(LoggingIn, KeepsTheNewestNoticeOnly) {
  Client client = registers();
  for (int i = 0; i < 3; ++i) {
    quits(client);
    client = logs_in(client);
  }
  EXPECT_THAT(queue(client), ElementsAre("login"));
  const Lsn newest = waiting(client)[0];
  EXPECT_EQ(purged().size(), 2U);
  acks(client, newest);
  EXPECT_THAT(queue(client), IsEmpty());
}

TEST_F(LoggingIn, IsRefusedInTmtpWhileTheNodeIsConnectedAndHarmsNothing) {
  const Client client = registers();
  const Outcome outcome = tries(*this, client, client.uid, client.secret, SessionId(50));
  EXPECT_EQ(outcome.answer<Dismissed>().text, "node already connected");
  EXPECT_FALSE(outcome.attached);
  EXPECT_EQ(views().node(client.node).session, client.session);
  EXPECT_THAT(outcome.told_to<Dismissed>(client.session), IsEmpty());
}

TEST_F(LoggingIn, TakesOverInMmtp) {
  const Client client = registers(Dialect::kMmtp);
  const Outcome outcome = tries(*this, client, client.uid, client.secret, SessionId(50));
  EXPECT_THAT(outcome.facts(), ElementsAre("session_ended", "logged_in"));
  EXPECT_TRUE(outcome.events[1].logged_in().takeover());
  EXPECT_EQ(outcome.events[0].session_ended().reason(), "replaced by a new login");
  EXPECT_EQ(outcome.told_to<Dismissed>(client.session).at(0).text, "replaced by a new login");
  EXPECT_EQ(outcome.attached, client.node);
  EXPECT_EQ(views().node(client.node).session, SessionId(50));
}

TEST_F(LoggingIn, NamesThoseWhoShowTheirPresence) {
  const Client client = registers();
  const Client friend_of_it = registers();
  registers();
  ask(friend_of_it, OhiEdit{OhiType::kInit, {client.uid}});
  quits(client);
  const Outcome outcome = tries(*this, client, client.uid, client.secret, SessionId(50));
  EXPECT_THAT(outcome.answer<LoggedIn>().online, ElementsAre(friend_of_it.uid));
}

}  // namespace
}  // namespace mnm::ops
