#include "ops/story.h"
#include "ops/undelivered.h"

namespace mnm::ops {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class Ticking : public Story {
 protected:
  Client writer = registers(Dialect::kMmtp);
  Client writer_too = adds_node(writer);
  Client reader = registers(Dialect::kMmtp);
  Client reader_too = adds_node(reader);
  Client absent = registers(Dialect::kMmtp);

  void SetUp() override {
    limits.undelivered_hours = 48;
    for (const Client& who : {writer, writer_too, reader, reader_too, absent}) reads_all(who);
  }
  static std::vector<std::string> uids(const message::Header& header) {
    return {header.for_uids().begin(), header.for_uids().end()};
  }
};

TEST_F(Ticking, CountsTheHoursOfUptime) {
  const Outcome outcome = ticks();
  ASSERT_THAT(outcome.facts(), ElementsAre("tick"));
  EXPECT_EQ(views().uptime_hours(), 1U);
  ticks(2);
  restarts();
  ticks();
  EXPECT_EQ(views().uptime_hours(), 4U);
}

TEST_F(Ticking, ReturnsAPostThatNoNodeOfAUserHasAcked) {
  const Lsn post = posts(writer, {{reader.uid}, {absent.uid}}).shown();
  acks(reader, post);
  ticks(47);
  EXPECT_THAT(queue(absent), ElementsAre("delivery"));
  const Outcome outcome = ticks();
  EXPECT_THAT(outcome.facts(), ElementsAre("tick", "expired", "stored"));
  EXPECT_THAT(queue(absent), IsEmpty());
  EXPECT_THAT(queue(reader_too), IsEmpty()) << "its user has it";
  EXPECT_FALSE(has_row(post));
  for (const Client& who : {writer, writer_too}) {
    const message::Header header = last(who, message::UNDELIVERED);
    EXPECT_EQ(header.post_id(), post.value());
    EXPECT_THAT(uids(header), ElementsAre(absent.uid));
    EXPECT_EQ(header.info(), "not delivered within 48 hours");
    EXPECT_EQ(header.data_bytes(), 0U);
  }
}

TEST_F(Ticking, EndsTheOtherCopiesOfAPostThatEverybodyHasWithoutAWord) {
  const Lsn post = posts(writer, reader).shown();
  acks(reader_too, post);
  const Outcome outcome = ticks(48);
  EXPECT_THAT(outcome.facts(), ElementsAre("tick", "expired"));
  EXPECT_THAT(queue(reader), IsEmpty());
  EXPECT_THAT(queue(writer_too), IsEmpty()) << "the sender has it too";
}

TEST_F(Ticking, ReturnsNothingUnlessAskedTo) {
  limits.undelivered_hours = 0;
  posts(writer, absent);
  EXPECT_THAT(ticks(1'000).facts(), ElementsAre("tick"));
  EXPECT_THAT(queue(absent), ElementsAre("delivery"));
}

TEST_F(Ticking, ReturnsPostsAlone) {
  Post post;
  post.to = {{absent.uid}};
  post.body = body("the body");
  post.note = {.to = {}, .not_self = false, .head_bytes = 0, .data_sum = 0, .body = body("note")};
  ask(writer, post);
  ticks(48);
  EXPECT_THAT(queue(absent), ElementsAre("notify"));
  ticks(100);
  EXPECT_THAT(queue(writer), ElementsAre("undelivered")) << "what came back stays";
}

TEST_F(Ticking, CountsFromWhenThePostWasStored) {
  ticks(10);
  posts(writer, absent);
  ticks(47);
  EXPECT_THAT(queue(absent), Contains("delivery"));
  ticks(1);
  EXPECT_THAT(queue(absent), Not(Contains("delivery")));
}

TEST_F(Ticking, ReturnsABoundedNumberEachHour) {
  limits.undelivered_hours = 1;
  for (std::size_t i = 0; i < kReturnsPerTickMax + 1; ++i) posts(writer, absent);
  const Outcome first = ticks();
  EXPECT_EQ(std::ranges::count(first.facts(), "expired"), kReturnsPerTickMax);
  EXPECT_EQ(queue(absent).size(), 1U);
  ticks();
  EXPECT_THAT(queue(absent), IsEmpty());
}

TEST_F(Ticking, DropsNodesAndReturnsPostsInTheSameHour) {
  const Client second = adds_node(absent);
  UserEdit edit;
  edit.credentials = {second.uid, verifier(second.uid, second.secret)};
  edit.drop_node = 1;
  limits.drop_delay_hours = 48;
  ask(second, edit);
  reads_all(absent);
  reads_all(second);
  posts(writer, absent);
  posts(absent, writer);
  const Outcome outcome = ticks(48);
  EXPECT_THAT(outcome.facts(), Contains("node_dropped"));
  EXPECT_THAT(queue(absent), IsEmpty());
  EXPECT_THAT(queue(second), ElementsAre("user", "undelivered"));
  EXPECT_THAT(queue(writer), ElementsAre("undelivered"));
}

class FullQueues : public Ticking {};

TEST_F(FullQueues, GetNoCopiesAndFailNothing) {
  limits.node_messages_max = 2;
  const Lsn first = posts(writer, reader).shown();
  posts(writer, reader);
  acks(reader_too, first);
  const Outcome outcome = posts(writer, reader);
  EXPECT_EQ(outcome.error(), "");
  ASSERT_EQ(outcome.events.size(), 1U) << "one node of the reader has it";
  EXPECT_EQ(outcome.events[0].stored().over_quota_size(), 2) << "the reader's and the writer's";
  EXPECT_EQ(queue(reader).size(), 2U);
  EXPECT_EQ(queue(reader_too).size(), 2U);
}

TEST_F(FullQueues, OfAWholeUserReturnThePost) {
  limits.node_messages_max = 2;
  posts(writer, absent);
  posts(writer, absent);
  reads_all(writer_too);
  const Outcome outcome = posts(writer, {{absent.uid}, {reader.uid}});
  ASSERT_THAT(outcome.facts(), ElementsAre("stored", "stored"));
  EXPECT_EQ(outcome.shown(), outcome.stored[0]);
  for (const Client& who : {writer, writer_too}) {
    EXPECT_EQ(last(who, message::UNDELIVERED).post_id(), outcome.shown().value());
    EXPECT_EQ(last(who, message::UNDELIVERED).info(), "queue full");
    EXPECT_THAT(uids(last(who, message::UNDELIVERED)), ElementsAre(absent.uid));
  }
  EXPECT_EQ(queue(reader).size(), 1U);
}

TEST_F(FullQueues, AreMeasuredInOctetsToo) {
  const Lsn sample =
      posts(writer, std::vector<Target>{{absent.uid}}, std::string(100, 'x')).shown();
  const std::uint64_t cost = views().message(sample)->cost_bytes();
  acks(absent, sample);
  acks(writer_too, sample);
  for (const auto& [limit, copies] :
       std::vector<std::pair<std::uint64_t, std::size_t>>{{2 * cost - 1, 1}, {2 * cost, 2}}) {
    limits.node_bytes_max = limit;
    for (int i = 0; i < 3; ++i) posts(writer, {{absent.uid}}, std::string(100, 'x'));
    EXPECT_EQ(queue(absent).size(), copies);
    reads_all(absent);
  }
}

class FullQueuesOfStrangers : public FullQueues {
 protected:
  Client sender = registers(Dialect::kMmtp, "the-sender");
  Client target = registers(Dialect::kMmtp, "the-target");

  void SetUp() override {
    FullQueues::SetUp();
    limits.node_messages_max = 1;
    pings(sender, "the-sender", "the-target");
    EXPECT_THAT(queue(target), ElementsAre("ping"));
  }
  void expect_told(const Outcome& outcome) {
    EXPECT_EQ(outcome.error(), "");
    const message::Header header = last(sender, message::UNDELIVERED);
    EXPECT_EQ(header.post_id(), outcome.shown().value());
    EXPECT_EQ(header.info(), "queue full");
    EXPECT_THAT(uids(header), ElementsAre(target.uid));
  }
};

TEST_F(FullQueuesOfStrangers, ReturnAPing) {
  expect_told(pings(sender, "the-sender", "the-target"));
}

TEST_F(FullQueuesOfStrangers, ReturnAnInvite) {
  expect_told(invites(sender, "the-group", "the-sender", "the-target"));
}

TEST_F(FullQueuesOfStrangers, ReturnAPostOnceWhoeverItAndItsNoteMiss) {
  Post post;
  post.to = {{target.uid}};
  post.body = body("the body");
  post.note = {.to = {{target.uid}},
               .not_self = false,
               .head_bytes = 0,
               .data_sum = 0,
               .body = body("note")};
  const Outcome outcome = ask(sender, post);
  EXPECT_THAT(outcome.facts(), ElementsAre("stored", "stored", "stored"));
  expect_told(outcome);
}

TEST_F(FullQueuesOfStrangers, ReturnAPostWhoseNoteAloneIsMissed) {
  Post post;
  post.to = {{absent.uid}};
  post.body = body("the body");
  post.note = {.to = {{target.uid}},
               .not_self = false,
               .head_bytes = 0,
               .data_sum = 0,
               .body = body("note")};
  expect_told(ask(sender, post));
}

}  // namespace
}  // namespace mnm::ops
