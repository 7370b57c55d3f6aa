#include "ops/engine.h"

#include <gtest/gtest.h>

#include "support/engine_house.h"

namespace mnm::ops {
namespace {

using Device = House::Device;

TEST(Engine, DeliversAPostToAConnectedNodeAndAcksIt) {
  House house;
  Device ann = house.join();
  Device bob = house.join();

  const Lsn id = house.post(ann, bob.uid, "hello");

  EXPECT_TRUE(id);
  EXPECT_EQ(house.delivered(bob), std::vector{id});
  EXPECT_EQ(house.text_of(bob, id), "hello");
  EXPECT_TRUE(house.delivered(ann).empty());
}

TEST(Engine, KeepsAMessageForAnOfflineNodeAndPurgesItWithTheLastAck) {
  House house;
  Device ann = house.join();
  Device bob = house.join();
  house.lose(bob);
  const Lsn id = house.post(ann, bob.uid, "later");
  EXPECT_TRUE(house.log->message(id));

  house.login(bob);
  EXPECT_EQ(house.delivered(bob), std::vector{id});
  house.ack(bob, id);

  EXPECT_FALSE(house.log->message(id));
  EXPECT_EQ(house.views().message_count(), 0u);
}

TEST(Engine, DeliversAgainInOrderUntilAcked) {
  House house;
  Device ann = house.join();
  Device bob = house.join();
  std::vector<Lsn> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(house.post(ann, bob.uid, std::to_string(i)));
  house.ack(bob, ids[2]);
  ids.erase(ids.begin() + 2);

  house.lose(bob);
  house.login(bob);

  EXPECT_EQ(house.delivered(bob), ids);
}

TEST(Engine, LosesNothingWhenTheProcessEndsAtOnce) {
  House house;
  Device ann = house.join();
  Device bob = house.join();
  const Lsn first = house.post(ann, bob.uid, "one");
  const Lsn second = house.post(ann, bob.uid, "two");
  house.ack(bob, first);

  house.restart();
  house.login(bob);

  EXPECT_EQ(house.delivered(bob), std::vector{second});
  EXPECT_EQ(house.text_of(bob, second), "two");
}

TEST(Engine, TellsNobodyAnythingWhenTheAppendFails) {
  for (const bool stored : {false, true}) {
    House house;
    Device ann = house.join();
    Device bob = house.join();
    house.disk->fail_at = house.disk->appends + 1;
    house.disk->fail_stores = stored;
    const std::size_t seen_by_ann = house.seen(ann).size();

    EXPECT_FALSE(house.turn([&] {
      std::vector<Request> requests;
      requests.push_back(house.request(ann, House::letter(bob.uid, "?")));
      return requests;
    }()));

    EXPECT_EQ(house.seen(ann).size(), seen_by_ann);
    EXPECT_TRUE(house.delivered(bob).empty());
  }
}

TEST(Engine, LetsGoOfWhoWaitsForALookWhenTheAppendFails) {
  House house;
  Device ann = house.join();
  house.disk->fail_at = house.disk->appends + 1;
  auto waits = std::make_shared<int>();
  const std::weak_ptr<int> lives = waits;

  std::vector<Request> requests(1);
  requests[0].command = Inspect{[waits = std::move(waits)](const state::Views&) {}};
  requests.push_back(house.request(ann, House::letter(ann.uid, "?")));
  EXPECT_FALSE(house.turn(std::move(requests)));

  EXPECT_TRUE(lives.expired()) << "its end is the answer, while there is still somebody to tell";
}

TEST(Engine, LeavesABodyFileAloneWhenTheAppendFails) {
  House house;
  Device ann = house.join();
  Device bob = house.join();
  log::MemoryBodyStore bodies(house.disk, house.disk->head.lsn);
  auto upload = bodies.create();
  ASSERT_TRUE(upload && (*upload)->append("large") && (*upload)->sync());
  const log::BodyFile file = (*upload)->file();
  Post letter = House::letter(bob.uid, "large");
  letter.body.bytes = nullptr;
  letter.body.upload = std::move(*upload);
  house.disk->fail_at = house.disk->appends + 1;
  house.disk->fail_stores = true;

  std::vector<Request> requests;
  requests.push_back(house.request(ann, std::move(letter)));
  EXPECT_FALSE(house.turn(std::move(requests)));

  ASSERT_EQ(house.disk->messages.size(), 1U);
  EXPECT_EQ(house.disk->messages.begin()->second.file, file);
  EXPECT_TRUE(bodies.open(file)) << "the row is on the disk, so its file must be";
}

TEST(Engine, GivesCreditBackForWhatExpiredUnacked) {
  House house({.undelivered_hours = 2, .window_messages = 1});
  Device ann = house.join();
  Device bob = house.join();
  const Lsn first = house.post(ann, bob.uid, "never acked");
  std::vector<Request> hour(1);
  hour[0].command = TickHour{};
  house.turn(hour);
  const Lsn second = house.post(ann, bob.uid, "waits for the first");
  ASSERT_EQ(house.delivered(bob), std::vector{first});

  house.turn(hour);

  EXPECT_EQ(house.delivered(bob), (std::vector{first, second}));
}

TEST(Engine, TakesNoMoreThanARecordHoldsWhenPostsGoToMany) {
  constexpr std::size_t kUsers = 11;
  constexpr std::size_t kNodes = 100;
  House house;
  Device ann = house.join();
  Post letter = House::letter(ann.uid, {});
  letter.to.clear();
  for (std::size_t user = 0; user < kUsers; ++user) {
    Device owner = house.join();
    for (std::size_t node = 1; node < kNodes; ++node) house.add_device(owner);
    letter.to.push_back({owner.uid, TargetType::kUser});
  }
  std::vector<Request> requests;
  for (std::size_t i = 0; i < kTurnRequestsMax; ++i) requests.push_back(house.request(ann, letter));

  const auto done = house.engine().turn(requests);

  ASSERT_TRUE(done);
  EXPECT_EQ(*done, kTurnNodesMax / (kUsers * kNodes) + 1);
}

TEST(Engine, PutsAWholeTurnIntoOneRecordAndPostsOnce) {
  House house;
  Device ann = house.join();
  Device bob = house.join();
  const std::uint64_t appends = house.disk->appends;
  const std::size_t posts = house.posts;

  std::vector<Request> requests;
  for (int i = 0; i < 50; ++i) {
    requests.push_back(house.request(ann, House::letter(bob.uid, "x"), std::to_string(i)));
  }
  house.turn(std::move(requests));

  EXPECT_EQ(house.disk->appends, appends + 1);
  EXPECT_EQ(house.posts, posts + 1);
  EXPECT_EQ(house.delivered(bob).size(), 50u);
}

TEST(Engine, LeavesWhatATurnMayNotHoldToTheNext) {
  House house;
  Device ann = house.join();
  Device bob = house.join();
  const std::uint64_t appends = house.disk->appends;
  std::vector<Request> requests;
  for (std::size_t i = 0; i < kTurnRequestsMax + 1; ++i) {
    requests.push_back(house.request(ann, House::letter(bob.uid, "x"), std::to_string(i)));
  }
  house.turn(std::move(requests));
  EXPECT_EQ(house.disk->appends, appends + 2);
}

TEST(Engine, CountsTheAcksOfARequestEachAgainstWhatATurnHolds) {
  House house;
  Device ann = house.join();
  std::vector<Request> requests;
  for (int i = 0; i < 10; ++i) {
    Ack acks{Lsn(1)};
    acks.more.resize(kTurnAcksMax / 4 - 1, Lsn(2));
    requests.push_back(house.request(ann, acks));
  }
  const auto done = house.engine().turn(requests);
  ASSERT_TRUE(done);
  EXPECT_EQ(*done, 4U);
}

TEST(Engine, HandsOutNoMoreThanTheWindowUntilAcksReturnCredit) {
  House house({.window_messages = 3});
  Device ann = house.join();
  Device bob = house.join();
  std::vector<Lsn> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(house.post(ann, bob.uid, "x"));
  EXPECT_EQ(house.delivered(bob), std::vector(ids.begin(), ids.begin() + 3));

  house.ack(bob, ids[1]);
  EXPECT_EQ(house.delivered(bob), std::vector(ids.begin(), ids.begin() + 4));
  house.ack(bob, ids[0]);
  house.ack(bob, ids[3]);
  EXPECT_EQ(house.delivered(bob), ids);
}

TEST(Engine, ReturnsTheCreditOfAllAcksInARowAndCountsThem) {
  House house({.window_messages = 3});
  Device ann = house.join();
  Device bob = house.join();
  std::vector<Lsn> ids;
  for (int i = 0; i < 7; ++i) ids.push_back(house.post(ann, bob.uid, "x"));
  house.run(bob, Ack{ids[0], {ids[2], ids[2], ids[1]}});
  EXPECT_EQ(house.delivered(bob), std::vector(ids.begin(), ids.begin() + 6));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(house.log->message(ids[i]));
  house.lose(bob);
  const event::SessionEnded ended = house.events(event::Event::kSessionEnded).at(0).session_ended();
  EXPECT_EQ(ended.sent(), 6U);
  EXPECT_EQ(ended.acked(), 3U);
  EXPECT_EQ(ended.stray_acks(), 1U);
  EXPECT_EQ(ended.left(), 4U);
}

TEST(Engine, BoundsTheWindowInOctetsButAlwaysAllowsOneMessage) {
  House house({.window_bytes = 100});
  Device ann = house.join();
  Device bob = house.join();
  const Lsn big = house.post(ann, bob.uid, std::string(1000, 'x'));
  const Lsn small = house.post(ann, bob.uid, "x");
  EXPECT_EQ(house.delivered(bob), std::vector{big});
  house.ack(bob, big);
  EXPECT_EQ(house.delivered(bob), (std::vector{big, small}));
}

TEST(Engine, FencesTheOldSessionOfANodeThatLogsInAgain) {
  House house;
  Device ann = house.join();
  Device bob = house.join();
  Device old = bob;
  const Lsn id = house.post(ann, bob.uid, "x");

  house.login(bob);
  EXPECT_TRUE(house.was_dismissed(old));
  EXPECT_EQ(house.delivered(bob), std::vector{id});

  house.ack(old, id);  // late: means nothing
  EXPECT_TRUE(house.log->message(id));
  house.lose(old);  // nor does the end of its link
  house.post(ann, bob.uid, "y");
  EXPECT_EQ(house.delivered(bob).size(), 2u);
}

TEST(Engine, SaysWhatASessionWasLikeThatAnotherEnds) {
  House house;
  Device ann = house.join();
  house.origin = {event::TLS, "192.0.2.7:4", "192.0.2.7"};
  Device bob = house.join(Dialect::kMmtp);
  Request post = house.request(bob, House::letter(ann.uid, "x"));
  post.digest = sha256("x");
  post.pulses = 3;
  house.turn({post, post});  // the second is the same
  Device again = bob;
  house.origin = {event::TCP, "198.51.100.1:5", "198.51.100.1"};
  house.login(again);
  const event::Event event = house.events(event::Event::kSessionEnded).at(0);
  EXPECT_EQ(event.actor().session(), bob.session.value());
  EXPECT_EQ(event.actor().transport(), event::TLS);
  EXPECT_EQ(event.actor().peer(), "192.0.2.7:4");
  EXPECT_EQ(event.session_ended().pulses(), 3U);
  EXPECT_EQ(event.session_ended().no_change(), 1U);
}

TEST(Engine, EndsAllSessionsWithTheRelay) {
  House house;
  const Device ann = house.join();
  const Device bob = house.join();
  ASSERT_TRUE(house.engine().end_sessions());
  const auto ended = house.events(event::Event::kSessionEnded);
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(ended[0].actor().session(), ann.session.value());
  EXPECT_EQ(ended[1].actor().session(), bob.session.value());
  EXPECT_EQ(ended[1].session_ended().reason(), "the relay ends");
  EXPECT_EQ(house.engine().session_count(), 0U);
  EXPECT_EQ(house.views().digest(), house.replayed().digest());
  house.restart();
}

TEST(Engine, LogsWhatWasTurnedDownBeforeALogin) {
  House house;
  const Device stranger{house.open(), "", "", Dialect::kMmtp};
  house.run(stranger, TurnedDown{event::LOGIN, "corrupt base32 value", "bob", 0});
  const auto refused = house.events(event::Event::kRefused);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].refused().uid(), "bob");
}

