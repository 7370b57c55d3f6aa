// Partial views: what they read from the rows, and what they let go of. That their fold is the same
// as that of whole views is shown with random histories, in tests/ops/story.cc.
#include "state/views.h"

#include <gtest/gtest.h>

#include "support/partial_fold.h"

namespace mnm::state {
namespace {

class Counted final : public StoredRows {
 public:
  testing::RowsInMap rows;
  int reads = 0;

  [[nodiscard]] std::optional<std::string_view> row(std::string_view key) override {
    ++reads;
    return rows.row(key);
  }
  void each(std::string_view begin, std::string_view end, const Visit& visit) override {
    ++reads;
    rows.each(begin, end, visit);
  }
  [[nodiscard]] std::uint32_t last_number(RowClass row_class) override {
    return rows.last_number(row_class);
  }
};

class PartialViews : public ::testing::Test {
 protected:
  PartialViews() {
    Views whole;
    Changes changes{.track = true};
    for (std::uint32_t number = 1; number <= 2; ++number) {
      event::Event event;
      event::Registered& fact = *event.mutable_registered();
      fact.set_user(number);
      fact.set_node(number);
      fact.set_uid("user" + std::to_string(number));
      fact.set_verifier(std::string(sizeof(Hash), 'v'));
      whole.evolve(last_ = next(last_), event, changes);
    }
    RowWriter(whole, testing::into(stored_.rows.rows)).write_touched(changes);
  }
  // As the projector does after each interval.
  void settle(Views& views) {
    RowWriter(views, testing::into(stored_.rows.rows)).write_touched(changes_);
    changes_ = {.track = true};
    views.settle();
  }
  // How many reads the user's change costs.
  int set_receive_only(Views& views, std::uint32_t user) {
    event::Event event;
    event.mutable_receive_only_set()->set_user(user);
    event.mutable_receive_only_set()->set_on(true);
    const int before = stored_.reads;
    views.evolve(last_ = next(last_), event, changes_);
    return stored_.reads - before;
  }
  Counted stored_;
  Lsn last_;
  Changes changes_{.track = true};
};

TEST_F(PartialViews, ReadWhatIsNeededAndOnce) {
  Views views = Views::partial(stored_, last_);
  EXPECT_EQ(views.next_user(), UserNo(3));
  EXPECT_GT(set_receive_only(views, 1), 0);
  EXPECT_EQ(set_receive_only(views, 1), 0);
  EXPECT_EQ(views.user(UserNo(1)).uid, "user1");
  EXPECT_TRUE(views.user(UserNo(1)).receive_only);
  EXPECT_ANY_THROW((void)views.user(UserNo(2))) << "nobody needed it";
}

TEST_F(PartialViews, KnowTheFileOfAMessageThatTheyLetGoOfInBetween) {
  Views views = Views::partial(stored_, last_);
  event::Event event;
  event.mutable_actor()->set_user(1);
  event::Stored& stored = *event.mutable_stored();
  stored.set_kind(message::DELIVERY);
  put_deltas(std::vector{NodeNo(1), NodeNo(2)}, stored.mutable_recipients());
  stored.set_file_boot(3);
  stored.set_file_serial(7);
  views.evolve(last_ = next(last_), event, changes_);
  const Lsn id = last_;
  for (const std::uint32_t node : {1, 2}) {
    settle(views);
    settle(views);
    EXPECT_FALSE(views.message(id)) << "nobody needed it";
    event.mutable_actor()->set_node(node);
    event.mutable_acked()->clear_ids();
    event.mutable_acked()->add_ids(id.value());
    views.evolve(last_ = next(last_), event, changes_);
    EXPECT_EQ(changes_.purges.size(), node - 1);
  }
  EXPECT_EQ(changes_.purges.front().file, (log::BodyFile{Lsn(3), 7}));
}

TEST_F(PartialViews, LetGoOfWhatIsNotNeededAnyMore) {
  Views views = Views::partial(stored_, last_);
  set_receive_only(views, 1);
  set_receive_only(views, 2);
  settle(views);
  EXPECT_EQ(set_receive_only(views, 1), 0);
  settle(views);
  EXPECT_EQ(set_receive_only(views, 1), 0);
  EXPECT_GT(set_receive_only(views, 2), 0);
  EXPECT_TRUE(views.user(UserNo(2)).receive_only) << "as it was written";
}

TEST_F(PartialViews, ThrowWhenARowIsMissingOrSpoilt) {
  for (const char* octets : {"", "\xff"}) {
    testing::into(stored_.rows.rows)(row_key(RowClass::kUser, 1), octets);
    Views views = Views::partial(stored_, last_);
    try {
      set_receive_only(views, 1);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const StoredRows::Unreadable& unreadable) {
      EXPECT_EQ(unreadable.error().code, ErrorCode::kCorruption);
    }
  }
}

// Whole views end the program at such a history, since their rows were checked when they were read.
TEST_F(PartialViews, ThrowWhenAnEventDoesNotFitTheRows) {
  event::Event acked;
  acked.mutable_actor()->set_node(1);
  acked.mutable_acked()->add_ids(1);
  event::Event registered;
  registered.mutable_registered()->set_user(7);
  event::Event of_nobody;
  of_nobody.mutable_receive_only_set()->set_user(9);
  for (const event::Event* event : {&acked, &registered, &of_nobody}) {
    Views views = Views::partial(stored_, last_);
    EXPECT_THROW(views.evolve(next(last_), *event, changes_), StoredRows::Unreadable);
  }
}

}  // namespace
}  // namespace mnm::state
