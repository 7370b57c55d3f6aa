// verify against somebody who may write to the data directory: each damage and each forgery, what
// it is called, which LSN is named first, and that what is no tampering is not called so.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "base/crc32c.h"
#include "log/high_water.h"
#include "log/record.h"
#include "log/rocks_db.h"
#include "mnmlog/fixture.h"
#include "support/directory_image.h"
#include "support/head_chain.h"

namespace mnm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Change = std::function<void(const log::Database&)>;

std::string get(const log::Database& database, std::uint64_t lsn) {
  std::string value;
  CHECK(database.db()
            .Get(rocksdb::ReadOptions(), database.log(), log::LsnKey(Lsn(lsn)).slice(), &value)
            .ok());
  return value;
}
void put(const log::Database& database, std::uint64_t lsn, const std::string& value) {
  CHECK(database.db()
            .Put(rocksdb::WriteOptions(), database.log(), log::LsnKey(Lsn(lsn)).slice(), value)
            .ok());
}

// Records of the history: LSN 1-2, 3-7, 8-9, 10-11. Heads are signed after the second and the last.
class Tampering : public Inspecting {
 protected:
  void SetUp() override {
    log_.begin_epoch(1);
    log_.start();
    log_.commit();
    log_.register_user(1, kMaria, 1, "maria-lopez");
    log_.register_user(2, kBob, 2, "bob");
    log_.log_in(1, 1, 1);
    log_.commit();
    heads_.sign(log_.log());
    first_post_ = log_.post(1, 1, {NodeNo(2)}, "hello", {2});
    second_post_ = log_.post(1, 1, {NodeNo(2)}, "again", {2});
    log_.commit();
    log_.ack(2, 2, first_post_);
    log_.log_in(2, 2, 2);
    log_.commit();
    heads_.sign(log_.log());
  }

  // One more ack, and a head that covers it; then the directory is as before, but not the heads.
  void roll_back() {
    log_.close();
    const DirectoryImage earlier(log_.directory());
    log_.open();
    log_.ack(2, 2, second_post_);
    log_.commit();
    heads_.sign(log_.log());
    log_.close();
    earlier.restore(log_.directory());
  }

  Ran verify() { return mnmlog({"verify"}); }
  Ran verify_heads() {
    return mnmlog({"verify", "--heads", heads_.path(), "--pubkey", heads_.key_path()});
  }
  // In the stopped store's database.
  void change(const Change& change) {
    auto database =
        log::Database::open_to_write(log_.directory() + "/log", {}, rocksdb::FileSystem::Default());
    ASSERT_TRUE(database);
    change(**database);
    ASSERT_TRUE((*database)->db().Flush(rocksdb::FlushOptions(), (*database)->log()).ok());
  }
  // Writes the records from `first` on anew, with all checksums and hashes, and the mark with them:
  // what a forger does who knows the format. `forge` may change events.
  void rewrite(std::uint64_t first,
               const std::function<void(Lsn, std::vector<std::string>&)>& forge) {
    log::Position head;
    change([&](const log::Database& database) {
      for (const std::uint64_t lsn : {1u, 3u, 8u, 10u}) {
        const Result<log::Record> record = log::decode_record(get(database, lsn));
        ASSERT_TRUE(record);
        if (lsn < first) {
          head = record->position();
          continue;
        }
        std::vector<std::string> events(record->events.begin(), record->events.end());
        forge(record->first, events);
        const std::vector<std::string_view> views(events.begin(), events.end());
        std::string stored;
        const Hash chain = log::encode_record(
            {record->epoch, record->first, head.chain, views, log::record_salt(*record)}, stored);
        put(database, lsn, stored);
        head = {record->epoch, record->last(), chain};
      }
    });
    std::string mark = log::encode_slot({1000, head});
    mark.resize(log::kHighWaterBytes);
    std::ofstream(log::HighWater::path(log_.directory()), std::ios::binary) << mark;
  }
  static void expect(const Ran& ran, int code, std::uint64_t first_bad, const std::string& what) {
    EXPECT_EQ(ran.code, code) << what << ": " << ran.out << ran.err;
    EXPECT_THAT(ran.out, HasSubstr(fmt::format("FIRST BAD   LSN {}\n", first_bad))) << what;
  }

