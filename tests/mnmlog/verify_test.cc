// verify: finds what was damaged or forged, and nothing else.
#include <filesystem>
#include <fstream>

#include "log/file_body_store.h"
#include "mnmlog/fixture.h"
#include "support/directory_image.h"

namespace mnm {
namespace {

using ::testing::HasSubstr;

class Verify : public Inspecting {
 protected:
  void SetUp() override { write_history(); }

  // The file in log/ with this ending, the largest.
  std::string file_like(const std::string& ending) {
    std::string found;
    std::uintmax_t size = 0;
    for (const auto& entry : std::filesystem::directory_iterator(log_.directory() + "/log")) {
      if (!entry.path().string().ends_with(ending) || entry.file_size() < size) continue;
      found = entry.path().string();
      size = entry.file_size();
    }
    CHECK(!found.empty());
    return found;
  }
  static void flip(const std::string& path, std::uintmax_t offset) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const char octet = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(octet);
    CHECK(file.flush());
  }
};

TEST_F(Verify, FindsNothingInAWholeLog) {
  const Ran live = mnmlog({"verify", "--purged"});
  EXPECT_EQ(live.code, 0) << live.out << live.err;
  log_.close();
  const Ran stopped = mnmlog({"verify", "--purged"});
  EXPECT_EQ(stopped.code, 0) << stopped.out << stopped.err;
  EXPECT_THAT(stopped.out, HasSubstr("LSN 1..11: 11 in 4 records, 1 epoch"));
  EXPECT_THAT(stopped.out, HasSubstr("1 wait, 2048 octets of bodies"));
  EXPECT_THAT(stopped.out, HasSubstr("M/s"));
  EXPECT_THAT(stopped.out, HasSubstr("\nOK\n"));
}

TEST_F(Verify, ChecksAStretchWithItsLinkToWhatWasBefore) {
  const Ran ran = mnmlog({"verify", "8.."});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("fold        not checked"));
}

TEST_F(Verify, AcceptsANewEpochThatSaysWhatItFollows) {
  log_.begin_epoch(2);
  log_.commit(Lsn(5000));
  const Ran ran = mnmlog({"verify"});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("2 epochs"));
}

TEST_F(Verify, FindsAnyFlippedBitInAWal) {
  log_.close();
  const DirectoryImage whole(log_.directory());
  const std::string wal = file_like(".log");
  const std::uintmax_t size = std::filesystem::file_size(wal);
  ASSERT_GT(size, 100u);
  for (std::uintmax_t offset = 7; offset < size; offset += size / 23) {
    flip(wal, offset);
    const Ran ran = mnmlog({"verify"});
    EXPECT_EQ(ran.code, 3) << "offset " << offset << " of " << size << ran.out << ran.err;
    whole.restore(log_.directory());
  }
  EXPECT_EQ(mnmlog({"verify"}).code, 0);
}

TEST_F(Verify, FindsAFlippedBitInATable) {
  ASSERT_TRUE(log_.log().scrub());  // flushes
  log_.close();
  const std::string record_table = [this] {
    for (const auto& entry : std::filesystem::directory_iterator(log_.directory() + "/log")) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string octets(std::istreambuf_iterator<char>(file), {});
      if (entry.path().extension() == ".sst" && octets.find(kMaria) != std::string::npos &&
          octets.find("192.0.2.7") != std::string::npos) {
        return entry.path().string();
      }
    }
    return std::string();
  }();
  ASSERT_FALSE(record_table.empty());
  std::ifstream file(record_table, std::ios::binary);
  const std::string octets(std::istreambuf_iterator<char>(file), {});
  file.close();
  flip(record_table, octets.find("192.0.2.7"));
  const Ran ran = mnmlog({"verify"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
}

TEST_F(Verify, FindsALostEnd) {
  log_.close();
  std::filesystem::remove(file_like(".log"));
  const Ran ran = mnmlog({"verify"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
}

TEST_F(Verify, NamesTheFirstEventThatContradictsTheOnesBefore) {
  log_.ack(2, 2, first_post_);  // acked already
  log_.commit_unfolded();
  const Ran ran = mnmlog({"verify"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("FIRST BAD LSN 12"));
}

TEST_F(Verify, NamesTheFirstEventThatIsNone) {
  log_.add().set_schema(1);  // no fact
  log_.commit_unfolded();
  const Ran ran = mnmlog({"verify"});
  EXPECT_EQ(ran.code, 7) << "written by a later version, for all we know";
  EXPECT_THAT(ran.out, HasSubstr("FIRST BAD   LSN 12\n"));
}

TEST_F(Verify, FindsAnEpochThatLiesAboutWhatItFollows) {
  log_.begin_epoch(2).set_previous_lsn(7);
  log_.commit(Lsn(5000));
  const Ran ran = mnmlog({"verify"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.out, HasSubstr("FIRST BAD   LSN 12\n"));
  EXPECT_THAT(ran.out, HasSubstr("TAMPERED\n"));
}

TEST_F(Verify, FindsABodyFileThatIsGoneOrCutOrChanged) {
  log_.keep_bodies_in_files();
  log_.post(1, 1, {NodeNo(2)}, std::string(100'000, 'y'), {2});
  log_.commit();
  log_.close();
  EXPECT_EQ(mnmlog({"verify"}).code, 0);
  const DirectoryImage whole(log_.directory());
  std::string body;
  for (const auto& [name, octets] : whole.files()) {
    if (name.starts_with("body/") && !octets.empty()) body = log_.directory() + "/" + name;
  }
  ASSERT_FALSE(body.empty());

  flip(body, 50'000);
  const Ran changed = mnmlog({"verify"});
  EXPECT_EQ(changed.code, 4) << changed.out;
  EXPECT_THAT(changed.out, HasSubstr("000000000000000c"));
  std::filesystem::resize_file(body, 99'999);
  EXPECT_EQ(mnmlog({"verify"}).code, 3);
  std::filesystem::remove(body);
  const Ran gone = mnmlog({"verify"});
  EXPECT_EQ(gone.code, 3);
  EXPECT_THAT(gone.out, HasSubstr("DAMAGED\n"));
}

TEST_F(Verify, FindsAMessageThatWaitsButIsNotStored) {
  event::Stored& stored = *log_.add(1, 1).mutable_stored();
  stored.set_kind(message::DELIVERY);
  stored.add_recipients(2);
  log_.commit();
  const Ran ran = mnmlog({"verify"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, HasSubstr("message 000000000000000c"));
}

}  // namespace
}  // namespace mnm
