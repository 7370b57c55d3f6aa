// What a relay gives up by itself, and when, with clocks that only move when they are told to: the
// timer alone, and with the engine and a log on the disk.
#include "daemon/retention_timer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ops/base.h"
#include "ops/engine.h"
#include "ops/limits.h"
#include "ops/replay.h"
#include "support/event_log.h"
#include "support/temp_dir.h"

namespace mnm::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Time = RetentionTimer::Clock::time_point;

constexpr std::uint64_t kSecondNs = 1'000'000'000;

class RetentionByTime : public ::testing::Test {
 protected:
  // A relay that keeps events so long starts at `start`.
  void keep(std::chrono::milliseconds time) {
    timer.emplace(
        RetentionTimer::Options{.keep = time, .utc_ns = [this] { return utc_ns; }},
        [this](const Retention::Wish& wish) -> Result<> {
          wishes.push_back(wish);
          return outcome;
        },
        start);
  }
  // When it asked for something, of all moments between `from` and `to`.
  std::vector<std::chrono::milliseconds> asked(Time from, Time to,
                                               std::chrono::milliseconds every) {
    std::vector<std::chrono::milliseconds> times;
    for (Time now = from; now <= to; now += every) {
      const std::size_t before = wishes.size();
      timer->step(now);
      if (wishes.size() > before) {
        times.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(now - start));
      }
    }
    return times;
  }

  const Time start{1000h};
  std::uint64_t utc_ns = 1'800'000'000 * kSecondNs;
  std::vector<Retention::Wish> wishes;
  Result<> outcome;
  std::optional<RetentionTimer> timer;
};

TEST_F(RetentionByTime, GivesUpWhatIsOlderThanItIsToBeKept) {
  keep(30s);
  timer->step(start + 1min);
  ASSERT_EQ(wishes.size(), 1U);
  EXPECT_EQ(wishes[0].before_ns, utc_ns - 30 * kSecondNs);
  EXPECT_FALSE(wishes[0].before);
  EXPECT_EQ(wishes[0].reason, "older than retain allows");
  EXPECT_EQ(wishes[0].peer, "") << "no administrator's";
  utc_ns += 7 * kSecondNs;
  timer->step(start + 2min);
  ASSERT_EQ(wishes.size(), 2U);
  EXPECT_EQ(wishes[1].before_ns, utc_ns - 30 * kSecondNs) << "of the time it is by then";
}

TEST_F(RetentionByTime, LooksAMinuteAfterTheStartAndEachTenthOfTheTime) {
  keep(100min);
  EXPECT_THAT(asked(start, start + 35min, 1s), ElementsAre(1min, 11min, 21min, 31min));
}

TEST_F(RetentionByTime, LooksEachMinuteAtMost) {
  keep(1s);
  EXPECT_THAT(asked(start, start + 3min + 59s, 1s), ElementsAre(1min, 2min, 3min));
}

TEST_F(RetentionByTime, LooksEachDayAtLeast) {
  keep(1000 * 24h);
  EXPECT_THAT(asked(start, start + 72h, 1min), ElementsAre(1min, 24h + 1min, 48h + 1min));
}

TEST_F(RetentionByTime, KeepsAllForEverWhenItIsNotTold) {
  keep(0ms);
  EXPECT_THAT(asked(start, start + 100h, 1min), IsEmpty());
}

TEST_F(RetentionByTime, TriesAgainWhatFailedWhenItIsDueAgain) {
  keep(100min);
  outcome = fail(ErrorCode::kUnavailable, "the disk is full");
  EXPECT_THAT(asked(start, start + 12min, 1s), ElementsAre(1min, 11min));
}

TEST_F(RetentionByTime, GivesUpNothingBeforeTheClocksBeginning) {
  utc_ns = 5;
  keep(1h);
  timer->step(start + 1min);
  ASSERT_EQ(wishes.size(), 1U);
  EXPECT_EQ(wishes[0].before_ns, 1U);
}