  HeadChain heads_{directory_ / "heads"};
};

TEST_F(Tampering, IsNotSeenInAWholeLogWithItsHeads) {
  for (const bool live : {true, false}) {
    if (!live) log_.close();
    const Ran ran = verify_heads();
    EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("heads       2 read, 2 hold\n"));
    EXPECT_THAT(ran.out, HasSubstr("covered     through LSN 11, by head 2\n"));
    EXPECT_THAT(ran.out, Not(HasSubstr("not covered")));
  }
}

TEST_F(Tampering, IsNoWordForWhatCameAfterTheLastHead) {
  log_.ack(2, 2, second_post_);
  log_.commit();
  const Ran ran = verify_heads();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("not covered LSN 12..12\n"));
}

TEST_F(Tampering, IsNoWordForAPurgedBody) {
  log_.ack(2, 2, second_post_);  // the last copy: row and body go
  log_.commit();
  heads_.sign(log_.log());
  ASSERT_TRUE(log_.log().scrub());
  ASSERT_FALSE(log_.log().message(second_post_));
  log_.close();
  const Ran ran = verify_heads();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("3 read, 3 hold\n"));
}

// Changes what is stored of the record at `lsn`.
Change at(std::uint64_t lsn, std::function<void(std::string&)> edit) {
  return [lsn, edit = std::move(edit)](const log::Database& database) {
    std::string stored = get(database, lsn);
    edit(stored);
    put(database, lsn, stored);
  };
}

void flip(std::string& stored) { stored.back() = static_cast<char>(stored.back() ^ 1); }

void mend_crc(std::string& stored) {
  const std::uint32_t crc = crc32c(std::string_view(stored).substr(log::kHeaderBytes),
                                   crc32c(std::string_view(stored).substr(0, log::kEnvelopeBytes)));
  for (std::size_t i = 0; i < 4; ++i) {
    stored[log::kEnvelopeBytes + i] = static_cast<char>(crc >> (24 - 8 * i));
  }
}

void forge(std::string& stored) {
  const Result<log::Record> record = log::decode_record(std::string(stored));
  const std::vector<std::string_view> events = record->events;
  std::string forged;
  (void)log::encode_record({record->epoch, record->first, record->previous, events, log::Salt{}},
                           forged);
  stored = forged;
}

void remove_3(const log::Database& database) {
  CHECK(database.db()
            .Delete(rocksdb::WriteOptions(), database.log(), log::LsnKey(Lsn(3)).slice())
            .ok());
}

void swap_3_and_8(const log::Database& database) {
  const std::string one = get(database, 3);
  put(database, 3, get(database, 8));
  put(database, 8, one);
}

// What a row of the table does to the database, and what verify says of it.
struct Damage {
  std::string what;
  int code;
  std::uint64_t first_bad;
  Change change;
};

std::vector<Damage> damages() {
  return {
      {"a record changed", 3, 3, at(3, flip)},
      {"a zeroed range within a record", 3, 8,
       at(8, [](std::string& stored) { stored.replace(100, 20, 20, '\0'); })},
      {"a range repeated within a record", 3, 8,
       at(8, [](std::string& stored) { stored.replace(120, 20, stored.substr(100, 20)); })},
      {"a record cut", 3, 8, at(8, [](std::string& stored) { stored.resize(stored.size() - 7); })},
      {"a record removed", 3, 3, remove_3},
      {"two records swapped", 3, 3, swap_3_and_8},
      {"a record repeated in the place of another", 3, 8,
       [](const log::Database& database) { put(database, 8, get(database, 3)); }},
      {"an event forged, with the checksum", 4, 8,
       at(8,
          [](std::string& stored) {
            flip(stored);
            mend_crc(stored);
          })},
      {"a record forged whole, but for the chain", 4, 8, at(3, forge)}};
}

