// Message rows that lie together: nobody who reads messages sees it, whatever becomes of the lot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <random>
#include <thread>

#include "log/lot_book.h"
#include "log/rocks_read.h"
#include "log/store_image.h"
#include "support/directory_image.h"
#include "support/log_box.h"
#include "support/sealed.h"

namespace mnm::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LotsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    box_.options().open_lot_bytes = 10'000;
    box_.open();
  }
  // One append of so many messages; the first one's id.
  Lsn post(std::size_t count, std::size_t octets = 100) {
    const Lsn first = next(box_.log().durable().lsn);
    std::vector<std::string> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(value_of(first + i, octets));
    std::vector<MessagePut> puts;
    for (std::size_t i = 0; i < count; ++i) puts.push_back({first + i, "head", values[i], {}});
    const std::vector<std::string_view> events(count, "post");
    CHECK(box_.log().append({Epoch(1), first, events, puts, {}}));
    return first;
  }
  void purge(const std::vector<Lsn>& ids) {
    std::vector<MessagePurge> purges;
    for (const Lsn id : ids) purges.push_back({id, {}});
    CHECK(box_.try_append("ack", {}, purges));
  }
  static std::string value_of(Lsn id, std::size_t octets = 100) {
    return message_id(id) + std::string(octets, static_cast<char>('a' + id.value() % 26));
  }
  [[nodiscard]] std::unique_ptr<Reader> reader() const {
    Result<std::unique_ptr<Reader>> opened = open_reader(box_.directory(), scratch_ / "reader");
    CHECK(opened) << opened.error().text;
    return std::move(*opened);
  }
  // The ids of all messages, as whoever copies the directory sees them.
  [[nodiscard]] std::vector<std::uint64_t> in_the_image() const {
    const auto image = StoreImage::open(box_.directory(), scratch_ / "image");
    CHECK(image) << image.error().text;
    std::vector<std::uint64_t> ids;
    CHECK((*image)->each_message([&](Lsn id, BodyFile, std::string_view row) -> Result<void> {
      EXPECT_EQ(row, "head" + value_of(id));
      ids.push_back(id.value());
      return {};
    }));
    return ids;
  }
  // How many rows of each kind there are: messages, purge notes, lots.
  [[nodiscard]] std::vector<int> rows() const {
    const auto image = Database::open(box_.directory() + "/log", Access::kSecondary, {},
                                      rocksdb::FileSystem::Default(), scratch_ / "rows");
    CHECK(image) << image.error().text;
    std::vector<int> counts(3);
    for (auto* family : {(*image)->msg(), (*image)->defaults()}) {
      const std::unique_ptr<rocksdb::Iterator> rows(
          (*image)->db().NewIterator(rocksdb::ReadOptions(), family));
      for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
        const auto tag = static_cast<std::uint8_t>(rows->key()[0]);
        if (tag == 0 || tag >= 0xfe) ++counts[tag == 0xff ? 2 : tag == 0xfe ? 1 : 0];
      }
    }
    return counts;
  }
  // To everybody who may ask.
  void expect_there(Lsn id) {
    EXPECT_EQ(box_.log().message(id).value_or("(none)"), "head" + value_of(id));
    EXPECT_EQ(reader()->message(id).value_or("(none)"), "head" + value_of(id));
  }
  void expect_gone(Lsn id) {
    EXPECT_EQ(box_.log().message(id).error().code, ErrorCode::kNegative);
    EXPECT_EQ(reader()->message(id).error().code, ErrorCode::kNegative);
  }

  LogBox box_;
  const TempDir scratch_;
};

