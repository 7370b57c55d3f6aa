#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Leaving = Story;

TEST_F(Leaving, ByQuitIsAnsweredAndEndsTheSession) {
  const Client client = registers();
  posts(registers(), client);
  const Outcome outcome = ask(client, Quit{});
  EXPECT_EQ(outcome.answer<Dismissed>().text, "logout ok");
  ASSERT_THAT(outcome.facts(), ElementsAre("session_ended"));
  const event::SessionEnded& ended = outcome.events[0].session_ended();
  EXPECT_EQ(ended.reason(), "quit");
  EXPECT_EQ(ended.pulses(), 3U);
  EXPECT_EQ(ended.sent(), 7U);
  EXPECT_EQ(ended.acked(), 5U);
  EXPECT_EQ(ended.stray_acks(), 1U);
  EXPECT_EQ(ended.no_change(), 2U);
  EXPECT_EQ(ended.left(), 1U);
  EXPECT_FALSE(views().node(client.node).session);
  EXPECT_THAT(queue(client), ElementsAre("delivery"));
}

TEST_F(Leaving, ByALostLinkSaysWhyAndAnswersNothing) {
  const Client client = registers();
  const Outcome outcome = ask(client, Lost{.reason = "timed out"});
  EXPECT_THAT(outcome.told, IsEmpty());
  EXPECT_EQ(outcome.events.at(0).session_ended().reason(), "timed out");
  EXPECT_FALSE(views().node(client.node).session);
}

TEST_F(Leaving, TwiceChangesNothing) {
  const Client client = registers();
  quits(client);
  const Outcome outcome = ask(client, Lost{.reason = "closed"});
  EXPECT_THAT(outcome.facts(), IsEmpty());
}

TEST_F(Leaving, BeforeTheLoginIsNoEvent) {
  Client stranger;
  stranger.session = SessionId(9);
  EXPECT_THAT(ask(stranger, Lost{.reason = "closed"}).facts(), IsEmpty());
}

TEST_F(Leaving, SaysWhereTheSessionCameFromWhoeverEndsIt) {
  const Client client = registers(Dialect::kMmtp);
  const Client second = adds_node(client);
  const auto expect_own = [](const Outcome& outcome, const Client& whose) {
    const event::Event& event = outcome.events.at(0);
    ASSERT_TRUE(event.has_session_ended());
    EXPECT_EQ(event.actor().user(), whose.user.value());
    EXPECT_EQ(event.actor().node(), whose.node.value());
    EXPECT_EQ(event.actor().session(), whose.session.value());
    EXPECT_EQ(event.actor().transport(), event::TLS);
    EXPECT_EQ(event.actor().peer(), "192.0.2.7:4");
    EXPECT_EQ(event.session_ended().pulses(), 3U);
  };
  Client again = client;
  again.session = SessionId(50);
  expect_own(ask(again, Login{client.uid, verifier(client.uid, client.secret)}), client);
  UserEdit edit;
  edit.credentials = {client.uid, verifier(client.uid, client.secret)};
  edit.drop_node = 2;
  expect_own(ask(again, edit), second);
}

TEST_F(Leaving, ByAnAdministratorSaysWhich) {
  const Client client = registers();
  const event::Event event = administers(EndSessions{client.uid}).events.at(0);
  ASSERT_TRUE(event.has_session_ended());
  EXPECT_EQ(event.actor().session(), client.session.value());
  EXPECT_EQ(event.actor().transport(), event::ADMIN);
  EXPECT_EQ(event.actor().peer(), "uid=0 pid=1");
}

TEST_F(Leaving, WithSomethingTurnedDownIsARefusal) {
  Client stranger;
  stranger.session = SessionId(9);
  const Outcome login = ask(stranger, TurnedDown{event::LOGIN, "corrupt base32 value", "bob", 0});
  ASSERT_THAT(login.facts(), ElementsAre("refused"));
  EXPECT_EQ(login.events[0].refused().op(), event::LOGIN);
  EXPECT_EQ(login.events[0].refused().error(), "corrupt base32 value");
  EXPECT_EQ(login.events[0].refused().uid(), "bob");
  EXPECT_THAT(login.told, IsEmpty()) << "the session has answered it";

  const TurnedDown post{event::POST, "storage is not available", "", 15};
  const Client client = registers(Dialect::kMmtp);
  const Outcome refused = ask(client, post);
  ASSERT_THAT(refused.facts(), ElementsAre("refused"));
  EXPECT_EQ(refused.events[0].refused().op(), event::POST);
  EXPECT_TRUE(refused.events[0].refused().passing());
  EXPECT_EQ(refused.answer<Acknowledged>().error, "storage is not available");
  EXPECT_EQ(refused.answer<Acknowledged>().retry_after_s, 15U);
  const Outcome silent = ask(registers(Dialect::kTmtp), post);
  EXPECT_THAT(silent.facts(), ElementsAre("refused"));
  EXPECT_THAT(silent.told, IsEmpty()) << "its client takes an error for final";
}

TEST_F(Leaving, TellsThoseWhoSawTheUserOnceTheLastNodeThatShowedItIsGone) {
  const Client seer = registers();
  const Client first = registers();
  const Client second = adds_node(first);
  const Client silent = adds_node(first);
  ask(first, OhiEdit{OhiType::kInit, {seer.uid}});
  ask(second, OhiEdit{OhiType::kInit, {seer.uid}});
  EXPECT_THAT(ask(silent, Quit{}).told_to<Ohi>(seer.session), IsEmpty());
  EXPECT_THAT(ask(first, Lost{.reason = "gone"}).told_to<Ohi>(seer.session), IsEmpty());
  const auto told = ask(second, Quit{}).told_to<Ohi>(seer.session);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].from_uid, first.uid);
  EXPECT_EQ(told[0].status, 2U);
  EXPECT_THAT(views().user(first.user).presence->targets, IsEmpty());
}

TEST_F(Leaving, OfEverybodyAtARestartClearsSessionsAndPresence) {
  const Client seer = registers();
  const Client client = registers();
  ask(client, OhiEdit{OhiType::kInit, {seer.uid}});
  posts(client, seer);
  restarts();
  EXPECT_FALSE(views().node(client.node).session);
  EXPECT_THAT(views().user(seer.user).presence->sources, IsEmpty());
  EXPECT_THAT(queue(seer), ElementsAre("delivery"));
}

}  // namespace
}  // namespace mnm::ops
