// The fold: what it refuses, and what its digest covers. That it agrees with itself however it came
// about is shown in tests/ops/random_requests_test.cc.
#include "state/views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/codec.h"
#include "state/rows.h"

namespace mnm::state {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Two users with a node each, fed events by hand.
class Folding : public ::testing::Test {
 protected:
  Views views;
  Changes changes;
  Lsn last;

  Folding() { changes.track = true; }
  void SetUp() override {
    fold(registered(1));
    fold(registered(2));
  }
  Lsn fold(const event::Event& event) {
    last = next(last);
    views.evolve(last, event, changes);
    return last;
  }
  static event::Event registered(std::uint32_t number) {
    event::Event event;
    event::Registered& fact = *event.mutable_registered();
    fact.set_user(number);
    fact.set_node(number);
    fact.set_uid("U" + std::to_string(number));
    fact.set_verifier(std::string(32, 'v'));
    return event;
  }
  static event::Event stored(std::vector<NodeNo> recipients,
                             message::Kind kind = message::DELIVERY) {
    event::Event event;
    event.mutable_actor()->set_user(1);
    event.mutable_actor()->set_node(1);
    event.mutable_stored()->set_kind(kind);
    event.mutable_stored()->set_row_bytes(10);
    event.mutable_stored()->set_data_bytes(5);
    put_deltas(recipients, event.mutable_stored()->mutable_recipients());
    return event;
  }
  static event::Event acked(std::uint32_t node, Lsn id) {
    event::Event event;
    event.mutable_actor()->set_user(node);
    event.mutable_actor()->set_node(node);
    event.mutable_acked()->add_ids(id.value());
    return event;
  }
  std::map<std::string, std::string> rows() {
    std::map<std::string, std::string> rows;
    RowWriter(views, [&](std::string_view key, std::string_view value) {
      if (!value.empty()) rows[std::string(key)] = value;
    }).write_touched(changes);
    return rows;
  }
  Result<> load(const std::map<std::string, std::string>& rows) {
    return load(rows, views.applied());
  }
  static Result<> load(const std::map<std::string, std::string>& rows, Lsn applied) {
    Views loaded;
    return load(rows, applied, loaded);
  }
  static Result<> load(const std::map<std::string, std::string>& rows, Lsn applied, Views& loaded) {
    RowReader reader(loaded);
    for (const auto& [key, value] : rows) {
      if (auto added = reader.add(key, value); !added) return added;
    }
    return reader.finish(applied);
  }
};

TEST_F(Folding, CountsCopiesAndNamesWhatMustGo) {
  const Lsn id = fold(stored({NodeNo(1), NodeNo(2)}));
  EXPECT_EQ(views.message(id)->copies, 2U);
  EXPECT_EQ(views.node(NodeNo(2)).queue.cost_bytes(), 15U);
  fold(acked(1, id));
  EXPECT_EQ(views.message(id)->copies, 1U);
  EXPECT_TRUE(changes.purges.empty());
  fold(acked(2, id));
  EXPECT_FALSE(views.message(id));
  ASSERT_EQ(changes.purges.size(), 1U);
  EXPECT_EQ(changes.purges[0].id, id);
}

TEST_F(Folding, CountsALastingRefusalOfAPingAsItsEventSays) {
  event::Event refusal;
  refusal.mutable_actor()->set_user(1);
  event::Refused& refused = *refusal.mutable_refused();
  refused.set_op(event::PING);
  fold(refusal);  // as older versions wrote it
  EXPECT_EQ(views.user(UserNo(1)).pings.failed, 1U);
  EXPECT_EQ(views.user(UserNo(1)).pings.sent, 0U);
  refused.set_counts_as_ping(true);
  fold(refusal);
  refused.set_op(event::GROUP_INVITE);
  fold(refusal);
  EXPECT_EQ(views.user(UserNo(1)).pings.failed, 3U);
  EXPECT_EQ(views.user(UserNo(1)).pings.sent, 2U);
  refused.set_counts_as_ping(false);
  fold(refusal);
  refused.set_op(event::PING);
  refused.set_passing(true);
  fold(refusal);
  EXPECT_EQ(views.user(UserNo(1)).pings.failed, 3U);
}

TEST_F(Folding, RefusesRowsOfMessagesThatCameLater) {
  const Lsn id = fold(stored({NodeNo(1)}));
  EXPECT_TRUE(load(rows(), id));
  EXPECT_FALSE(load(rows(), Lsn(id.value() - 1)));
}

// Of so many that several threads sum up what waits.
TEST_F(Folding, ReadsManyBackAsTheyWere) {
  constexpr std::uint32_t kMany = 25'000;
  for (std::uint32_t number = 3; number <= kMany; ++number) fold(registered(number));
  for (std::uint32_t number = 1; number < kMany; ++number) {
    event::Event event = stored({NodeNo(number), NodeNo(number + 1)});
    event.mutable_stored()->set_data_bytes(number);
    fold(event);
  }
  auto all = rows();
  Views loaded;
  ASSERT_TRUE(load(all, last, loaded));
  EXPECT_EQ(loaded.digest(), views.digest());
  for (NodeNo node(1); node < views.next_node(); node = next(node)) {
    ASSERT_EQ(loaded.node(node).queue.cost_bytes(), views.node(node).queue.cost_bytes())
        << node.value();
  }
  std::string key(1, static_cast<char>(RowClass::kMessage));
  Encoder(key).fixed64_be(last.value() - kMany / 2);
  ASSERT_EQ(all.erase(key), 1U);
  EXPECT_FALSE(load(all, last));
}

TEST_F(Folding, ListsWhatIsOldEnoughInOrder) {
  const Lsn first = fold(stored({NodeNo(1)}));
  fold(stored({NodeNo(1)}, message::PING));
  const Lsn second = fold(stored({NodeNo(2)}));
  event::Event tick;
  tick.mutable_tick()->set_uptime_hours(3);
  fold(tick);
  const Lsn third = fold(stored({NodeNo(2)}));
  EXPECT_THAT(views.messages_until(message::DELIVERY, 2), ElementsAre(first, second));
  EXPECT_THAT(views.messages_until(message::DELIVERY, 3), ElementsAre(first, second, third));
}

TEST_F(Folding, WritesEverythingAsTheSameRowsThatItsChangesAddUpTo) {
  const Lsn gone = fold(stored({NodeNo(1), NodeNo(2)}));
  for (std::uint64_t i = 0; i < 2 * kSegmentEntries; ++i) fold(stored({NodeNo(2)}));
  fold(acked(1, gone));
  fold(acked(2, gone));
  event::Event edit;
  edit.mutable_actor()->set_user(1);
  edit.mutable_actor()->set_node(1);
  edit.mutable_ohi_edited()->add_targets(2);
  fold(edit);
  const auto by_changes = rows();
  changes = Changes{.everything = true};
  fold(stored({NodeNo(1)}));
  EXPECT_EQ(changes.nodes.size() + changes.messages.size() + changes.queues.size(), 0U);
  const auto all = rows();
  EXPECT_EQ(all.size(), by_changes.size() + 2) << "the last message and its queue";
  for (const auto& [key, value] : by_changes) {
    if (all.at(key) != value) ADD_FAILURE() << "another row of class " << int{key[0]};
  }
}

TEST_F(Folding, DigestsTheSameViewsAlikeWhereverTheirQueuesBegin) {
  Views other = views;
  Changes ignored;
  const Lsn gone = fold(stored({NodeNo(2)}));
  fold(acked(2, gone));
  event::Event nothing;
  nothing.mutable_suppressed();
  other.evolve(Lsn(3), nothing, ignored);
  other.evolve(Lsn(4), nothing, ignored);
  EXPECT_EQ(views.digest(), other.digest());
  const Lsn id = fold(stored({NodeNo(2)}));
  EXPECT_NE(views.digest(), other.digest());
  other.evolve(id, stored({NodeNo(2)}), ignored);
  EXPECT_EQ(views.digest(), other.digest());
}

// In either lane: the message's own row doesn't say whom it waits for.
TEST_F(Folding, DigestsWhichNodesOfAUserWaitForWhat) {
  event::Event event;
  event::NodeAdded& added = *event.mutable_node_added();
  added.set_user(2);
  added.set_node(3);
  added.set_ordinal(2);
  added.set_verifier(std::string(32, 'v'));
  fold(event);
  for (const message::Kind kind : {message::DELIVERY, message::USER}) {
    Views other = views;
    Changes ignored;
    const Lsn id = fold(stored({NodeNo(2)}, kind));
    other.evolve(id, stored({NodeNo(3)}, kind), ignored);
    EXPECT_NE(views.digest(), other.digest()) << message::Kind_Name(kind);
  }
}

TEST_F(Folding, DigestsNeitherSessionsNorPresence) {
  const Hash before = views.digest();
  event::Event edit;
  edit.mutable_actor()->set_user(1);
  edit.mutable_actor()->set_node(1);
  edit.mutable_ohi_edited()->set_type("add");
  edit.mutable_ohi_edited()->add_targets(2);
  fold(edit);
  EXPECT_THAT(views.user(UserNo(2)).presence->sources, ElementsAre(UserNo(1)));
  EXPECT_EQ(views.digest(), before);
}

TEST_F(Folding, ReadsBackItsRows) {
  fold(stored({NodeNo(1), NodeNo(2)}));
  const auto done = load(rows());
  EXPECT_TRUE(done) << done.error().text;
}

TEST_F(Folding, RefusesRowsThatAreCutLengthenedMissingOrUnknown) {
  fold(stored({NodeNo(1), NodeNo(2)}));
  const auto good = rows();
  for (const auto& [key, value] : good) {
    auto bad = good;
    bad[key] = value.substr(0, value.size() - 1);
    EXPECT_FALSE(load(bad)) << "cut, class " << int{key[0]};
    bad[key] = value + '\0';
    EXPECT_FALSE(load(bad)) << "lengthened, class " << int{key[0]};
    const auto row_class = static_cast<RowClass>(key[0]);
    if (row_class == RowClass::kClock || row_class == RowClass::kQueue) continue;
    bad = good;
    bad.erase(key);
    const bool last_of_kind = row_class == RowClass::kNode && key[4] == 2;
    if (row_class != RowClass::kUser && !last_of_kind) {
      EXPECT_FALSE(load(bad)) << "missing, class " << int{key[0]};
    }
  }
  auto bad = good;
  bad["\x09"] = "what is this";
  const auto refused = load(bad);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kCorruption);
  EXPECT_THAT(refused.error().text, HasSubstr("09"));
}

using FoldingDeathTest = Folding;

TEST_F(FoldingDeathTest, StopsAtWhatDecideCanNeverHaveMeant) {
  const Lsn id = fold(stored({NodeNo(2)}));
  EXPECT_DEATH(views.evolve(id, stored({NodeNo(2)}), changes), "event 3 after 3");
  EXPECT_DEATH(fold(event::Event()), "holds no fact");
  EXPECT_DEATH(fold(acked(1, id)), "after 3 .* doesn.t wait for the node");
  EXPECT_DEATH(fold(stored({NodeNo(9)})), "no such node");
  EXPECT_DEATH(fold(registered(7)), "another user comes next");
  event::Event same_uid = registered(3);
  same_uid.mutable_registered()->set_uid("U1");
  EXPECT_DEATH(fold(same_uid), "U1 is taken");
}

}  // namespace
}  // namespace mnm::state
