#include "ops/indexer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "ops/base.h"
#include "ops/checkpoint.h"
#include "ops/listing.h"
#include "ops/projector.h"
#include "support/engine_house.h"
#include "support/temp_dir.h"

namespace mnm::ops {
namespace {

using Device = House::Device;
using Lists = std::map<Subject, std::vector<Lsn>>;
using Order = MergedListing::Order;

// A log made by hand: what matters here is where events lie.
class WideLog final : public log::Reader {
 public:
  // One record of one event.
  void append(Lsn at, const event::Event& event) {
    const std::string bytes = event.SerializeAsString();
    const std::string_view view = bytes;
    std::string stored;
    const Hash chain = log::encode_record(
        {.epoch = Epoch(1), .first = at, .previous = head_.chain, .events = {&view, 1}, .salt = {}},
        stored);
    records_[at] = std::move(stored);
    head_ = {Epoch(1), at, chain};
  }
  void trim(Lsn before) { records_.erase(records_.begin(), records_.lower_bound(before)); }

  [[nodiscard]] log::Position durable() const override { return head_; }
  [[nodiscard]] Lsn tail() const override {
    return records_.empty() ? Lsn() : records_.begin()->first;
  }
  [[nodiscard]] Result<log::Record> read(Lsn lsn) const override {
    const auto found = records_.find(lsn);
    if (found == records_.end()) return fail(ErrorCode::kNegative, "not kept");
    return log::decode_record(found->second);
  }
  [[nodiscard]] Result<std::string> message(Lsn) const override {
    return fail(ErrorCode::kNegative, "none");
  }
  [[nodiscard]] std::unique_ptr<log::Scanner> scan(Lsn from) const override {
    return std::make_unique<Walk>(records_, from);
  }

 private:
  class Walk final : public log::Scanner {
   public:
    Walk(const std::map<Lsn, std::string>& records, Lsn from)
        : at_(records.lower_bound(from)), end_(records.end()) {}
    Result<std::optional<log::Record>> next() override {
      if (at_ == end_) return std::optional<log::Record>();
      auto record = log::decode_record((at_++)->second);
      if (!record) return fail(record.error());
      return std::optional(std::move(*record));
    }

