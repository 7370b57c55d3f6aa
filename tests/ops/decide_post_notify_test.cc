// PostNotify: the op of decide_post with a note.
#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Notifying : public Story {
 protected:
  Client sender = registers();
  Client sender_too = adds_node(sender);
  Client reader = registers();
  Client noted = registers();

  void SetUp() override {
    for (const Client& who : {sender, sender_too}) reads_all(who);
  }
  Post post_with_note(std::vector<Target> to, std::vector<Target> note_to, bool not_self) {
    Post post;
    post.to = std::move(to);
    post.body = body("the body");
    post.note = {.to = std::move(note_to),
                 .not_self = not_self,
                 .head_bytes = 2,
                 .data_sum = 9,
                 .body = body("note")};
    return post;
  }
};

TEST_F(Notifying, DeliversToForAndNotifiesForNotefor) {
  const Outcome outcome = ask(sender, post_with_note({{reader.uid}}, {{noted.uid}}, false));
  ASSERT_THAT(outcome.facts(), ElementsAre("stored", "stored"));
  const Lsn delivery = outcome.stored[0];
  const Lsn notify = outcome.stored[1];
  EXPECT_EQ(outcome.shown(), delivery);
  EXPECT_EQ(outcome.answer<Acknowledged>().op, event::POST_NOTIFY);
  EXPECT_THAT(waiting(reader), ElementsAre(delivery, notify));
  EXPECT_THAT(waiting(noted), ElementsAre(notify));
  EXPECT_THAT(waiting(sender_too), ElementsAre(delivery, notify));
  EXPECT_THAT(waiting(sender), IsEmpty());
  EXPECT_EQ(header(delivery).notify(), 3U);
  EXPECT_EQ(header(delivery).post_id(), 0U);
  EXPECT_EQ(header(notify).kind(), message::NOTIFY);
  EXPECT_EQ(header(notify).post_id(), delivery.value());
  EXPECT_EQ(header(notify).head_bytes(), 2U);
  EXPECT_EQ(header(notify).data_sum(), 9U);
  EXPECT_EQ(header(notify).data_bytes(), 4U);
  EXPECT_EQ(header(notify).posted_ns(), header(delivery).posted_ns());
}

TEST_F(Notifying, NotSelfKeepsTheDeliveryFromTheOtherNodesButNotTheNote) {
  ask(sender, post_with_note({{reader.uid}}, {}, true));
  EXPECT_THAT(queue(sender_too), ElementsAre("notify"));
  EXPECT_THAT(queue(sender), IsEmpty());
  EXPECT_EQ(last(reader, message::DELIVERY).notify(), 1U);
}

TEST_F(Notifying, NotSelfGivesWayToBeingNamed) {
  ask(sender, post_with_note({{sender.uid}}, {}, true));
  EXPECT_THAT(queue(sender_too), ElementsAre("delivery", "notify"));
  EXPECT_THAT(queue(sender), ElementsAre("delivery", "notify"));
}

TEST_F(Notifying, OneselfByNoteforGetsTheNoteAlone) {
  ask(sender, post_with_note({{reader.uid}}, {{sender.uid}}, false));
  EXPECT_THAT(queue(sender), ElementsAre("notify"));
  EXPECT_THAT(queue(sender_too), ElementsAre("delivery", "notify"));
}

TEST_F(Notifying, CountsEntriesHoweverOftenSomebodyIsNamed) {
  ask(sender, post_with_note({{reader.uid}, {reader.uid}}, {{reader.uid}, {noted.uid}}, false));
  EXPECT_EQ(last(reader, message::DELIVERY).notify(), 5U);
  EXPECT_THAT(queue(reader), ElementsAre("delivery", "notify"));
}

TEST_F(Notifying, WithOneBadEntryInEitherListReachesNobody) {
  EXPECT_EQ(ask(sender, post_with_note({{"Bad"}}, {{noted.uid}}, false)).error(),
            "OpenNodes: iUid Bad not found");
  EXPECT_EQ(ask(sender, post_with_note({{reader.uid}}, {{"Bad"}}, false)).error(),
            "OpenNodes: iUid Bad not found");
  for (const Client& who : {sender, sender_too, reader, noted}) EXPECT_THAT(queue(who), IsEmpty());
}

TEST_F(Notifying, OnceMoreShowsTheDeliveryAgain) {
  const Post post = post_with_note({{reader.uid}}, {}, false);
  const Lsn first = ask(sender, post, {.id = "same"}).shown();
  const Outcome again = ask(sender, post, {.id = "same"});
  EXPECT_EQ(again.shown(), first);
  EXPECT_THAT(again.facts(), IsEmpty());
}

}  // namespace
}  // namespace mnm::ops
