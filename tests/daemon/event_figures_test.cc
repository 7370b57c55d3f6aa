// What is counted of events, and that nothing of it can name anybody.
#include "daemon/event_figures.h"

#include <gtest/gtest.h>

namespace mnm::daemon {
namespace {

constexpr auto kWs = static_cast<event::Transport>(7);

class Figures : public ::testing::Test {
 protected:
  event::Event& make(std::uint64_t session, event::Transport transport) {
    event_ = event::Event();
    event_.set_time_ns(now_ms * 1'000'000);
    event_.mutable_actor()->set_session(session);
    event_.mutable_actor()->set_transport(transport);
    return event_;
  }
  void see() { figures.on(++lsn_, event_); }

  EventFigures figures;
  std::uint64_t now_ms = 1000;

 private:
  event::Event event_;
  struct Serial {
    std::uint64_t value = 0;
    Lsn operator++() { return Lsn(++value); }
  } lsn_;
};

TEST_F(Figures, CountSessionsByTheTransportTheyCameBy) {
  make(1, kWs).mutable_registered();
  see();
  make(2, event::TCP).mutable_logged_in();
  see();
  EXPECT_EQ(figures.sessions[kWs].get(), 1U);
  // A takeover: told by whoever comes, over another transport.
  make(1, event::TCP).mutable_session_ended()->set_reason("replaced by a new login");
  see();
  make(3, event::TCP).mutable_logged_in()->set_takeover(true);
  see();
  EXPECT_EQ(figures.sessions[kWs].get(), 0U);
  EXPECT_EQ(figures.sessions[event::TCP].get(), 2U);
  EXPECT_EQ(figures.ended[static_cast<std::size_t>(EventFigures::End::kReplaced)].get(), 1U);
  make(0, event::TRANSPORT_NONE).mutable_started();
  see();
  EXPECT_EQ(figures.sessions[event::TCP].get(), 0U) << "a start ends all";
  EXPECT_EQ(figures.applied.get(), 5U);
}
TEST_F(Figures, CountFactsAndRefusals) {
  make(1, event::TCP).mutable_refused()->set_op(event::LOGIN);
  see();
  see();
  EXPECT_EQ(figures.facts[event::Event::kRefused].get(), 2U);
  EXPECT_EQ(figures.refused[event::LOGIN].get(), 2U);
}
TEST_F(Figures, TimeMessagesFromStoredToAcked) {
  make(1, event::TCP).mutable_stored();
  see();  // message 1
  now_ms += 5;
  make(2, event::TCP).mutable_acked()->add_ids(1);
  see();
  make(2, event::TCP).mutable_acked()->add_ids(77);  // stored before the start
  see();
  EXPECT_EQ(figures.waited_ms.sum(), 5U);
  EXPECT_EQ(figures.waited_ms.count(3), 1U) << "more than 4 ms, at most 8";
}
TEST_F(Figures, ForgetTheTimesOfTheOldestMessages) {
  for (std::size_t i = 0; i <= EventFigures::kTimedMax; ++i) {
    make(1, event::TCP).mutable_stored();
    see();
  }
  make(1, event::TCP).mutable_acked()->add_ids(1);
  see();
  EXPECT_EQ(figures.waited_ms.count(0), 0U);
  make(1, event::TCP).mutable_acked()->add_ids(2);
  see();
  EXPECT_EQ(figures.waited_ms.count(0), 1U);
}
TEST_F(Figures, SayWhyASessionEndedInAFewWords) {
  EXPECT_EQ(end_of("logout ok"), EventFigures::End::kQuit);
  EXPECT_EQ(end_of("invalid header"), EventFigures::End::kFault);
  EXPECT_EQ(end_of("message 000000000000002a can't be read: gone"), EventFigures::End::kOther);
}
TEST(HistogramOfDoublingBounds, CountsEachValueOnce) {
  Histogram<3> histogram(10);  // 10, 20, 40
  for (const std::uint64_t value : {0U, 10U, 11U, 20U, 40U, 41U, 1000U}) histogram.add(value);
  EXPECT_EQ(histogram.count(0), 2U);
  EXPECT_EQ(histogram.count(1), 2U);
  EXPECT_EQ(histogram.count(2), 1U);
  EXPECT_EQ(histogram.count(3), 2U);
  EXPECT_EQ(histogram.sum(), 1122U);
}
TEST(CountOfOneWriter, NeverFallsBelowZero) {
  Count count;
  count.add(2);
  count.take(3);
  EXPECT_EQ(count.get(), 0U);
}

}  // namespace
}  // namespace mnm::daemon