// With all that a relay has behind it.
class RetainedLog : public ::testing::Test {
 protected:
  RetainedLog() {
    // 1 to 4; then a day later 5, and 6 an hour after that.
    log.begin_epoch(1);
    log.start();
    log.commit();
    log.register_user(1, "ANN", 1);
    log.register_user(2, "BOB", 2);
    log.commit();
    log.move_time(86'400);
    waiting = log.post(1, 1, {NodeNo(2)}, "hello", {2});
    log.commit();
    log.move_time(3'600);
    *log.add().mutable_refused()->mutable_error() = "login failed";
    log.commit();
    saved = log.head();
    engine.emplace(log.log(), log.views(), ops::Limits{}, clock());
    thread = std::thread([this] { EXPECT_TRUE(engine->run(inbox)); });
  }
  ~RetainedLog() override { end(); }
  void end() {
    inbox.close();
    if (thread.joinable()) thread.join();
  }
  ops::EngineClock clock() {
    return {[this] { return utc_ns.load(); }, [] { return std::uint64_t{1}; }};
  }
  // The log's last event was so long ago.
  void let_pass(std::chrono::seconds time) {
    utc_ns = kLastEventNs + static_cast<std::uint64_t>(time.count()) * kSecondNs;
  }
  static constexpr std::uint64_t kLastEventNs = 1'767'323'045'118'000'000 + 90'000 * kSecondNs;

  TempDir directory;
  EventLog log{directory / "data"};
  ops::Inbox inbox{std::size_t{1} << 20};
  AdminEngine admin{inbox};
  Lsn waiting;
  Lsn saved;
  std::atomic<std::uint64_t> utc_ns{kLastEventNs};
  Retention retention{log.log(), ops::Bases(log.directory()), admin, [this](Lsn) { return saved; }};
  RetentionTimer timer{{.keep = 2h, .utc_ns = [this] { return utc_ns.load(); }},
                       [this](const Retention::Wish& wish) -> Result<> {
                         const auto done = retention.carry_out(wish);
                         if (!done) return fail(done.error());
                         return {};
                       },
                       Time{}};
  std::optional<ops::Engine> engine;
  std::thread thread;
};

TEST_F(RetainedLog, LosesWhatIsOldWhenItsTimeHasCome) {
  timer.step(Time{} + 1min);
  EXPECT_EQ(log.log().tail(), Lsn(5)) << "the post is an hour old, what is before it a day";
  let_pass(30min);
  timer.step(Time{} + 13min);
  EXPECT_EQ(log.log().tail(), Lsn(5)) << "the post is an hour and a half old";
  let_pass(61min);
  timer.step(Time{} + 25min);
  EXPECT_EQ(log.log().tail(), Lsn(6));
  end();
  EXPECT_TRUE(log.log().message(waiting)) << "which waits, however old it is";

  const auto base = ops::Bases(log.directory()).latest(log.log(), Lsn(5));
  ASSERT_TRUE(base) << base.error().text;
  state::Views rebuilt = base->views;
  state::Changes changes;
  std::vector<std::string> reasons;
  ASSERT_TRUE(ops::replay(log.log(), Lsn(), rebuilt, changes, [&](Lsn, const event::Event& event) {
    if (event.has_trimmed()) reasons.push_back(event.trimmed().reason());
    return true;
  }));
  EXPECT_EQ(rebuilt.digest(), engine->views().digest());
  EXPECT_THAT(reasons, ElementsAre("older than retain allows", "older than retain allows"));
}

TEST_F(RetainedLog, KeepsWhatItsCheckpointDoesNotHoldYet) {
  saved = Lsn(2);
  let_pass(24h);
  timer.step(Time{} + 1min);
  EXPECT_EQ(log.log().tail(), Lsn(3));
}

}  // namespace
}  // namespace mnm::daemon
