// What a start accepts and what it refuses. A refusal leaves the data directory as it was, octet by
// octet, and says what is lost.
#include "log/recovery.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "log/body_reader.h"
#include "log/data_directory.h"
#include "log/high_water.h"
#include "log/rocks_db.h"
#include "log/store_image.h"
#include "support/directory_image.h"
#include "support/log_box.h"
#include "support/spoil.h"

namespace mnm::log {
namespace {

using ::testing::HasSubstr;

class Start : public ::testing::Test {
 protected:
  // A stopped store of `count` events, with the mark at the last.
  void given_events(int count, std::size_t octets = 100) {
    if (!box_.is_open()) box_.open();
    for (int i = 0; i < count; ++i) box_.append(std::string(octets, 'e'));
    box_.close();
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return box_.directory() + "/" + name;
  }
  [[nodiscard]] std::string newest_wal() const {
    std::string newest;
    for (const auto& entry : std::filesystem::directory_iterator(path("log"))) {
      if (entry.path().extension() == ".log") newest = std::max(newest, entry.path().string());
    }
    CHECK(!newest.empty());
    return newest;
  }
  static void cut(const std::string& file, std::uint64_t octets) {
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - octets);
  }
  void expect_refused(ErrorCode code, const std::string& words) {
    const DirectoryImage before(box_.directory());
    for (int tries = 0; tries < 2; ++tries) {
      const Result<void> opened = box_.try_open();
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error().code, code) << opened.error().text;
      EXPECT_THAT(opened.error().text, HasSubstr(words));
      EXPECT_EQ(before.difference(DirectoryImage(box_.directory())), "");
    }
  }
  void expect_accepted(Lsn head) {
    const Result<void> opened = box_.try_open();
    ASSERT_TRUE(opened) << opened.error().text;
    EXPECT_EQ(box_.log().durable().lsn, head);
    box_.append("more");
    box_.close();
    box_.open();
    EXPECT_EQ(box_.log().durable().lsn, next(head));
  }

  LogBox box_;
};

TEST_F(Start, OfAWholeLogIsAccepted) {
  given_events(10);
  expect_accepted(Lsn(10));
}

TEST_F(Start, DropsATornTailThatWasNeverAcked) {
  given_events(10);
  std::ofstream(newest_wal(), std::ios::app | std::ios::binary) << std::string(500, '\x03');
  expect_accepted(Lsn(10));
}

// A power cut can undo the deletion of a file.
TEST_F(Start, IgnoresAWalThatWasRecoveredAndCameBack) {
  given_events(3);
  const std::string wal = newest_wal();
  for (const std::string& octets : {std::string(500, '\x03'), std::string()}) {
    std::ofstream(wal, std::ios::app | std::ios::binary) << octets;
    const DirectoryImage before(box_.directory());
    given_events(3);
    ASSERT_FALSE(std::filesystem::exists(wal));
    before.restore_file(box_.directory(), std::filesystem::relative(wal, box_.directory()));
    given_events(1);
  }
  expect_accepted(Lsn(11));
}

