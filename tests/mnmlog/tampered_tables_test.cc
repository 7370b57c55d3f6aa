// Tables of the log that are damaged, cut or gone: what verify says of them, and what can be read
// of the others.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>

#include "mnmlog/fixture.h"
#include "support/directory_image.h"
#include "support/spoil.h"

namespace mnm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Several tables of RocksDB's newest level, which its iterator reads side by side: LSN 12 to 1011,
// to 2011, to 3011.
class TamperedTables : public Inspecting {
 protected:
  void SetUp() override {
    write_history();
    std::mt19937_64 random(1);  // what compresses makes small tables
    for (int table = 0; table < 3; ++table) {
      for (int i = 0; i < 1000; ++i) {
        std::string& error = *log_.add().mutable_refused()->mutable_error();
        for (int words = 0; words < 6; ++words) error += std::to_string(random());
        if (i % 10 == 9) log_.commit();
      }
      ASSERT_TRUE(log_.log().scrub());
    }
    log_.close();
    whole_.emplace(log_.directory());
    for (const auto& entry : std::filesystem::directory_iterator(log_.directory() + "/log")) {
      if (entry.path().extension() == ".sst" && entry.file_size() > 20'000) {
        tables_.push_back(entry.path());
      }
    }
    ASSERT_EQ(tables_.size(), 3u);
    std::ranges::sort(tables_);
  }

  Ran verify() { return mnmlog({"verify"}); }
  // That table `i` alone, or a part of it, is called bad.
  void expect_found_in(std::size_t i, bool all_before, bool all_after, const std::string& damage) {
    const Ran ran = verify();
    const std::string what = fmt::format("table {}, {}: {}{}", i, damage, ran.out, ran.err);
    EXPECT_EQ(ran.code, 3) << what;
    const std::string_view mark = "FIRST BAD   LSN ";
    const std::size_t named = ran.out.find(mark);
    ASSERT_NE(named, std::string::npos) << what;
    EXPECT_EQ(std::stoul(ran.out.substr(named + mark.size())) / 1000, i) << what;
    if (all_before) {
      EXPECT_THAT(ran.out, HasSubstr("unaffected  LSN 1..")) << what;
      EXPECT_EQ(mnmlog({"get", "5"}).code, 0) << what;
    }
    if (all_after) {
      EXPECT_THAT(ran.out, HasSubstr("..3011\n")) << what;
      EXPECT_EQ(mnmlog({"get", "3011"}).code, 0) << what;
    }
    whole_->restore(log_.directory());
  }

  std::optional<DirectoryImage> whole_;
  std::vector<std::filesystem::path> tables_;
};

TEST_F(TamperedTables, SaysWhatIsUnaffectedOnBothSides) {
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    for (const unsigned place : {1u, 5u, 8u}) {  // the first block, one within, the last one
      testing::spoil(tables_[i],
                     place == 1 ? 100 : std::filesystem::file_size(tables_[i]) / 10 * place);
      expect_found_in(i, i > 0 || place > 1, i < 2 || place < 8, fmt::format("{} tenths", place));
    }
  }
}

// RocksDB opens no database one of whose tables is gone, cut, or spoiled where it says what is in
// it: its index, its properties, its footer, all at its end.
TEST_F(TamperedTables, SaysWhatIsUnaffectedWhereTheDatabaseCantBeOpened) {
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    const std::uint64_t size = std::filesystem::file_size(tables_[i]);
    for (const std::uint64_t before_end : {5u, 200u, 700u, 1200u}) {
      testing::spoil(tables_[i], size - before_end);
      const bool opened = mnmlog({"info"}).err.find("file by file") == std::string::npos;
      if (opened) {  // an octet that nobody reads
        whole_->restore(log_.directory());
        continue;
      }
      expect_found_in(i, i > 0, i < 2, fmt::format("{} before its end", before_end));
    }
    std::filesystem::resize_file(tables_[i], size / 2);
    expect_found_in(i, i > 0, i < 2, "cut in half");
    std::filesystem::resize_file(tables_[i], 0);
    expect_found_in(i, i > 0, i < 2, "emptied");
    std::filesystem::remove(tables_[i]);
    expect_found_in(i, i > 0, i < 2, "removed");
  }
}

// Where the database can't be opened because of one table, a bad block of another costs no more
// than it holds.
TEST_F(TamperedTables, ABadEndOfATableCostsThatBlockAlone) {
  std::filesystem::remove(tables_[0]);
  const std::uint64_t size = std::filesystem::file_size(tables_[1]);
  for (const std::uint64_t offset : {std::uint64_t{100}, size / 10 * 9}) {
    testing::spoil(tables_[1], offset);
    const Ran middle = mnmlog({"show", "1500..1510", "--count"});
    EXPECT_EQ(middle.out, "11\n") << offset << middle.err;
    testing::spoil(tables_[1], offset);  // as it was
  }
}

TEST_F(TamperedTables, SaysWhichFileAndWhatToDo) {
  const std::string name = tables_[1].filename();
  std::filesystem::remove(tables_[1]);
  const Ran ran = verify();
  EXPECT_THAT(ran.err, HasSubstr("damaged, read file by file"));
  EXPECT_THAT(ran.out, HasSubstr(name)) << "no .ldb";
  EXPECT_THAT(ran.out, Not(HasSubstr(".ldb")));
  EXPECT_THAT(ran.out, HasSubstr("restore a backup"));
  EXPECT_THAT(ran.out, HasSubstr("unaffected  LSN 1..1011\nunaffected  LSN 2012..3011\n"));
  const Ran shown = mnmlog({"show", "2012..", "--count"});
  EXPECT_EQ(shown.out, "1000\n") << shown.err;
  // A range is no more whole than what is left of it.
  for (const char* range : {"1012..2011", "1500..2500", "1100..1200"}) {
    const Ran part = mnmlog({"verify", range});
    EXPECT_EQ(part.code, 3) << range;
    EXPECT_THAT(part.out, HasSubstr("FIRST BAD   LSN ")) << range;
    EXPECT_THAT(part.out, Not(HasSubstr("unaffected  LSN 1"))) << range << part.out;
  }
  EXPECT_THAT(mnmlog({"verify", "2100..2200"}).out, HasSubstr("unaffected  LSN 2100..2200"));
  const Ran gap = mnmlog({"show", "1000..", "--count"});
  EXPECT_EQ(gap.code, 3) << "what is missing is not passed over";
}

}  // namespace
}  // namespace mnm