TEST_F(Tampering, WithRecordsIsNamedWithTheFirstBadLsn) {
  log_.close();
  const DirectoryImage whole(log_.directory());
  for (const Damage& damage : damages()) {
    change(damage.change);
    expect(verify(), damage.code, damage.first_bad, damage.what);
    const Ran ran = verify_heads();
    EXPECT_TRUE(ran.code == damage.code || ran.code == 4) << damage.what << ran.out << ran.err;
    whole.restore(log_.directory());
  }
  EXPECT_EQ(verify().code, 0);
}

TEST_F(Tampering, SaysWhatIsUnaffected) {
  log_.close();
  change(at(3, flip));
  const Ran ran = verify();
  EXPECT_THAT(ran.out, HasSubstr("unaffected  LSN 1..2\n"));
  EXPECT_THAT(ran.out, HasSubstr("unaffected  LSN 8..11\n"));
}

// As a disk does it: in a block of many records, below the record's own checksum.
TEST_F(Tampering, OfATableFileSaysWhatIsUnaffectedOnBothSides) {
  for (int i = 0; i < 3000; ++i) {
    *log_.add().mutable_refused()->mutable_error() = std::string(100, 'x');
    log_.commit();
  }
  ASSERT_TRUE(log_.log().scrub());
  log_.close();
  std::filesystem::path largest;
  for (const auto& entry : std::filesystem::directory_iterator(log_.directory() + "/log")) {
    if (entry.path().extension() != ".sst") continue;
    if (largest.empty() || entry.file_size() > std::filesystem::file_size(largest)) {
      largest = entry.path();
    }
  }
  std::fstream file(largest, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(largest) / 3));
  file.put('\x7f').put('\x7f').put('\x7f').put('\x7f');
  file.close();
  const Ran ran = verify();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("FIRST BAD"));
  EXPECT_THAT(ran.out, HasSubstr("unaffected  LSN 1.."));
  EXPECT_EQ(ran.out.find("unaffected  LSN 1.."), ran.out.rfind("unaffected  LSN 1..")) << "once";
  EXPECT_THAT(ran.out, HasSubstr("..3011\n")) << "to the end";
}

TEST_F(Tampering, WithTheDatabasesFirstFilesIsNamed) {
  log_.close();
  const DirectoryImage whole(log_.directory());
  for (const std::string& name : {std::string("CURRENT"), std::string("MANIFEST")}) {
    for (const auto& [file, octets] : whole.files()) {
      if (file.starts_with("log/" + name)) std::filesystem::remove(log_.directory() + "/" + file);
    }
    const Ran ran = verify();
    EXPECT_EQ(ran.code, 3) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("log/" + name));
    EXPECT_THAT(ran.out, HasSubstr("restore a backup"));
    EXPECT_THAT(ran.out, HasSubstr("unaffected  LSN 1..11\n")) << "all is in the WAL";
    const Ran shown = mnmlog({"show"});
    EXPECT_EQ(std::ranges::count(shown.out, '\n'), 11) << shown.err;
    const Ran exported = mnmlog({"export"});
    EXPECT_EQ(exported.code, 3);
    EXPECT_THAT(exported.err, HasSubstr("log/" + name));
    whole.restore(log_.directory());
  }
}

