#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Leaving = Story;

TEST_F(Leaving, ByQuitIsAnsweredAndEndsTheSession) {
  const Client client = registers();
  posts(registers(), client);
  const Outcome outcome = ask(client, Quit{.pulses = 3});
  EXPECT_EQ(outcome.answer<Dismissed>().text, "logout ok");
  ASSERT_THAT(outcome.facts(), ElementsAre("session_ended"));
  const event::SessionEnded& ended = outcome.events[0].session_ended();
  EXPECT_EQ(ended.reason(), "quit");
  EXPECT_EQ(ended.pulses(), 3U);
  EXPECT_EQ(ended.sent(), 7U);
  EXPECT_EQ(ended.acked(), 5U);
  EXPECT_EQ(ended.stray_acks(), 1U);
  EXPECT_EQ(ended.left(), 1U);
  EXPECT_FALSE(views().node(client.node).session);
  EXPECT_THAT(queue(client), ElementsAre("delivery"));
}

TEST_F(Leaving, ByALostLinkSaysWhyAndAnswersNothing) {
  const Client client = registers();
  const Outcome outcome = ask(client, Lost{.reason = "timed out", .sent = 1, .pulses = 2});
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
  EXPECT_THAT(views().user(first.user).ohi_targets, IsEmpty());
}

TEST_F(Leaving, OfEverybodyAtARestartClearsSessionsAndPresence) {
  const Client seer = registers();
  const Client client = registers();
  ask(client, OhiEdit{OhiType::kInit, {seer.uid}});
  posts(client, seer);
  restarts();
  EXPECT_FALSE(views().node(client.node).session);
  EXPECT_THAT(views().user(seer.user).ohi_sources, IsEmpty());
  EXPECT_THAT(queue(seer), ElementsAre("delivery"));
}

}  // namespace
}  // namespace mnm::ops