TEST(Engine, SaysThatAnotherDialectsSecondLoginIsRefused) {
  House house;
  Device bob = house.join(Dialect::kTmtp);
  Device second = bob;
  house.login(second);
  EXPECT_EQ(std::get<Dismissed>(house.last(second)).text, "node already connected");
  EXPECT_FALSE(house.was_dismissed(bob));
}

TEST(Engine, IgnoresRequestsOfSessionsThatAreNotLoggedIn) {
  House house;
  Device bob = house.join();
  Device stranger{house.open(), bob.uid, "wrong", Dialect::kMmtp};
  const std::uint64_t appends = house.disk->appends;
  house.run(stranger, Ack{Lsn(1)});
  house.run(stranger, House::letter(bob.uid, "spam"));
  house.run(stranger, Lost{.reason = "closed"});
  EXPECT_EQ(house.disk->appends, appends);
  EXPECT_TRUE(house.seen(stranger).empty());
}

TEST(Engine, GivesANewDeviceWhatTheAskingOneHasNotAcked) {
  House house;
  Device ann = house.join();
  Device bob = house.join();
  const Lsn waiting = house.post(ann, bob.uid, "x");
  Device tablet = house.add_device(bob);
  house.login(tablet);
  const auto ids = house.delivered(tablet);
  ASSERT_EQ(ids.size(), 2u);
  EXPECT_GT(ids[0], waiting);  // the user message goes first
  EXPECT_EQ(ids[1], waiting);

  house.ack(bob, waiting);
  EXPECT_TRUE(house.log->message(waiting));
  house.ack(tablet, waiting);
  EXPECT_FALSE(house.log->message(waiting));
}