TEST_F(Tampering, OfALogRewrittenWithAllItsHashesIsFoundByHeadsAlone) {
  log_.close();
  rewrite(8, [](Lsn first, std::vector<std::string>& events) {
    if (first != Lsn(8)) return;
    event::Event event;
    ASSERT_TRUE(event.ParseFromString(events[0]));
    event.set_time_ns(event.time_ns() + 1);  // a post that was never made at that time
    events[0] = event.SerializeAsString();
  });
  const Ran plain = verify();
  EXPECT_EQ(plain.code, 0) << "consistent in itself: " << plain.out << plain.err;
  const Ran ran = verify_heads();
  expect(ran, 4, 8, "rewritten");
  EXPECT_THAT(ran.out, HasSubstr("unaffected  LSN 1..7\n")) << "head 1 vouches for these";
  EXPECT_THAT(ran.out, HasSubstr("head 2, signed of LSN 11: the log holds another record there"));
  EXPECT_THAT(ran.out, HasSubstr("between LSN 8 and 11"));
  EXPECT_THAT(ran.out, HasSubstr("TAMPERED\n"));
}

TEST_F(Tampering, OfADirectoryRolledBackAsAWholeIsFoundByCopiedHeads) {
  roll_back();
  EXPECT_EQ(verify().code, 0);
  const Ran ran = verify_heads();
  expect(ran, 4, 12, "rolled back");
  EXPECT_THAT(ran.out, HasSubstr("head 3, signed of LSN 12: the log ends at LSN 11"));
}

TEST_F(Tampering, OfHeadsIsFound) {
  log_.close();
  const auto says = [this](const std::string& lines) {
    std::ofstream(heads_.path()) << lines;
    const Ran ran = verify_heads();
    EXPECT_EQ(ran.code, 4) << ran.out << ran.err;
    return ran.out;
  };
  std::ifstream file(heads_.path());
  std::string first, second;
  std::getline(file, first);
  std::getline(file, second);
  first += '\n';
  second += '\n';
  std::string unsigned_head = second;
  unsigned_head[unsigned_head.size() - 3] ^= 1;
  EXPECT_THAT(says(first + unsigned_head), HasSubstr("isn't signed with this key"));
  EXPECT_THAT(says(second + first), HasSubstr("out of order"));
  EXPECT_THAT(says(first + first), HasSubstr("out of order"));

  std::filesystem::remove(heads_.path());
  log::Head foreign;
  foreign.position = {Epoch(1), Lsn(2), {}};
  foreign.records = 1;
  heads_.append(foreign);
  EXPECT_THAT(verify_heads().out, HasSubstr("another log's"));
  EXPECT_EQ(verify_heads().code, 4);
}

TEST_F(Tampering, WithACountOrARootIsFound) {
  const Result<log::Record> last = log_.log().read(Lsn(11));
  ASSERT_TRUE(last);
  log::Head head;
  const std::string identity = log_.log().identity();
  std::copy(identity.begin(), identity.end(), head.identity.begin());
  head.position = last->position();
  head.records = 4;
  heads_.append(head);
  const Ran ran = verify_heads();
  EXPECT_EQ(ran.code, 4) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("goes back")) << "the same place with another root";
}

TEST_F(Tampering, IsToldFromWhatARestoreDropped) {
  roll_back();
  log_.open();
  log_.begin_epoch(2);
  log_.commit_unfolded(Lsn(5000));
  heads_.sign(log_.log());
  const Ran ran = verify_heads();
  EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("DROPPED     1 heads cover what a restore has dropped\n"));
  EXPECT_THAT(ran.out, HasSubstr("DIFFERS\n"));
}

TEST_F(Tampering, NeedsBothAFileOfHeadsAndAKey) {
  EXPECT_EQ(mnmlog({"verify", "--heads", heads_.path()}).code, 2);
  EXPECT_EQ(mnmlog({"verify", "--pubkey", heads_.key_path()}).code, 2);
  EXPECT_EQ(mnmlog({"verify", "8..", "--heads", heads_.path(), "--pubkey", heads_.key_path()}).code,
            2);
  EXPECT_EQ(mnmlog({"verify", "--heads", directory_ / "none", "--pubkey", heads_.key_path()}).code,
            2);
}

}  // namespace
}  // namespace mnm
