// What strangers and users may cost the log: buckets by themselves, then through an engine.
#include "ops/budgets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/engine_house.h"

namespace mnm::ops {
namespace {

using ::testing::HasSubstr;
using Device = House::Device;

constexpr std::uint64_t kHour_ms = 3'600'000;
constexpr Budget kTwoThenOneAnHour{.burst = 2, .per_hour = 1};

TEST(TokenBucket, GivesTheBurstThenSoManyAnHour) {
  TokenBuckets<int> buckets(kTwoThenOneAnHour);
  std::uint64_t now = 5;
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(buckets.has_token(1, now));
    buckets.take(1, 1, now);
  }
  EXPECT_FALSE(buckets.has_token(1, now));
  EXPECT_FALSE(buckets.has_token(1, now + kHour_ms - 1));
  EXPECT_TRUE(buckets.has_token(1, now + kHour_ms));
  EXPECT_TRUE(buckets.has_token(2, now)) << "another's bucket is another's";
}
TEST(TokenBucket, NeverHoldsMoreThanTheBurstNorLessThanNothing) {
  TokenBuckets<int> buckets(kTwoThenOneAnHour);
  buckets.take(1, 1'000'000, 0);
  EXPECT_FALSE(buckets.has_token(1, kHour_ms - 1));
  EXPECT_TRUE(buckets.has_token(1, kHour_ms)) << "a debt is forgiven";
  const std::uint64_t late = 100 * kHour_ms;
  for (int i = 0; i < 2; ++i) buckets.take(1, 1, late);
  EXPECT_FALSE(buckets.has_token(1, late));
}
TEST(TokenBucket, HasNoLimitWithoutARateAndNothingWithoutABurst) {
  TokenBuckets<int> unlimited({.burst = 1, .per_hour = 0});
  for (int i = 0; i < 10; ++i) unlimited.take(1, 1, 0);
  EXPECT_TRUE(unlimited.has_token(1, 0));
  EXPECT_EQ(unlimited.size(), 0U);
  EXPECT_FALSE(TokenBuckets<int>({.burst = 0, .per_hour = 5}).has_token(1, kHour_ms));
  EXPECT_FALSE(TokenBuckets<int>({.burst = 0, .per_hour = 0}).has_token(1, kHour_ms));
}
TEST(TokenBucket, IsNotFullerForItsOwnerAfterHeCameUnderManyNames) {
  TokenBuckets<int> buckets({.burst = 10, .per_hour = 1});
  constexpr int kOwner = -1;
  buckets.take(kOwner, 10, 0);
  for (int name = 0; name < 5 * static_cast<int>(kTokenBucketsMax); ++name) {
    buckets.take(name, 10, 0);
    ASSERT_LE(buckets.size(), kTokenBucketsMax);
  }
  EXPECT_FALSE(buckets.has_token(kOwner, 0));
  EXPECT_FALSE(buckets.has_token(kOwner, kHour_ms - 1));
  EXPECT_TRUE(buckets.has_token(kOwner, kHour_ms));
}
TEST(TokenBucket, MakesRoomByForgettingTheFullest) {
  TokenBuckets<int> buckets({.burst = 10, .per_hour = 1});
  constexpr int kSpender = -1;
  buckets.take(kSpender, 10, 0);
  for (int name = 0; name < static_cast<int>(kTokenBucketsMax) + 1; ++name) {
    buckets.take(name, 1, 0);
  }
  EXPECT_LE(buckets.size(), kTokenBucketsMax);
  EXPECT_FALSE(buckets.has_token(kSpender, 0));
  EXPECT_TRUE(buckets.has_token(1'000'000, 0)) << "a newcomer is served as long as most are";
}

Origin from_afar(const std::string& host, const std::string& network) {
  return {event::TLS, host + ":4711", network};
}
std::size_t events_of(House& house) { return house.disk->head.lsn.value(); }
std::string error_of(const House::Device& device, House& house) {
  const auto* answer = std::get_if<Acknowledged>(&house.last(device));
  return answer != nullptr ? answer->error : "no answer";
}

TEST(Budget, OfASessionRefusesForNowWithSecondsToWaitInMmtp) {
  House house({.session_events = {.burst = 3, .per_hour = 1}});
  Device ann = house.join();
  Device bob = house.join();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(house.post(ann, bob.uid, "x"));
  house.run(ann, House::letter(bob.uid, "one too many"));
  const auto refusal = std::get<Acknowledged>(house.last(ann));
  EXPECT_EQ(refusal.error, "too many requests: nothing was stored");
  EXPECT_EQ(refusal.retry_after_s, 15U);
  house.now_ms += kHour_ms;
  EXPECT_TRUE(house.post(ann, bob.uid, "later"));
}
TEST(Budget, OfASessionRefusesInSilenceInTmtp) {
  House house({.session_events = {.burst = 3, .per_hour = 1}});
  Device ann = house.join(Dialect::kTmtp);
  for (int i = 0; i < 3; ++i) house.run(ann, House::letter(ann.uid, "x"));
  const std::size_t seen = house.seen(ann).size();
  house.run(ann, House::letter(ann.uid, "one too many"));
  EXPECT_EQ(house.seen(ann).size(), seen);
  EXPECT_FALSE(house.was_dismissed(ann));
}
TEST(Budget, OfASessionLeavesTheUsersOtherDevicesAlone) {
  House house({.session_events = {.burst = 3, .per_hour = 1}});
  Device bob = house.join();
  Device phone = house.join();
  Device tablet = house.add_device(phone);
  house.login(tablet);
  for (int i = 0; i < 5; ++i) house.run(phone, House::letter(bob.uid, "x"));
  EXPECT_EQ(error_of(phone, house), "too many requests: nothing was stored");
  EXPECT_TRUE(house.post(tablet, bob.uid, "x"));
}
TEST(Budget, OfAUserOutlastsItsSessions) {
  House house({.user_events = {.burst = 6, .per_hour = 1}});
  Device bob = house.join();
  Device ann = house.join();  // 2 events
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(house.post(ann, bob.uid, "x"));
  house.run(ann, House::letter(bob.uid, "one too many"));
  EXPECT_EQ(error_of(ann, house), "too many requests: nothing was stored");
  house.lose(ann);
  house.login(ann);
  EXPECT_EQ(std::get<Dismissed>(house.last(ann)).text, "too many requests");
  ann.dialect = Dialect::kTmtp;
  house.login(ann);
  EXPECT_EQ(std::get<Dismissed>(house.last(ann)).text, "") << "ends the link without a word";
  house.now_ms += 6 * kHour_ms;
  ann.dialect = Dialect::kMmtp;
  house.login(ann);
  EXPECT_TRUE(std::holds_alternative<LoggedIn>(house.last(ann)));
}
TEST(Budget, OfAUserPaysForLogins) {
  House house({.user_events = {.burst = 20, .per_hour = 1}});
  Device ann = house.join();
  house.lose(ann);
  const std::size_t before = events_of(house);
  for (int i = 0; i < 50; ++i) {
    house.login(ann);
    house.lose(ann);
  }
  EXPECT_LE(events_of(house), before + 20 + 50) << "50 are refusals, which have a budget too";
  EXPECT_TRUE(house.was_dismissed(ann));
}
TEST(Budget, LeavesAcksAndQuitAlone) {
  House house({.session_events = {.burst = 1, .per_hour = 1}});
  Device ann = house.join();
  Device bob = house.join();
  const Lsn id = house.post(ann, bob.uid, "x");
  house.run(bob, House::letter(bob.uid, "spends it"));
  house.ack(bob, id);
  EXPECT_FALSE(house.log->message(id));
  house.run(bob, Quit{});
  EXPECT_EQ(std::get<Dismissed>(house.last(bob)).text, "logout ok");
}
TEST(Budget, OfAnAddressBoundsWhatAllItsAccountsCause) {
  House house({.address_events = {.burst = 8, .per_hour = 1}});
  house.origin = from_afar("192.0.2.1", "192.0.2.1");
  Device ann = house.join();  // 2 events each
  Device bob = house.join();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(house.post(ann, bob.uid, "x"));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(house.post(bob, ann.uid, "x"));
  house.run(ann, House::letter(ann.uid, "one too many"));
  EXPECT_EQ(error_of(ann, house), "too many requests: nothing was stored");
  house.run(bob, House::letter(bob.uid, "one too many"));
  EXPECT_EQ(error_of(bob, house), "too many requests: nothing was stored");
  house.origin = from_afar("192.0.2.2", "192.0.2.2");
  Device eve = house.join();
  EXPECT_TRUE(house.post(eve, ann.uid, "x"));
}
TEST(Budget, OfRegistrationsIsAnAddressesAndAnIpv6NetworkIsOne) {
  House house({.registrations = {.burst = 2, .per_hour = 1}});
  for (const char* host : {"[2001:db8::1]", "[2001:db8::2]"}) {
    house.origin = from_afar(host, "2001:db8");
    EXPECT_TRUE(std::holds_alternative<Registered>(house.last(house.join()))) << host;
  }
  house.origin = from_afar("[2001:db8::3]", "2001:db8");
  EXPECT_EQ(std::get<Dismissed>(house.last(house.join())).text, "register failure");
  house.origin = from_afar("[2001:db9::1]", "2001:db9");
  EXPECT_TRUE(std::holds_alternative<Registered>(house.last(house.join())));
}
TEST(Budget, OfRegistrationsIsNotForThisMachine) {
  House house({.registrations = {.burst = 1, .per_hour = 1}});
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(std::holds_alternative<Registered>(house.last(house.join())));
  }
}
TEST(Budget, OfRefusalsCountsAllPortsOfAnAddressAndAllPeersOnThisMachineAsOne) {
  House house({.refusal_events = {.burst = 2, .per_hour = 1}});
  Device bob = house.join();
  const auto guess_from = [&](Origin origin) {
    house.origin = std::move(origin);
    Device thief{house.open(), bob.uid, "guess", Dialect::kMmtp};
    const std::size_t before = events_of(house);
    house.login(thief);
    EXPECT_EQ(std::get<Dismissed>(house.last(thief)).text, "login failed");
    return events_of(house) - before;
  };
  std::size_t logged = 0;
  for (const char* port : {":1", ":2", ":3"}) {
    logged += guess_from({event::TCP, std::string("192.0.2.1") + port, "192.0.2.1"});
  }
  EXPECT_EQ(logged, 2U);
  logged = 0;
  for (const char* peer : {"uid=0 pid=1", "uid=0 pid=2", "uid=0 pid=3"}) {
    logged += guess_from({event::UNIX, peer, {}});
  }
  EXPECT_EQ(logged, 2U);
}
TEST(Budget, NamesWhoseRefusalsAreMissingInTheLogButNotForEver) {
  House house({.refusal_events = {.burst = 0, .per_hour = 1}});
  const std::size_t more = 2 * kSuppressedNamesMax;
  for (std::size_t i = 0; i < more; ++i) {
    const std::string host = "192.0.2." + std::to_string(i);
    house.origin = from_afar(host, host);
    Device thief{house.open(), "nobody", "guess", Dialect::kMmtp};
    house.login(thief);
  }
  house.now_ms += 60'001;
  house.join();
  std::size_t names = 0;
  std::uint64_t count = 0;
  std::string text;
  state::Views views;
  state::Changes changes;
  ASSERT_TRUE(replay(*house.log, Lsn(), views, changes, [&](Lsn, const event::Event& event) {
    names += event.has_suppressed() ? 1 : 0;
    count += event.suppressed().count();
    text += event.suppressed().who() + "\n";
    return true;
  }));
  EXPECT_EQ(names, kSuppressedNamesMax + 1);
  EXPECT_EQ(count, more);
  EXPECT_THAT(text, HasSubstr("address 192.0.2.0\n"));
  EXPECT_THAT(text, HasSubstr("others\n"));
}