TEST_F(Start, RefusesAFlippedBitInTheMiddleOfTheWal) {
  given_events(1000, 500);
  testing::spoil(newest_wal(), 100'000);
  expect_refused(ErrorCode::kCorruption, "is damaged at offset");
}

TEST_F(Start, RefusesASpoiltEndBelowTheMark) {
  given_events(10);
  const std::string wal = newest_wal();
  testing::spoil(wal, std::filesystem::file_size(wal) - 10);
  expect_refused(ErrorCode::kCorruption, "LSN 10 to 10 are lost");
}

TEST_F(Start, RefusesACutWal) {
  given_events(10);
  cut(newest_wal(), 1000);
  expect_refused(ErrorCode::kCorruption, "to 10 are lost");
}

TEST_F(Start, RefusesADeletedWal) {
  given_events(10);
  std::filesystem::remove(newest_wal());
  expect_refused(ErrorCode::kCorruption, "LSN 1 to 10 are lost");
}

TEST_F(Start, RefusesADeletedWalAfterAFlush) {
  given_events(5);
  box_.open();
  ASSERT_TRUE(box_.log().scrub());
  given_events(5);
  std::filesystem::remove(newest_wal());
  expect_refused(ErrorCode::kCorruption, "LSN 6 to 10 are lost");
}

TEST_F(Start, RefusesADeletedOlderWalThatAMessageStillNeeds) {
  box_.open();
  (void)box_.post("in the first WAL only");
  // More events than a memtable holds: their family is flushed, and a second WAL begins.
  for (int i = 0; i < 18; ++i) box_.append(std::string(1 << 20, 'e'));
  box_.close();
  std::set<std::string> wals;
  for (const auto& entry : std::filesystem::directory_iterator(path("log"))) {
    if (entry.path().extension() == ".log") wals.insert(entry.path().string());
  }
  ASSERT_EQ(wals.size(), 2u);
  const std::string oldest = *wals.begin();
  const DirectoryImage whole(box_.directory());
  std::filesystem::remove(oldest);
  expect_refused(ErrorCode::kCorruption, "WAL");
  whole.restore(box_.directory());
  cut(oldest, 1 << 19);
  expect_refused(ErrorCode::kCorruption, "");
}

TEST_F(Start, RefusesAWalRolledBack) {
  given_events(5);
  box_.open();
  box_.append("more");
  const DirectoryImage earlier(box_.directory());
  const std::string wal = "log/" + std::filesystem::path(newest_wal()).filename().string();
  given_events(5);
  earlier.restore_file(box_.directory(), wal);
  expect_refused(ErrorCode::kCorruption, "LSN 7 to 11 are lost");
}

TEST_F(Start, RefusesADatabaseRolledBack) {
  given_events(5);
  const DirectoryImage earlier(path("log"));
  given_events(5);
  earlier.restore(path("log"));
  expect_refused(ErrorCode::kCorruption, "LSN 6 to 10 are lost");
}

TEST_F(Start, RefusesAnotherLogOfTheSameLength) {
  given_events(5);
  const DirectoryImage other(path("log"));
  std::filesystem::remove_all(box_.directory());
  given_events(5);
  other.restore(path("log"));
  expect_refused(ErrorCode::kTampering, "isn't the one that high_water saw");
}

TEST_F(Start, RefusesALogWithoutAMark) {
  given_events(5);
  std::filesystem::remove(path("high_water"));
  expect_refused(ErrorCode::kCorruption, "high_water is missing");
}

TEST_F(Start, RefusesALogWhoseMarkIsSpoilt) {
  given_events(5);
  testing::spoil(path("high_water"), 20);
  testing::spoil(path("high_water"), kSlotStride + 20);
  expect_refused(ErrorCode::kCorruption, "neither slot of high_water is valid");
}

TEST_F(Start, AcceptsAMarkWithOneSlotSpoilt) {
  given_events(5);
  const HighWaterMark mark =
      HighWater::load(box_.directory(), *rocksdb::FileSystem::Default()).value();
  testing::spoil(path("high_water"), mark.slot_index * kSlotStride + 20);
  expect_accepted(Lsn(5));
}

TEST_F(Start, RefusesAMissingDatabase) {
  given_events(5);
  std::filesystem::remove_all(path("log"));
  expect_refused(ErrorCode::kCorruption, "LSN 1 to 5 at least");
}

TEST_F(Start, RefusesAMissingCurrent) {
  given_events(5);
  std::filesystem::remove(path("log/CURRENT"));
  expect_refused(ErrorCode::kCorruption, "log/CURRENT is missing");
}

TEST_F(Start, RefusesAMissingTable) {
  given_events(5);
  box_.open();
  ASSERT_TRUE(box_.log().scrub());
  box_.close();
  for (const auto& entry : std::filesystem::directory_iterator(path("log"))) {
    if (entry.path().extension() == ".sst") {
      std::filesystem::remove(entry.path());
      break;
    }
  }
  const DirectoryImage before(box_.directory());
  ASSERT_FALSE(box_.try_open());
  EXPECT_EQ(before.difference(DirectoryImage(box_.directory())), "");
}

// A size in decimal is what these rows say.
Result<std::uint64_t> decimal_row(Lsn /*id*/, std::string_view row) {
  return std::stoull(std::string(row));
}

class StartWithBodies : public Start {
 protected:
  void SetUp() override {
    box_.options().file_bytes = decimal_row;
    box_.open();
    const BodyFile purged = box_.upload("purged");
    box_.purge(box_.post("6", purged), purged);
    for (int i = 0; i < 12; ++i) {
      files_.push_back(box_.upload("body"));
      ids_.push_back(box_.post("4", files_.back()));
    }
    box_.append("last");
    head_ = box_.log().durable().lsn;
    box_.close();
  }
  [[nodiscard]] std::string path_of(const BodyFile& file) const {
    return path("body/" + body_file_name(file));
  }
  std::vector<BodyFile> files_;
  std::vector<Lsn> ids_;
  Lsn head_;
};

TEST_F(StartWithBodies, AcceptsTheFileOfAPurgedMessageMissingOrThere) {
  expect_accepted(head_);
  std::ofstream(path("body/0000000000000000-1")) << "came back";
  box_.close();
  expect_accepted(head_ + 1);
  EXPECT_FALSE(std::filesystem::exists(path("body/0000000000000000-1")));
}

TEST_F(StartWithBodies, RefusesAMissingBodyAndNamesItsMessage) {
  std::filesystem::remove(path_of(files_[3]));
  expect_refused(ErrorCode::kCorruption,
                 fmt::format("lost (1): message {} (LSN {}): {} is missing", message_id(ids_[3]),
                             ids_[3].value(), path_of(files_[3])));
}

TEST_F(StartWithBodies, RefusesABodyThatIsShorterOrLonger) {
  std::filesystem::resize_file(path_of(files_[3]), 3);
  expect_refused(ErrorCode::kCorruption, path_of(files_[3]) + " has 3 octets, not 4");
  std::filesystem::resize_file(path_of(files_[3]), 5);
  expect_refused(ErrorCode::kCorruption, path_of(files_[3]) + " has 5 octets, not 4");
}

TEST_F(StartWithBodies, NamesTheFirstOfMany) {
  std::filesystem::remove_all(path("body"));
  expect_refused(ErrorCode::kCorruption, "; and 2 more");
}

// The rows of messages that were appended together lie in one place, without a record's checks.
TEST_F(Start, RefusesMessagesThatCantBeRead) {
  box_.options().flush_at_end = true;
  box_.open();
  const auto post = [this](std::string_view value) {
    const Lsn first = next(box_.log().durable().lsn);
    std::vector<MessagePut> puts;
    for (std::uint64_t i = 0; i < 4; ++i) puts.push_back({first + i, value, "", {}});
    const std::vector<std::string_view> events(4, "post");
    CHECK(box_.log().append({Epoch(1), first, events, puts, {}}));
  };
  std::mt19937 random(7);
  std::string value;
  for (int i = 0; i < 2000; ++i) value += static_cast<char>(random());  // incompressible
  for (int i = 0; i < 3; ++i) {  // which fill the block of the table that has the format
    post(std::string(value.rbegin(), value.rend()));
  }
  post(value);
  box_.close();
  std::string table = DirectoryImage(box_.directory()).holders_of(value);
  ASSERT_TRUE(table.ends_with(".sst ")) << table;
  table = path(table.substr(0, table.size() - 1));
  std::ifstream file(table, std::ios::binary);
  const std::string octets(std::istreambuf_iterator<char>(file), {});
  testing::spoil(table, octets.find(value) + 100);
  expect_refused(ErrorCode::kCorruption, "rows in which messages lie together can't be read");
  expect_refused(ErrorCode::kCorruption, "mnmlog export");
}

TEST_F(Start, RefusesAFormatItDoesNotKnow) {
  given_events(5);
  {
    const auto database =
        Database::open_to_write(path("log"), {}, rocksdb::FileSystem::Default()).value();
    ASSERT_TRUE(database->db().Put({}, database->defaults(), "format", "mnm log 3").ok());
  }
  expect_refused(ErrorCode::kUnknownFormat, "mnm log 3");
  const TempDir scratch;
  const auto expect_unread = [&] {
    EXPECT_EQ(open_reader(box_.directory(), scratch / "reader").error().code,
              ErrorCode::kUnknownFormat);
    EXPECT_EQ(StoreImage::open(box_.directory(), scratch / "image").error().code,
              ErrorCode::kUnknownFormat);
  };
  expect_unread();
  const Result<FileDescriptor> as_beside_a_relay = lock_directory(box_.directory());
  ASSERT_TRUE(as_beside_a_relay);
  expect_unread();
}

TEST_F(Start, MakesALogOfTheFormatBeforeOneOfThis) {
  given_events(5);
  {
    const auto database =
        Database::open_to_write(path("log"), {}, rocksdb::FileSystem::Default()).value();
    ASSERT_TRUE(database->db().Put({}, database->defaults(), "format", "mnm log 1").ok());
  }
  expect_accepted(Lsn(5));
  box_.close();
  const auto database =
      Database::open_to_write(path("log"), {}, rocksdb::FileSystem::Default()).value();
  std::string format;
  ASSERT_TRUE(database->db().Get({}, database->defaults(), "format", &format).ok());
  EXPECT_EQ(format, kFormat);
}

TEST_F(Start, RefusesAFamilyItDoesNotKnow) {
  given_events(5);
  {
    const auto database =
        Database::open_to_write(path("log"), {}, rocksdb::FileSystem::Default()).value();
    rocksdb::ColumnFamilyHandle* handle = nullptr;
    ASSERT_TRUE(database->db().CreateColumnFamily({}, "newer", &handle).ok());
    ASSERT_TRUE(database->db().DestroyColumnFamilyHandle(handle).ok());
  }
  expect_refused(ErrorCode::kUnknownFormat, "newer");
}

TEST_F(Start, RefusesWhatIsBeyondTheMarkButDoesNotLink) {
  given_events(5);
  {
    // A record put behind mnm's back.
    const auto database =
        Database::open_to_write(path("log"), {}, rocksdb::FileSystem::Default()).value();
    ASSERT_TRUE(database->db().Put({}, database->log(), LsnKey(Lsn(6)).slice(), "no record").ok());
  }
  const Result<void> opened = box_.try_open();
  ASSERT_FALSE(opened);
}

TEST_F(Start, OfNothingMakesALogOnlyWhenAsked) {
  box_.options().create = false;
  const Result<void> opened = box_.try_open();
  ASSERT_FALSE(opened);
  EXPECT_FALSE(std::filesystem::exists(box_.directory()));
  box_.options().create = true;
  box_.open();
  EXPECT_EQ(box_.log().durable(), Position());
}

TEST_F(Start, AfterATrimIsAccepted) {
  given_events(20);
  box_.open();
  ASSERT_TRUE(box_.log().trim(Lsn(15)));
  box_.close();
  expect_accepted(Lsn(20));
  EXPECT_EQ(box_.log().tail(), Lsn(15));
}

TEST_F(Start, AfterAStopThatFlushedReadsNoWalAndLosesNothing) {
  const auto wal_octets = [this] {
    std::uintmax_t octets = 0;
    for (const auto& entry : std::filesystem::directory_iterator(path("log"))) {
      if (entry.path().extension() == ".log") octets += entry.file_size();
    }
    return octets;
  };
  given_events(20, 1000);
  EXPECT_GT(wal_octets(), 20'000u);
  box_.options().flush_at_end = true;
  expect_accepted(Lsn(20));
  for (int i = 0; i < 20; ++i) box_.append(std::string(1000, 'f'));
  const Lsn waiting = box_.post("still here");
  box_.close();
  EXPECT_LT(wal_octets(), 1'000u);
  expect_accepted(Lsn(42));
  EXPECT_EQ(box_.log().message(waiting).value(), "still here");
  box_.close();
  // What is in tables now is missed like a WAL.
  for (const auto& entry : std::filesystem::directory_iterator(path("log"))) {
    if (entry.path().extension() == ".sst") std::filesystem::remove(entry.path());
  }
  EXPECT_FALSE(box_.try_open());
}

TEST_F(Start, MakesEverythingPrivate) {
  given_events(1);
  namespace fs = std::filesystem;
  for (const char* name : {"", "log", "body"}) {
    EXPECT_EQ(fs::status(path(name)).permissions(), fs::perms::owner_all) << name;
  }
  EXPECT_EQ(fs::status(path("LOCK")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

}  // namespace
}  // namespace mnm::log