TEST(Engine, WritesNeitherRowNorPurgeForAMessageThatEndsInItsOwnTurn) {
  House house;
  Device ann = house.join();
  Device bob = house.join();
  Device tablet = house.add_device(bob);
  house.ack(bob, Lsn());
  // Two logins in one turn: the notice of the first is superseded by that of the second.
  std::vector<Request> requests;
  Device one{house.open(), bob.uid, tablet.secret, Dialect::kMmtp};
  Device two{house.open(), bob.uid, tablet.secret, Dialect::kMmtp};
  house.lose(bob);
  requests.push_back(house.request(one, Login{.uid = one.uid, .verifier = sha256(one.secret)}));
  requests.push_back(house.request(two, Login{.uid = two.uid, .verifier = sha256(two.secret)}));
  ASSERT_TRUE(house.turn(std::move(requests)));
  const state::Node& phone = house.views().node(NodeNo(2));
  EXPECT_TRUE(phone.login_notice);
  EXPECT_TRUE(house.log->message(phone.login_notice));
  EXPECT_EQ(house.disk->messages.size(), house.views().message_count());
}

TEST(Engine, LogsRefusalsWithinTheBudgetAndCountsTheRest) {
  House house({.refusal_events = {.burst = 3, .per_hour = 1}});
  Device bob = house.join();
  for (int i = 0; i < 10; ++i) {
    Device thief{house.open(), bob.uid, "guess", Dialect::kMmtp};
    house.login(thief);
    EXPECT_EQ(std::get<Dismissed>(house.last(thief)).text, "login failed") << i;
  }
  house.now_ms += 60'001;
  house.join();
  EXPECT_EQ(house.events(event::Event::kRefused).size(), 3u);
  const auto suppressed = house.events(event::Event::kSuppressed);
  ASSERT_EQ(suppressed.size(), 1u);
  EXPECT_EQ(suppressed[0].suppressed().count(), 7u);
}