   private:
    std::map<Lsn, std::string>::const_iterator at_;
    const std::map<Lsn, std::string>::const_iterator end_;
  };
  std::map<Lsn, std::string> records_;
  log::Position head_;
};

class IndexTest : public testing::Test {
 protected:
  void open() {
    checkpoint_.reset();
    auto opened = Checkpoint::open(dir_.path() + "/views");
    CHECK(opened) << opened.error().text;
    checkpoint_ = std::move(*opened);
  }
  // Brute force.
  static Lists lists_of(const log::Reader& log) {
    Lists lists;
    std::map<std::uint32_t, std::uint32_t> owners;
    const auto scanner = log.scan(Lsn(1));
    while (true) {
      const auto record = scanner->next();
      CHECK(record) << record.error().text;
      if (!record->has_value()) return lists;
      Lsn lsn = (*record)->first;
      for (const std::string_view bytes : (*record)->events) {
        event::Event event;
        CHECK(event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
        if (event.has_registered()) owners[event.registered().node()] = event.registered().user();
        if (event.has_node_added()) owners[event.node_added().node()] = event.node_added().user();
        const auto owner = [&](NodeNo node) { return UserNo(owners.at(node.value())); };
        for_each_subject(event, owner, [&](Subject subject) {
          auto& list = lists[subject];
          if (list.empty() || list.back() != lsn) list.push_back(lsn);
        });
        lsn = next(lsn);
      }
    }
  }
  std::vector<Lsn> listed(const std::vector<Subject>& subjects, Order order, Lsn start) {
    MergedListing listing(checkpoint_->rows(), order);
    std::vector<Lsn> found;
    for (const Subject subject : subjects) EXPECT_TRUE(listing.add(subject, start));
    while (true) {
      const auto lsn = listing.next();
      if (!lsn) ADD_FAILURE() << lsn.error().text;
      if (!lsn || !*lsn) return found;
      found.push_back(*lsn);
    }
  }
  void expect_whole(const log::Reader& log) {
    const auto at = index_position(checkpoint_->rows());
    ASSERT_TRUE(at);
    EXPECT_EQ(*at, log.durable());
    std::set<Lsn> all;
    std::vector<Subject> subjects;
    for (const auto& [subject, list] : lists_of(log)) {
      EXPECT_EQ(listed({subject}, Order::kAscending, Lsn(1)), list);
      const Lsn middle = list[list.size() / 2];
      EXPECT_EQ(
          listed({subject}, Order::kAscending, middle),
          std::vector(list.begin() + static_cast<std::ptrdiff_t>(list.size() / 2), list.end()));
      EXPECT_EQ(listed({subject}, Order::kDescending, log.durable().lsn),
                std::vector(list.rbegin(), list.rend()));
      all.insert(list.begin(), list.end());
      subjects.push_back(subject);
    }
    EXPECT_EQ(listed(subjects, Order::kAscending, Lsn(1)), std::vector(all.begin(), all.end()));
  }
  static event::Event acked_by(std::uint32_t node) {
    event::Event event;
    event.set_schema(1);
    event.mutable_actor()->set_user(node);
    event.mutable_actor()->set_node(node);
    event.mutable_acked()->add_ids(1);
    return event;
  }

  TempDir dir_;
  std::unique_ptr<Checkpoint> checkpoint_;
};

TEST_F(IndexTest, ListsWhatConcernsEachSubjectHoweverItWasCutUp) {
  House house;
  open();
  Indexer indexer(*house.log, checkpoint_->row_store(), 7);
  Device ann = house.join(Dialect::kTmtp, "ann-the-first");
  Device bob = house.join(Dialect::kTmtp, "bob-the-second");
  for (int round = 0; round < 20; ++round) {
    const Lsn id = house.post(ann, bob.uid, "x");
    house.run(ann, OhiEdit{.type = OhiType::kAdd, .for_uids = {bob.uid}});
    if (round % 3 == 0) {
      house.lose(bob);
      house.login(bob);
    }
    if (round % 2 == 0) house.ack(bob, id);
    if (round % 5 == 0) {
      ASSERT_TRUE(indexer.catch_up());
      expect_whole(*house.log);
    }
  }
  Device other = house.add_device(bob);
  ASSERT_TRUE(indexer.catch_up());
  expect_whole(*house.log);
  const auto uid = find_given(checkpoint_->rows(), GivenName::Kind::kUid, bob.uid);
  EXPECT_EQ(uid.value_or(0), 2U);
  EXPECT_EQ(find_given(checkpoint_->rows(), GivenName::Kind::kAlias, "ann-the-first").value_or(0),
            1U);
  EXPECT_EQ(find_given(checkpoint_->rows(), GivenName::Kind::kUid, "ann-the-first").value_or(9),
            0U);
}

TEST_F(IndexTest, CrossesBlocksAndGoesOnInOne) {
  WideLog log;
  open();
  std::optional<Indexer> indexer(std::in_place, log, checkpoint_->row_store());
  const std::uint64_t block = kIndexBlockLsns;
  for (const std::uint64_t lsn : {std::uint64_t{1}, std::uint64_t{2}, block - 1, block, block + 1,
                                  3 * block, 9 * block + 5}) {
    log.append(Lsn(lsn), acked_by(1 + lsn % 2));
    ASSERT_TRUE(indexer->catch_up());
    open();  // as after a restart
    indexer.emplace(log, checkpoint_->row_store());
  }
  ASSERT_TRUE(indexer->catch_up());
  expect_whole(log);
}

TEST_F(IndexTest, OfAnotherLogIsMadeAnew) {
  House one;
  one.join();
  open();
  ASSERT_TRUE(Indexer(*one.log, checkpoint_->row_store()).catch_up());
  House other;
  Device ann = other.join();
  const Device bob = other.join();
  for (int i = 0; i < 30; ++i) other.post(ann, bob.uid, "x");
  open();
  ASSERT_TRUE(Indexer(*other.log, checkpoint_->row_store()).catch_up());
  expect_whole(*other.log);
}

TEST_F(IndexTest, ForgetsTheBlocksThatTheLogHasForgotten) {
  WideLog log;
  open();
  for (std::uint64_t block = 0; block < 5; ++block) {
    log.append(Lsn(block * kIndexBlockLsns + 1), acked_by(1));
  }
  Indexer indexer(log, checkpoint_->row_store());
  ASSERT_TRUE(indexer.catch_up());
  EXPECT_EQ(listed({Subject::acts(UserNo(1))}, Order::kAscending, Lsn(1)).size(), 5U);
  log.trim(Lsn(3 * kIndexBlockLsns));
  ASSERT_TRUE(indexer.catch_up());
  EXPECT_EQ(listed({Subject::acts(UserNo(1))}, Order::kAscending, Lsn(1)).size(), 2U);
}

TEST_F(IndexTest, MadeAnewOfATrimmedLogKnowsTheNamesThatWereGivenBefore) {
  House house;
  open();
  Device ann = house.join(Dialect::kTmtp, "ann-the-first");
  const Device bob = house.join();
  ASSERT_TRUE(restore_views(*house.log, *checkpoint_, Bases(dir_.path())));
  const Lsn kept = house.post(ann, bob.uid, "x");
  ASSERT_TRUE(house.log->trim(kept));
  Indexer indexer(*house.log, checkpoint_->row_store());
  ASSERT_TRUE(indexer.catch_up());
  EXPECT_EQ(indexer.indexed(), house.log->durable().lsn);
  const auto given = [&](GivenName::Kind kind, std::string_view name) {
    return find_given(checkpoint_->rows(), kind, name).value_or(9);
  };
  EXPECT_EQ(given(GivenName::Kind::kUid, ann.uid), 1U);
  EXPECT_EQ(given(GivenName::Kind::kUid, bob.uid), 2U);
  EXPECT_EQ(given(GivenName::Kind::kAlias, "ann-the-first"), 1U);
  EXPECT_EQ(given(GivenName::Kind::kAlias, "bob"), 0U);
  EXPECT_EQ(listed({Subject::acts(UserNo(1))}, Order::kAscending, Lsn(1)), std::vector{kept});
}

TEST_F(IndexTest, GoesWithTheProjector) {
  House house;
  open();
  auto restored = restore_views(*house.log, *checkpoint_, Bases(dir_.path()));
  ASSERT_TRUE(restored);
  Projector projector(*house.log, *checkpoint_, *restored, {.events_max = 50});
  Device ann = house.join();
  const Device bob = house.join();
  for (int i = 0; i < 200; ++i) house.post(ann, bob.uid, "x");
  ASSERT_TRUE(projector.step());
  expect_whole(*house.log);
  state::Views views;
  ASSERT_TRUE(checkpoint_->load(views)) << "the index's rows are none of the views'";
  EXPECT_EQ(views.digest(), house.views().digest());
}

TEST_F(IndexTest, ThatIsDamagedSaysSo) {
  House house;
  open();
  ASSERT_TRUE(Indexer(*house.log, checkpoint_->row_store()).catch_up());
  const std::string key = listing_key(Subject::relay(), 0);
  ASSERT_TRUE(checkpoint_->row_store().write_rows({{key, std::string("\xff\xff\xff\xff\xff", 5)}}));
  MergedListing listing(checkpoint_->rows(), Order::kAscending);
  const auto added = listing.add(Subject::relay(), Lsn(1));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kCorruption);
  EXPECT_THAT(added.error().text, ::testing::HasSubstr("views/"));
}

TEST_F(IndexTest, EndsASubjectOnTheWay) {
  WideLog log;
  open();
  for (std::uint64_t lsn = 1; lsn <= 10; ++lsn) log.append(Lsn(lsn), acked_by(1 + lsn % 2));
  ASSERT_TRUE(Indexer(log, checkpoint_->row_store()).catch_up());
  MergedListing listing(checkpoint_->rows(), Order::kAscending);
  ASSERT_TRUE(listing.add(Subject::acts(UserNo(1)), Lsn(1)));
  ASSERT_TRUE(listing.add(Subject::acts(UserNo(2)), Lsn(1)));
  EXPECT_EQ(*listing.next(), Lsn(1));
  listing.end(Subject::acts(UserNo(1)));
  EXPECT_EQ(*listing.next(), Lsn(3));
  EXPECT_EQ(*listing.next(), Lsn(5));
}

}  // namespace
}  // namespace mnm::ops