TEST_F(LotsTest, AreMadeOfAFewSmallMessagesOfOneAppend) {
  post(3);
  EXPECT_THAT(rows(), ElementsAre(3, 0, 0));
  const Lsn first = post(4);
  EXPECT_THAT(rows(), ElementsAre(3, 0, 1));
  for (int i = 0; i < 4; ++i) expect_there(first + i);
  expect_gone(first + 4);
  post(4, 100'000);
  EXPECT_THAT(rows(), ElementsAre(7, 0, 1));
}

TEST_F(LotsTest, HoldTheSmallOnesOfAnAppendAndNoMoreThanIsReadAtOnce) {
  const Lsn first = next(box_.log().durable().lsn);
  std::vector<std::string> values;
  std::vector<MessagePut> puts;
  std::vector<std::string_view> events;
  for (std::uint64_t i = 0; i < 300; ++i) {
    values.emplace_back(i % 3 == 0 ? 5000 : 1000, static_cast<char>('a' + i % 26));
    events.emplace_back("post");
  }
  for (std::uint64_t i = 0; i < 300; ++i) puts.push_back({first + i, "head", values[i], {}});
  ASSERT_TRUE(box_.log().append({Epoch(1), first, events, puts, {}}));
  EXPECT_THAT(rows(), ElementsAre(100, 0, 2));
  const auto all_there = [&](const Reader& reader) {
    for (std::uint64_t i = 0; i < 300; ++i) {
      EXPECT_EQ(reader.message(first + i).value_or("(none)"), "head" + values[i]) << i;
    }
  };
  all_there(box_.log());
  all_there(*reader());
  box_.close();
  box_.open();
  EXPECT_THAT(rows(), ElementsAre(300, 0, 0));
  all_there(box_.log());
}

TEST_F(LotsTest, GoWithTheirLastMessageAndLeaveNothing) {
  const Lsn first = post(4);
  purge({first, first + 1, first + 2, first + 3});
  EXPECT_THAT(rows(), ElementsAre(0, 0, 0));
  const Lsn second = post(5);
  purge({second + 1, second + 3});
  EXPECT_THAT(rows(), ElementsAre(0, 1, 1));
  purge({second});
  purge({second + 2, second + 4});
  EXPECT_THAT(rows(), ElementsAre(0, 0, 0));
  for (int i = 0; i < 5; ++i) expect_gone(second + i);
}

TEST_F(LotsTest, ThatAreNotedTogetherNeedTheNoteUntilTheLastHasGone) {
  const Lsn older = post(4);
  const Lsn newer = post(4);
  purge({older, newer});
  purge({older + 1, older + 2, older + 3});
  EXPECT_THAT(rows(), ElementsAre(0, 1, 1));
  expect_gone(newer);
  for (int i = 1; i < 4; ++i) expect_there(newer + i);
  purge({newer + 1, newer + 2, newer + 3});
  EXPECT_THAT(rows(), ElementsAre(0, 0, 0));
}

TEST_F(LotsTest, ShowWhatWaitsAndNothingElse) {
  const Lsn alone = post(1);
  const Lsn first = post(6);
  const Lsn also_alone = post(2);
  const Lsn second = post(4);
  purge({alone, first + 1, first + 4, also_alone, second});
  for (const Lsn id : {alone, first + 1, first + 4, also_alone, second}) expect_gone(id);
  const std::vector<Lsn> left{first,          first + 2,  first + 3,  first + 5,
                              also_alone + 1, second + 1, second + 2, second + 3};
  for (const Lsn id : left) expect_there(id);
  std::vector<std::uint64_t> ids;
  for (const Lsn id : left) ids.push_back(id.value());
  EXPECT_EQ(in_the_image(), ids);
  box_.close();
  EXPECT_EQ(in_the_image(), ids);
}

TEST_F(LotsTest, AreBrokenUpByAStart) {
  const Lsn first = post(6);
  purge({first + 1, first + 5});
  box_.close();
  box_.open();
  EXPECT_THAT(rows(), ElementsAre(4, 0, 0));
  for (const int i : {0, 2, 3, 4}) expect_there(first + i);
  for (const int i : {1, 5}) expect_gone(first + i);
  purge({first, first + 2, first + 3, first + 4});
  EXPECT_THAT(rows(), ElementsAre(0, 0, 0));
}

TEST_F(LotsTest, AreBrokenUpOnceMuchCameAfterThem) {
  const Lsn old = post(4);
  const Lsn gone = post(4);
  purge({old + 2, gone, gone + 1, gone + 2, gone + 3});
  for (int i = 0; i < 8; ++i) post(4, 250);
  EXPECT_THAT(rows(), ElementsAre(0, 1, 9));
  const Lsn newest = post(4, 250);
  purge({newest});
  EXPECT_THAT(rows(), ElementsAre(3, 1, 9)) << "the note of the old one has gone";
  for (const int i : {0, 1, 3}) expect_there(old + i);
  expect_gone(old + 2);
  purge({old, old + 1, old + 3});
  EXPECT_THAT(rows(), ElementsAre(0, 1, 9));
}

TEST_F(LotsTest, ThatWaitKeepNoNotesAndNoBooksForEver) {
  const Lsn waits = post(4);
  for (int i = 0; i < 30; ++i) {  // of which each leaves a note, and then nothing
    const Lsn passing = post(4);
    purge({passing, passing + 1});
    purge({passing + 2, passing + 3});
  }
  EXPECT_THAT(rows(), ElementsAre(4, 0, 0)) << "the first was broken up";
  for (int i = 0; i < 4; ++i) expect_there(waits + i);
}

TEST_F(LotsTest, ArentMadeForLongWhereMessagesWait) {
  for (int i = 0; i < 100; ++i) post(4);
  const int lots = rows()[2];
  EXPECT_LE(lots, 21);
  for (int i = 0; i < 15; ++i) post(4);
  EXPECT_LE(rows()[2], lots + 1) << "one to see how it does";
  for (int i = 0; i < 500; ++i) {  // now nothing waits
    const Lsn passing = post(4);
    purge({passing, passing + 1, passing + 2, passing + 3});
  }
  const int before = rows()[2];
  post(4);
  EXPECT_EQ(rows()[2], before + 1);
}

TEST_F(LotsTest, OfWhichAScrubLeavesNoPurgedOctet) {
  const Lsn whole = post(4);
  const Lsn stale = post(4);
  purge({stale + 1});
  const auto holders = [&](Lsn id) {
    return DirectoryImage(box_.directory()).holders_of(value_of(id));
  };
  EXPECT_NE(holders(stale + 1), "");
  ASSERT_TRUE(box_.log().scrub());
  EXPECT_EQ(holders(stale + 1), "");
  EXPECT_THAT(rows(), ElementsAre(3, 1, 1)) << "notes go with the lots before them";
  for (const int i : {0, 2, 3}) expect_there(stale + i);
  for (int i = 0; i < 4; ++i) expect_there(whole + i);
  expect_gone(stale + 1);
  purge({stale, stale + 2, stale + 3, whole});
  ASSERT_TRUE(box_.log().scrub());
  for (const Lsn id : {stale, stale + 2, stale + 3, whole}) EXPECT_EQ(holders(id), "");
}

// A reader that saw them before a scrub isn't left with what it saw.
TEST_F(LotsTest, AreGoneForAReaderThatStays) {
  const Lsn first = post(4);
  const Lsn alone = post(1);
  const std::unique_ptr<Reader> stays = reader();
  const auto expect_gone_there = [&](Lsn id) {
    (void)stays->durable();
    const Result<std::string> row = stays->message(id);
    ASSERT_FALSE(row) << message_id(id);
    EXPECT_EQ(row.error().code, ErrorCode::kNegative);
  };
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(stays->message(first + i));
  EXPECT_TRUE(stays->message(alone));
  purge({first + 1, alone});
  ASSERT_TRUE(box_.log().scrub());
  box_.append("something else");
  expect_gone_there(first + 1);
  expect_gone_there(alone);
  EXPECT_EQ(stays->message(first).value_or("(none)"), "head" + value_of(first));
  purge({first, first + 2, first + 3});
  for (int i = 0; i < 4; ++i) expect_gone_there(first + i);
  ASSERT_TRUE(box_.log().scrub());
  box_.append("something else");
  for (int i = 0; i < 4; ++i) expect_gone_there(first + i);
}

// While others are appended: none of them is waited for.
TEST_F(LotsTest, AreBrokenUpByAScrubInSteps) {
  box_.close();
  box_.options().open_lot_bytes = 1'000'000;
  box_.options().scrub_step_bytes = 1;
  box_.open();
  std::vector<Lsn> gone;
  for (int i = 0; i < 10; ++i) {
    gone.push_back(post(4));
    purge({gone.back()});
  }
  std::atomic<bool> over = false;
  std::thread poster([&] {
    while (!over) purge({post(4)});
  });
  EXPECT_TRUE(box_.log().scrub());
  over = true;
  poster.join();
  const DirectoryImage image(box_.directory());
  for (const Lsn id : gone) {
    EXPECT_EQ(image.holders_of(value_of(id)), "");
    expect_there(id + 3);
  }
}

TEST_F(LotsTest, ThatCantBeReadEndTheLogAndSayWhy) {
  box_.options().open_lot_bytes = 20'000;
  std::mt19937 random(7);
  std::string value;
  for (int i = 0; i < 500; ++i) value += static_cast<char>(random());
  const Lsn first = next(box_.log().durable().lsn);
  std::vector<MessagePut> puts;
  for (std::uint64_t i = 0; i < 4; ++i) puts.push_back({first + i, value, "", {}});
  const std::vector<std::string_view> events(4, "post");
  ASSERT_TRUE(box_.log().append({Epoch(1), first, events, puts, {}}));
  Snapshots& snapshots = *box_.store().snapshots;
  ASSERT_TRUE(snapshots.begin()) << "which writes it into a table";
  ASSERT_TRUE(snapshots.finish({}, {}));
  std::string name = DirectoryImage(box_.directory() + "/log").holders_of(value);
  name = box_.directory() + "/log/" + name.substr(0, name.find(".sst")) + ".sst";
  std::fstream table(name, std::ios::in | std::ios::out | std::ios::binary);
  const std::string octets(std::istreambuf_iterator<char>(table), {});
  const std::size_t at = octets.find(value);
  ASSERT_NE(at, std::string::npos);
  table.seekp(static_cast<std::streamoff>(at + 9));
  ASSERT_TRUE(table.put(static_cast<char>(~octets[at + 9])).flush());
  purge({first});
  const Result<void> scrubbed = box_.log().scrub();
  ASSERT_FALSE(scrubbed);
  EXPECT_EQ(scrubbed.error().code, ErrorCode::kCorruption);
  EXPECT_THAT(scrubbed.error().text, HasSubstr("which still wait in part"));
  EXPECT_FALSE(box_.try_append("more"));
}

// What waits is there for every reader at any moment, whatever becomes of its lot, and what is
// purged isn't.
TEST_F(LotsTest, AreReadWhileTheyComeAndGo) {
  std::atomic<std::uint64_t> waits = post(4).value();
  std::atomic<std::uint64_t> gone = 0;
  std::atomic<bool> over = false;
  const std::unique_ptr<Reader> stays = reader();
  std::vector<std::thread> readers;
  for (const Reader* from : std::vector<const Reader*>{&box_.log(), stays.get()}) {
    readers.emplace_back([&, from] {
      while (!over) {
        const Lsn purged(gone);
        (void)from->durable();
        EXPECT_FALSE(from->message(purged)) << message_id(purged);
        const Lsn id(waits);
        const Result<std::string> row = from->message(id);
        if (row) {
          EXPECT_EQ(*row, "head" + value_of(id));
        } else {
          EXPECT_NE(Lsn(waits), id) << "it is lost: " << row.error().text;
        }
      }
    });
  }
  std::atomic<int> round = 0;
  std::thread scrubber([&] {
    for (int scrubbed = 0; !over; scrubbed = round) {
      EXPECT_TRUE(box_.log().scrub());
      round.wait(scrubbed);
    }
  });
  std::vector<Lsn> all_gone;
  for (int i = 0; i < 40; ++i) {
    ++round;
    round.notify_all();
    const Lsn first = post(4);
    const Lsn old(waits.exchange(first.value()));
    purge({old, first + 1});
    gone = (i % 2 == 0 ? old : first + 1).value();
    all_gone.insert(all_gone.end(), {old, first + 1});
    for (int more = 0; more < i % 30; ++more) {  // it is broken up, now and then
      const Lsn passing = post(4);
      purge({passing, passing + 1, passing + 2, passing + 3});
    }
    purge({first + 2, first + 3});
  }
  over = true;
  ++round;
  round.notify_all();
  for (std::thread& reader : readers) reader.join();
  scrubber.join();
  ASSERT_TRUE(box_.log().scrub());
  const DirectoryImage image(box_.directory());
  for (const Lsn id : all_gone) EXPECT_EQ(image.holders_of(value_of(id)), "") << message_id(id);
  expect_there(Lsn(waits));
}

TEST_F(LotsTest, ArentMadeWhereTheyAreSealed) {
  const KeySecret key = testing::secret_of(testing::kKeyText);
  LogBox sealed;
  sealed.options().key = &key;
  sealed.open();
  std::vector<MessagePut> puts;
  for (std::uint64_t i = 1; i <= 6; ++i) puts.push_back({Lsn(i), "head", "body", {}});
  const std::vector<std::string_view> events(6, "post");
  ASSERT_TRUE(sealed.log().append({Epoch(1), Lsn(1), events, puts, {}}));
  EXPECT_EQ(sealed.log().message(Lsn(3)).value_or("(none)"), "headbody");
  sealed.purge(Lsn(3));
  EXPECT_EQ(sealed.log().message(Lsn(3)).error().code, ErrorCode::kNegative);
  EXPECT_EQ(sealed.log().message(Lsn(4)).value_or("(none)"), "headbody");
}

std::string lot_of(const std::vector<std::pair<std::uint64_t, std::string>>& messages) {
  std::vector<MessagePut> puts;
  for (const auto& [id, row] : messages) puts.push_back({Lsn(id), row, "", {}});
  std::string value = encode_lot_index(puts);
  for (const auto& [id, row] : messages) value += row;
  return value;
}

TEST(LotRows, AreReadAsTheyWereWritten) {
  const std::string value = lot_of({{7, "seven"}, {8, ""}, {300, "three hundred"}});
  const Result<LotMessages> read = decode_lot(Lsn(7), value);
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_THAT(*read, ElementsAre(std::pair(Lsn(7), "seven"), std::pair(Lsn(8), ""),
                                 std::pair(Lsn(300), "three hundred")));
  const std::vector<Lsn> ids{Lsn(1), Lsn(2), Lsn(1'000'000)};
  EXPECT_EQ(decode_note(encode_note(ids)).value(), ids);
}

TEST(LotRows, ThatAreDamagedAreRefusedOrStillWhole) {
  const std::string value = lot_of({{7, "seven"}, {8, "eight"}, {300, "three hundred"}});
  for (std::size_t cut = 0; cut < value.size(); ++cut) {
    EXPECT_FALSE(decode_lot(Lsn(7), value.substr(0, cut))) << cut;
  }
  EXPECT_FALSE(decode_lot(Lsn(7), value + "x"));
  EXPECT_FALSE(decode_lot(Lsn(7), lot_of({{7, "a"}, {7, "b"}}))) << "one message twice";
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string spoilt = value;
    spoilt[random() % spoilt.size()] = static_cast<char>(random());
    const Result<LotMessages> read = decode_lot(Lsn(7), spoilt);
    if (!read) continue;
    EXPECT_TRUE(
        std::ranges::is_sorted(*read, std::ranges::less_equal{}, &LotMessages::value_type::first) ||
        read->size() == 1);
  }
  EXPECT_FALSE(decode_note(""));
  EXPECT_FALSE(decode_note(std::string_view("\x05\x00", 2)));
  EXPECT_FALSE(decode_note("\xff"));
  EXPECT_FALSE(decode_lot(Lsn(7), "\xff\xff\xff\xff\xff\xff\xff\xff\x7f")) << "no room is taken";
}

}  // namespace
}  // namespace mnm::log