TEST(Engine, ReplaysToTheDigestItHad) {
  House house;
  Device ann = house.join(Dialect::kMmtp, "ann-the-first");
  Device bob = house.join(Dialect::kTmtp);
  Device tablet = house.add_device(ann);
  house.login(tablet);
  for (int i = 0; i < 20; ++i) house.post(ann, bob.uid, std::to_string(i));
  house.ack(bob, house.delivered(bob)[3]);
  const Hash before = house.views().digest();
  EXPECT_EQ(house.replayed().digest(), before);
  house.restart();
  EXPECT_EQ(house.views().digest(), before);
  EXPECT_EQ(house.replayed().digest(), before);
}

TEST(Engine, LetsAnInspectorSeeOnlyWhatIsDurable) {
  House house;
  Device ann = house.join();
  Device bob = house.join();
  Lsn seen;
  std::vector<Request> requests;
  requests.push_back({.command = Inspect{[&](const state::Views& views) {
                        seen = views.applied();
                        EXPECT_EQ(seen, house.disk->head.lsn);
                      }}});
  requests.push_back(house.request(ann, House::letter(bob.uid, "x")));
  house.turn(std::move(requests));
  EXPECT_EQ(seen, house.disk->head.lsn);
}

TEST(Engine, GivesAMessageAwayWithItsLastDelivery) {
  House house;
  auto sender = house.join();
  auto one = house.join();
  auto two = house.join();
  house.lose(two);
  Post letter = House::letter(one.uid, "hello");
  letter.to.push_back({two.uid, TargetType::kUser});
  house.run(sender, letter);
  const std::weak_ptr<const Message> message = std::get<Delivery>(house.last(one)).message;
  house.seen(one).clear();
  EXPECT_FALSE(message.expired());
  house.login(two);
  EXPECT_FALSE(message.expired());
  house.seen(two).clear();
  EXPECT_TRUE(message.expired());
}

}  // namespace
}  // namespace mnm::ops
