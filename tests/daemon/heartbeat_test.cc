// Asking the engine whether it is there, with a clock that only moves when it is told to.
#include "daemon/heartbeat.h"

#include <gtest/gtest.h>

#include "state/views.h"

namespace mnm::daemon {
namespace {

using namespace std::chrono_literals;

class HeartbeatSteps : public ::testing::Test {
 protected:
  // What the engine does with all that waits; how many questions that was.
  int answer() {
    (void)inbox.offer({.command = ops::Quit{}});  // so that there is something to take
    int questions = 0;
    for (const ops::Request& request : inbox.take(0ms)) {
      const auto* inspect = std::get_if<ops::Inspect>(&request.command);
      if (inspect == nullptr) continue;
      ++questions;
      inspect->look(views);
    }
    return questions;
  }
  state::Views views;
  ops::Inbox inbox{std::size_t{1} << 20};
  int beats = 0;
  int stalls = 0;
  Heartbeat heart{
      inbox, {.every = 1s, .stall_max = 60s}, [this] { ++beats; }, [this] { ++stalls; }};
  Heartbeat::Clock::time_point now{};
};

TEST_F(HeartbeatSteps, BeatOnceForEachAnswer) {
  EXPECT_EQ(heart.step(now), now + 1s);
  EXPECT_EQ(beats, 0);
  EXPECT_EQ(answer(), 1);
  (void)heart.step(now + 1s);
  EXPECT_EQ(beats, 1);
  (void)heart.step(now + 2s);
  EXPECT_EQ(beats, 1);
  EXPECT_EQ(answer(), 1);
  (void)heart.step(now + 3s);
  EXPECT_EQ(beats, 2);
}

TEST_F(HeartbeatSteps, AskOneQuestionAtATime) {
  for (int i = 0; i < 30; ++i) (void)heart.step(now + i * 1s);
  EXPECT_EQ(answer(), 1);
}

TEST_F(HeartbeatSteps, GiveUpOnceOnAnEngineThatIsSilentForTooLong) {
  (void)heart.step(now);
  (void)heart.step(now + 60s - 1ns);
  EXPECT_EQ(stalls, 0);
  (void)heart.step(now + 60s);
  EXPECT_EQ(stalls, 1);
  (void)heart.step(now + 61s);
  EXPECT_EQ(stalls, 1);
  EXPECT_EQ(beats, 0);
}

TEST_F(HeartbeatSteps, CountTheWaitFromTheQuestionNotFromTheStart) {
  (void)heart.step(now);
  EXPECT_EQ(answer(), 1);
  (void)heart.step(now + 59s);
  (void)heart.step(now + 118s);
  EXPECT_EQ(stalls, 0);
  (void)heart.step(now + 119s);
  EXPECT_EQ(stalls, 1);
}

TEST_F(HeartbeatSteps, NeverGiveUpWithoutALimit) {
  Heartbeat patient{inbox, {.every = 1s, .stall_max = 0s}, [] {}, [this] { ++stalls; }};
  (void)patient.step(now);
  (void)patient.step(now + 1000h);
  EXPECT_EQ(stalls, 0);
}

TEST_F(HeartbeatSteps, SayNothingOnceTheInboxIsClosed) {
  inbox.close();
  (void)heart.step(now);
  (void)heart.step(now + 1000h);
  EXPECT_EQ(stalls, 0);
  EXPECT_EQ(beats, 0);
}

}  // namespace
}  // namespace mnm::daemon
