// What is due when, over a log that counts, with a clock that only moves when it is told to.
#include "daemon/housekeeping.h"

#include <gtest/gtest.h>

#include "support/memory_log.h"

namespace mnm::daemon {
namespace {

using namespace std::chrono_literals;

// A log of which only its head and its scrubs matter.
class CountingLog final : public log::Log {
 public:
  [[nodiscard]] log::Position durable() const override { return {Epoch(1), head, {}}; }
  Result<void> scrub() override {
    ++scrubs;
    if (broken) return fail(ErrorCode::kUnavailable, "can't compact");
    return {};
  }
  [[nodiscard]] Lsn tail() const override { return memory_.tail(); }
  [[nodiscard]] std::unique_ptr<log::Scanner> scan(Lsn from) const override {
    return memory_.scan(from);
  }
  [[nodiscard]] Result<log::Record> read(Lsn lsn) const override { return memory_.read(lsn); }
  [[nodiscard]] Result<std::string> message(Lsn id) const override { return memory_.message(id); }
  Result<log::Position> append(const log::AppendRequest& request) override {
    return memory_.append(request);
  }
  Result<void> trim(Lsn before) override { return memory_.trim(before); }

  Lsn head{1};
  int scrubs = 0;
  bool broken = false;

 private:
  log::MemoryLog memory_{std::make_shared<log::MemoryDisk>()};
};

class HousekeepingSteps : public ::testing::Test {
 protected:
  using Time = Housekeeping::Clock::time_point;
  // Something is appended, so that there may be something to scrub.
  void append() { log.head = next(log.head); }
  // How many ticks the engine would get.
  int ticks() {
    (void)inbox.offer({.command = ops::Ack{}});  // so that there is something to take
    int count = 0;
    for (const ops::Request& request : inbox.take(0ms)) {
      if (std::holds_alternative<ops::TickHour>(request.command)) ++count;
    }
    return count;
  }
  CountingLog log;
  ops::Inbox inbox{std::size_t{1} << 20};
  Housekeeping house{log, inbox, {.purge_window = 10min, .tick = 1h}};
  Time now{};
};

TEST_F(HousekeepingSteps, ScrubEveryHalfWindow) {
  EXPECT_EQ(house.step(now), now + 5min);
  EXPECT_EQ(log.scrubs, 1);
  append();
  EXPECT_EQ(house.step(now + 5min - 1ns), now + 5min);
  EXPECT_EQ(log.scrubs, 1);
  EXPECT_EQ(house.step(now + 5min), now + 10min);
  EXPECT_EQ(log.scrubs, 2);
}

TEST_F(HousekeepingSteps, ScrubNothingWhenNothingWasAppended) {
  (void)house.step(now);
  (void)house.step(now + 5min);
  (void)house.step(now + 10min);
  EXPECT_EQ(log.scrubs, 1);
  append();
  (void)house.step(now + 15min);
  EXPECT_EQ(log.scrubs, 2);
}

TEST_F(HousekeepingSteps, TickEveryHour) {
  (void)house.step(now);
  (void)ticks();
  (void)house.step(now + 1h - 1ns);
  EXPECT_EQ(ticks(), 0);
  (void)house.step(now + 1h);
  EXPECT_EQ(ticks(), 1);
  (void)house.step(now + 1h + 1ns);
  EXPECT_EQ(ticks(), 0);
}

TEST_F(HousekeepingSteps, MakeGoodEachHourThatWasSlept) {
  (void)house.step(now);
  (void)ticks();
  const Time late = now + 3h + 1min;
  while (house.step(late) <= late) {
  }
  EXPECT_EQ(ticks(), 3);
}

TEST_F(HousekeepingSteps, TryAScrubThatFailsAgainEverMoreSeldom) {
  log.broken = true;
  Time due = now;
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s}) {
    const Time next = house.step(due);
    EXPECT_EQ(next - due, wait);
    EXPECT_EQ(house.step(next - 1ns), next);
    due = next;
  }
  EXPECT_EQ(log.scrubs, 11);
  log.broken = false;
  EXPECT_EQ(house.step(due), due + 5min);
  EXPECT_EQ(log.scrubs, 12);
  append();
  log.broken = true;
  EXPECT_EQ(house.step(due + 5min), due + 5min + 1s);
}

TEST_F(HousekeepingSteps, ScrubAtOnceWhenAsked) {
  EXPECT_TRUE(house.scrub());
  EXPECT_TRUE(house.scrub());
  EXPECT_EQ(log.scrubs, 1);
  append();
  log.broken = true;
  const auto failed = house.scrub();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
}

TEST_F(HousekeepingSteps, GoOnWhenTheEngineHasEnded) {
  inbox.close();
  EXPECT_EQ(house.step(now), now + 5min);
  EXPECT_EQ(log.scrubs, 1);
}

TEST_F(HousekeepingSteps, EndWithTheThread) {
  house.start();
  house.stop();
  house.stop();
}

}  // namespace
}  // namespace mnm::daemon
