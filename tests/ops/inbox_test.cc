#include "ops/inbox.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace mnm::ops {
namespace {

using namespace std::chrono_literals;

struct CountingOutlet : Outlet {
  void post(std::vector<SessionEffects>) override {}
  void resume() override { ++resumed; }
  int resumed = 0;
};

// Each of a session of its own.
Request quiet() {
  static std::uint64_t sessions = 1000;
  return {.session = SessionId(++sessions), .command = Ack{Lsn(1)}};
}
Request loud() { return {.command = Ping{}}; }

TEST(Inbox, GivesAllThatWaitsInOrder) {
  Inbox inbox(1 << 20);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    Request request = loud();
    request.session = SessionId(i);
    EXPECT_EQ(inbox.offer(std::move(request)), Inbox::Offer::kTaken);
  }
  const auto taken = inbox.take(0ms);
  ASSERT_EQ(taken.size(), 3u);
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(taken[i].session, SessionId(i + 1));
}

TEST(Inbox, SaysWhenItIsFullAndResumesOnceItIsTaken) {
  Inbox inbox(2 * sizeof(Request));
  CountingOutlet outlet;
  Request request = loud();
  request.outlet = &outlet;
  EXPECT_EQ(inbox.offer(Request(request)), Inbox::Offer::kTaken);
  EXPECT_EQ(inbox.offer(Request(request)), Inbox::Offer::kTakenFull);
  EXPECT_EQ(inbox.offer(Request(request)), Inbox::Offer::kTakenFull);
  EXPECT_EQ(outlet.resumed, 0);
  EXPECT_EQ(inbox.take(0ms).size(), 3u);
  EXPECT_EQ(outlet.resumed, 1);
  EXPECT_EQ(inbox.offer(std::move(request)), Inbox::Offer::kTaken);
}

TEST(Inbox, TakesSeveralInTheirOrder) {
  Inbox inbox(1 << 20);
  EXPECT_EQ(inbox.offer(loud()), Inbox::Offer::kTaken);
  std::vector<Request> several;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    several.push_back(quiet());
    several.back().session = SessionId(i);
  }
  EXPECT_EQ(inbox.offer_all(several), Inbox::Offer::kTaken);
  EXPECT_TRUE(several.empty());
  EXPECT_EQ(inbox.offer_all(several), Inbox::Offer::kTaken);
  std::vector<Request> taken{loud(), loud()};  // forgotten
  inbox.take(taken, 0ms);
  ASSERT_EQ(taken.size(), 4u);
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_EQ(taken[i].session, SessionId(i));
}

Request ack(std::uint64_t session, std::uint64_t id) {
  return {.session = SessionId(session), .pulses = id, .command = Ack{Lsn(id)}};
}

std::vector<Lsn> ids_of(const Request& request) {
  std::vector<Lsn> ids;
  std::get<Ack>(request.command).for_each([&ids](Lsn id) { ids.push_back(id); });
  return ids;
}

TEST(Inbox, JoinsTheAcksOfASessionThatComeInARow) {
  Inbox inbox(1 << 20);
  std::vector<Request> several{ack(1, 10), ack(1, 11), ack(2, 12)};
  EXPECT_EQ(inbox.offer_all(several), Inbox::Offer::kTaken);
  EXPECT_EQ(inbox.offer(ack(2, 13)), Inbox::Offer::kTaken);
  Request between = loud();
  between.session = SessionId(2);
  EXPECT_EQ(inbox.offer(std::move(between)), Inbox::Offer::kTaken);
  EXPECT_EQ(inbox.offer(ack(2, 14)), Inbox::Offer::kTaken);
  const auto taken = inbox.take(0ms);
  ASSERT_EQ(taken.size(), 4U);
  EXPECT_EQ(ids_of(taken[0]), (std::vector<Lsn>{Lsn(10), Lsn(11)}));
  EXPECT_EQ(ids_of(taken[1]), (std::vector<Lsn>{Lsn(12), Lsn(13)}));
  EXPECT_EQ(taken[1].pulses, 13U);
  EXPECT_EQ(ids_of(taken[3]), (std::vector<Lsn>{Lsn(14)}));
}