TEST(Budget, OfPostsIsAUsersOverAllItsDevicesAndRefillsWhileItIsTried) {
  House house({.user_posts = {.burst = 2, .per_hour = 1}});
  Device bob = house.join();
  Device phone = house.join();
  Device tablet = house.add_device(phone);
  house.login(tablet);
  EXPECT_TRUE(house.post(phone, bob.uid, "x"));
  EXPECT_TRUE(house.post(tablet, bob.uid, "x"));
  for (int tries = 0; tries < 10; ++tries) {
    house.run(phone, House::letter(bob.uid, "one too many"));
    EXPECT_EQ(error_of(phone, house), "too many requests: nothing was stored");
    EXPECT_EQ(std::get<Acknowledged>(house.last(phone)).retry_after_s, 15U);
  }
  EXPECT_TRUE(house.post(bob, phone.uid, "x")) << "another's bucket is another's";
  house.now_ms += kHour_ms;
  EXPECT_TRUE(house.post(phone, bob.uid, "later")) << "what was refused cost nothing";
  phone.dialect = Dialect::kTmtp;
  const std::size_t seen = house.seen(phone).size();
  house.run(phone, House::letter(bob.uid, "one too many"));
  EXPECT_EQ(house.seen(phone).size(), seen) << "TMTP: no answer at all";
}
TEST(Budget, OfOctetsCountsBodiesInKibAndLetsOneLargePostTakeAllThatIsLeft) {
  House house({.user_post_kib = {.burst = 4, .per_hour = 1}});
  Device ann = house.join();
  Device bob = house.join();
  EXPECT_TRUE(house.post(ann, bob.uid, std::string(1, 'x')));     // 1 KiB
  EXPECT_TRUE(house.post(ann, bob.uid, std::string(1025, 'x')));  // 2
  EXPECT_TRUE(house.post(ann, bob.uid, std::string(9999, 'x')));  // what is left
  house.run(ann, House::letter(bob.uid, "x"));
  EXPECT_EQ(error_of(ann, house), "too many requests: nothing was stored");
  house.now_ms += kHour_ms;
  EXPECT_TRUE(house.post(ann, bob.uid, "x"));
}
TEST(Budget, OfLoginsIsAnAddressesAndFailedOnesCountTenTimes) {
  House house({.address_logins = {.burst = 21, .per_hour = 1}});
  house.origin = from_afar("192.0.2.1", "192.0.2.1");
  Device ann = house.join();
  house.lose(ann);
  Device thief{{}, ann.uid, "guess", Dialect::kMmtp};
  for (int tries = 0; tries < 2; ++tries) {
    house.login(thief);
    EXPECT_EQ(std::get<Dismissed>(house.last(thief)).text, "login failed");
  }
  house.login(ann);
  EXPECT_TRUE(std::holds_alternative<LoggedIn>(house.last(ann)));
  house.lose(ann);
  for (Device* device : {&ann, &thief}) {
    house.login(*device);
    EXPECT_EQ(std::get<Dismissed>(house.last(*device)).text, "too many requests");
  }
  house.origin = from_afar("192.0.2.2", "192.0.2.2");
  house.login(ann);
  EXPECT_TRUE(std::holds_alternative<LoggedIn>(house.last(ann))) << "no account is locked";
  house.lose(ann);
  house.origin = from_afar("192.0.2.1", "192.0.2.1");
  house.now_ms += kHour_ms;
  house.login(ann);
  EXPECT_TRUE(std::holds_alternative<LoggedIn>(house.last(ann)));
}
TEST(Budget, OfAnAddressIsForThisMachineOnlyWhereThePolicySaysSo) {
  for (const bool limited : {false, true}) {
    House house({.registrations = {.burst = 2, .per_hour = 1}, .limit_this_machine = limited});
    for (int i = 0; i < 2; ++i) {
      EXPECT_TRUE(std::holds_alternative<Registered>(house.last(house.join())));
    }
    house.origin = {event::UNIX, "uid=0 pid=1", {}};
    EXPECT_EQ(std::holds_alternative<Registered>(house.last(house.join())), !limited);
  }
}

}  // namespace
}  // namespace mnm::ops
