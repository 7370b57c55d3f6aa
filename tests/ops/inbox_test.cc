#include "ops/inbox.h"

#include <gtest/gtest.h>

#include <thread>

namespace mnm::ops {
namespace {

using namespace std::chrono_literals;

struct CountingOutlet : Outlet {
  void post(std::vector<SessionEffects>) override {}
  void resume() override { ++resumed; }
  int resumed = 0;
};

Request quiet() { return {.command = Ack{Lsn(1)}}; }
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