TEST(Inbox, JoinsNoMoreAcksThanAnEventMayHold) {
  Inbox inbox(1 << 20);
  for (std::uint64_t id = 1; id <= 130; ++id)
    EXPECT_EQ(inbox.offer(ack(1, id)), Inbox::Offer::kTaken);
  const auto taken = inbox.take(0ms);
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_EQ(ids_of(taken[0]).size(), 64U);
  EXPECT_EQ(ids_of(taken[1]).size(), 64U);
  EXPECT_EQ(ids_of(taken[2]), (std::vector<Lsn>{Lsn(129), Lsn(130)}));
}

TEST(Inbox, SaysOfSeveralWhetherItIsFullOrClosed) {
  Inbox inbox(3 * sizeof(Request));
  CountingOutlet outlet;
  std::vector<Request> several(3, loud());
  for (Request& request : several) request.outlet = &outlet;
  EXPECT_EQ(inbox.offer_all(several), Inbox::Offer::kTakenFull);
  EXPECT_EQ(inbox.take(0ms).size(), 3u);
  EXPECT_EQ(outlet.resumed, 1);
  inbox.close();
  several.assign(2, loud());
  EXPECT_EQ(inbox.offer_all(several), Inbox::Offer::kClosed);
}

// In most of the rounds the engine sleeps by then.
TEST(Inbox, WakesForTheOneOfSeveralThatHasAnAnswer) {
  for (int round = 0; round < 100; ++round) {
    Inbox inbox(1 << 20);
    std::atomic<bool> begun = false;
    std::thread engine([&] {
      begun = true;
      EXPECT_EQ(inbox.take(1h).size(), 4U);
    });
    while (!begun) std::this_thread::yield();
    EXPECT_EQ(inbox.offer(quiet()), Inbox::Offer::kTaken);
    for (int i = 0; i < 10 * round; ++i) std::this_thread::yield();
    std::vector<Request> several{quiet(), loud(), quiet()};
    EXPECT_EQ(inbox.offer_all(several), Inbox::Offer::kTaken);
    engine.join();
  }
}

TEST(Inbox, KeepsTheMemoryOfAFewRequestsAlone) {
  Inbox inbox(std::size_t{1} << 30);
  inbox.close();
  std::vector<Request> taken;
  taken.reserve(100);
  inbox.take(taken, 0ms);  // swapped with the inbox's own
  inbox.take(taken, 0ms);
  EXPECT_EQ(taken.capacity(), 100U);
  taken.reserve(100'000);
  inbox.take(taken, 0ms);
  inbox.take(taken, 0ms);
  EXPECT_EQ(taken.capacity(), 0U);
}

TEST(Inbox, RefusesAfterItIsClosedButGivesWhatItHas) {
  Inbox inbox(1 << 20);
  EXPECT_EQ(inbox.offer(loud()), Inbox::Offer::kTaken);
  inbox.close();
  EXPECT_EQ(inbox.offer(loud()), Inbox::Offer::kClosed);
  EXPECT_EQ(inbox.take(1h).size(), 1u);
  EXPECT_TRUE(inbox.take(1h).empty());
}

TEST(Inbox, LetsAcksWaitForARequestThatHasAnAnswer) {
  Inbox inbox(1 << 20);
  std::vector<Request> taken;
  EXPECT_EQ(inbox.offer(quiet()), Inbox::Offer::kTaken);
  std::thread engine([&] { taken = inbox.take(1h); });
  EXPECT_EQ(inbox.offer(quiet()), Inbox::Offer::kTaken);
  EXPECT_EQ(inbox.offer(loud()), Inbox::Offer::kTaken);
  engine.join();
  EXPECT_EQ(taken.size(), 3u);
}

TEST(Inbox, GivesAcksAloneOnceTheyHaveWaited) {
  Inbox inbox(1 << 20);
  EXPECT_EQ(inbox.offer(quiet()), Inbox::Offer::kTaken);
  EXPECT_EQ(inbox.take(1ms).size(), 1u);
}

}  // namespace
}  // namespace mnm::ops
