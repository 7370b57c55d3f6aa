// What a tool beside the relay is told about single objects is what the views hold, and no question
// that somebody makes up is one too many.
#include "ops/views_ask.h"

#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AskingViews : public Story {
 protected:
  [[nodiscard]] std::string asked(const std::string& question) const {
    const Result<std::string> answer = answer_views(views(), question);
    EXPECT_TRUE(answer) << answer.error().text;
    return answer.value_or("");
  }
  [[nodiscard]] std::string row(state::RowClass row_class, std::uint32_t number) const {
    return asked(ask_for(ViewsAsk::kRow, state::row_key(row_class, number)));
  }
  [[nodiscard]] std::uint32_t number(ViewsAsk what, const std::string& name) const {
    return decode_number_answer(asked(ask_for(what, name))).value_or(~std::uint32_t{0});
  }
};

TEST_F(AskingViews, GivesTheRowsThatACheckpointWouldHave) {
  const Client ann = registers(Dialect::kTmtp, "ann-alone");
  const Client bob = registers();
  (void)invites(ann, "group", "ann-in-it", "bob");
  (void)posts(ann, bob);
  std::map<std::string, std::string> rows;
  state::RowWriter(views(), [&rows](std::string_view key, std::string_view value) {
    rows.emplace(key, value);
  }).write_everything();
  std::size_t objects = 0;
  for (const auto& [key, value] : rows) {
    const auto row_class = static_cast<state::RowClass>(key.front());
    if (row_class == state::RowClass::kMessage || row_class == state::RowClass::kQueue ||
        row_class == state::RowClass::kPresence) {
      EXPECT_EQ(asked(ask_for(ViewsAsk::kRow, key)), "") << "no single object";
      continue;
    }
    EXPECT_EQ(asked(ask_for(ViewsAsk::kRow, key)), value);
    ++objects;
  }
  EXPECT_GE(objects, 7U) << "the clock, two users, their nodes, their sessions";
}

TEST_F(AskingViews, KnowsNobodyWhoIsNotThere) {
  const Client ann = registers();
  for (const auto row_class : {state::RowClass::kUser, state::RowClass::kNode,
                               state::RowClass::kGroup, state::RowClass::kSession}) {
    for (const std::uint32_t none : {0U, 77U, ~0U}) EXPECT_EQ(row(row_class, none), "");
  }
  EXPECT_EQ(decode_waiting_answer(asked(ask_waiting(NodeNo(77))))->count, 0U);
  EXPECT_THAT(
      *decode_waiters_answer(asked(ask_waiters(Lsn(1), std::vector{NodeNo(0), NodeNo(77)}))),
      IsEmpty());
}

TEST_F(AskingViews, FindsNames) {
  const Client ann = registers(Dialect::kTmtp, "ann-alone");
  EXPECT_EQ(number(ViewsAsk::kUserOfUid, ann.uid), ann.user.value());
  EXPECT_EQ(number(ViewsAsk::kUserOfAlias, "ann-alone"), ann.user.value());
  EXPECT_EQ(number(ViewsAsk::kUserOfAlias, "eve"), 0U);
  EXPECT_EQ(number(ViewsAsk::kUserOfUid, ""), 0U);
  EXPECT_EQ(number(ViewsAsk::kGroupOfId, "none"), 0U);
}

TEST_F(AskingViews, SumsUpWhatWaitsAndForWhom) {
  const Client ann = registers();
  const Client bob = registers();
  reads_all(bob);
  const Lsn first = posts(ann, bob).shown();
  (void)posts(ann, bob);
  const auto sum = decode_waiting_answer(asked(ask_waiting(bob.node)));
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->count, 2U);
  EXPECT_EQ(sum->oldest, first);
  EXPECT_EQ(sum->cost_bytes, views().node(bob.node).queue.cost_bytes());

  const Client tablet = adds_node(bob);  // has a copy, and is no recipient of the post
  const auto waits_for = [&] {
    return *decode_waiters_answer(asked(ask_waiters(first, std::vector{bob.node, ann.node})));
  };
  EXPECT_THAT(waits_for(), ElementsAre(bob.node, tablet.node));
  acks(bob, first);
  EXPECT_THAT(waits_for(), ElementsAre(tablet.node));
}

TEST_F(AskingViews, RefusesWhatIsNoQuestion) {
  const std::string cut = ask_waiting(NodeNo(1)).substr(0, 3);
  std::string long_one = ask_waiters(Lsn(1), std::vector{NodeNo(1)});
  long_one += 'x';
  for (const std::string& none : {std::string(), std::string(1, '\0'), std::string("\7rest"), cut,
                                  cut + "\1\1\1\1", long_one}) {
    const Result<std::string> answer = answer_views(views(), none);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kUsage);
  }
  EXPECT_FALSE(decode_number_answer(""));
  EXPECT_FALSE(decode_number_answer(std::string("\xff\xff\xff\xff\x7f", 5))) << "over 32 bits";
  EXPECT_FALSE(decode_waiting_answer("\1\1"));
  EXPECT_FALSE(decode_waiters_answer("\1\1"));
}

}  // namespace
}  // namespace mnm::ops
