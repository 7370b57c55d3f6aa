// An administrator takes messages back.
#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Withdrawing : public Story {
 protected:
  Outcome purges(Lsn id) {
    return administers(Withdraw{id, WithdrawHow::kPurge, "by court order"});
  }
  Outcome recalls(Lsn id) { return administers(Withdraw{id, WithdrawHow::kRecall, "she asked"}); }
  std::vector<std::string> uids(const message::Header& header) {
    return {header.for_uids().begin(), header.for_uids().end()};
  }

  Client writer = registers();
  Client reader = registers();
  Client reader_too = adds_node(reader);
  Client other = registers(Dialect::kMmtp);

  void SetUp() override {
    for (const Client& each : {writer, reader, reader_too, other}) reads_all(each);
  }
};

TEST_F(Withdrawing, APurgeEndsAllCopiesAndTellsNobody) {
  const Lsn id = posts(writer, {{reader.uid}, {other.uid}}).shown();
  const Outcome outcome = purges(id);
  EXPECT_EQ(outcome.error(), "");
  ASSERT_THAT(outcome.facts(), ElementsAre("withdrawn"));
  const event::Event& event = outcome.events[0];
  EXPECT_EQ(event.withdrawn().id(), id.value());
  EXPECT_EQ(event.withdrawn().reason(), "by court order");
  EXPECT_FALSE(event.withdrawn().recalled());
  EXPECT_EQ(event.actor().transport(), event::ADMIN);
  EXPECT_EQ(event.actor().peer(), "uid=0 pid=1");
  for (const Client& each : {writer, reader, reader_too, other})
    EXPECT_THAT(queue(each), IsEmpty());
  EXPECT_FALSE(has_row(id));
}

TEST_F(Withdrawing, ARecallTellsTheSenderWhoHadNotGotIt) {
  const Lsn id = posts(writer, {{reader.uid}, {other.uid}}).shown();
  acks(reader, id);
  const Outcome outcome = recalls(id);
  ASSERT_THAT(outcome.facts(), ElementsAre("withdrawn", "stored"));
  EXPECT_TRUE(outcome.events[0].withdrawn().recalled());
  EXPECT_FALSE(has_row(id));
  EXPECT_THAT(queue(reader_too), IsEmpty());
  EXPECT_THAT(queue(other), IsEmpty());
  const message::Header notice = last(writer, message::UNDELIVERED);
  EXPECT_EQ(notice.post_id(), id.value());
  EXPECT_EQ(notice.info(), "recalled");
  EXPECT_THAT(uids(notice), ElementsAre(other.uid)) << "the reader has it at another node";
}

TEST_F(Withdrawing, ARecallOfWhatAllHaveTellsNobody) {
  const Lsn id = posts(writer, reader).shown();
  acks(reader, id);
  EXPECT_THAT(recalls(id).facts(), ElementsAre("withdrawn"));
}

TEST_F(Withdrawing, RefusesWhatDoesNotWait) {
  const Lsn id = posts(writer, other).shown();
  acks(other, id);
  for (const Lsn gone : {id, Lsn(12'345)}) {
    const Outcome outcome = purges(gone);
    EXPECT_THAT(outcome.error(), HasSubstr("waits for nobody"));
    EXPECT_THAT(outcome.facts(), ElementsAre("refused"));
  }
}

TEST_F(Withdrawing, OnlyPostsAreRecalledAnythingIsPurged) {
  const Client added = adds_node(other);
  const Lsn notice = waiting(added).front();
  EXPECT_THAT(recalls(notice).error(), HasSubstr("is no post"));
  EXPECT_EQ(purges(notice).error(), "");
  EXPECT_FALSE(has_row(notice));
}

}  // namespace
}  // namespace mnm::ops
