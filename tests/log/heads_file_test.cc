// The file of signed heads: what was appended is read back, an unfinished line is no line, and
// what is no head is refused by its line.
#include "log/heads_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "log/heads_writer.h"
#include "support/temp_dir.h"

namespace mnm::log {
namespace {

using ::testing::HasSubstr;

class HeadsFile : public ::testing::Test {
 protected:
  SignedHead head(std::uint64_t number) const {
    Head head;
    head.number = number;
    head.position = {Epoch(1), Lsn(number * 10), {}};
    head.records = number;
    return sign_head(head, key_);
  }
  void append(std::uint64_t first, std::uint64_t last) {
    const auto writer = HeadsWriter::open(path_);
    ASSERT_TRUE(writer) << writer.error().text;
    for (std::uint64_t number = first; number <= last; ++number) {
      ASSERT_TRUE((*writer)->append(head(number)));
    }
  }
  void add_octets(const std::string& octets) { std::ofstream(path_, std::ios::app) << octets; }
  // The numbers of all heads; an error's text at its end.
  std::string read() const {
    auto reader = HeadsReader::open(path_);
    if (!reader) return reader.error().text;
    std::string out;
    while (true) {
      const auto next = reader->next();
      if (!next) return out + next.error().text;
      if (!next->has_value()) return out + (reader->torn() ? "torn" : "");
      out += std::to_string((*next)->head.number) + " ";
    }
  }

  TempDir directory_;
  std::string path_ = directory_ / "heads";
  const SigningKey key_{std::string(32, 'k')};
};

TEST_F(HeadsFile, ReadsBackWhatWasAppendedOverSeveralStarts) {
  append(1, 3);
  append(4, 500);
  std::string all;
  for (int number = 1; number <= 500; ++number) all += std::to_string(number) + " ";
  EXPECT_EQ(read(), all);
  EXPECT_EQ(*last_head(path_), head(500));
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644u) << "whatever the umask, it is there to be copied";
}

TEST_F(HeadsFile, ThatIsMissingHasNoLastHead) {
  const auto last = last_head(path_);
  ASSERT_TRUE(last);
  EXPECT_FALSE(*last);
  EXPECT_EQ(HeadsReader::open(path_).error().code, ErrorCode::kNegative);
}

TEST_F(HeadsFile, LosesAnUnfinishedLineAtTheNextStart) {
  append(1, 2);
  for (const std::string& torn : {head(3).line().substr(0, 200), std::string("m"),
                                  std::string(kHeadLineBytesMax / 2, '\0')}) {
    add_octets(torn);
    EXPECT_EQ(read(), "1 2 torn");
    EXPECT_EQ(*last_head(path_), head(2));
    const auto writer = HeadsWriter::open(path_);
    ASSERT_TRUE(writer);
    EXPECT_EQ((*writer)->last(), head(2));
    EXPECT_EQ(read(), "1 2 ");
  }
  append(3, 3);
  EXPECT_EQ(read(), "1 2 3 ");
}

TEST_F(HeadsFile, WithALineThatIsNoHeadIsRefusedByThatLine) {
  append(1, 2);
  add_octets("mnm-head 1 nonsense\n" + head(3).line());
  EXPECT_THAT(read(), HasSubstr("1 2 "));
  EXPECT_THAT(read(), HasSubstr("line 3 is no signed head"));
  EXPECT_EQ(*last_head(path_), head(3)) << "the relay looks at the last line";
}

TEST_F(HeadsFile, ThatEndsInNoHeadIsRefusedAndLeftAsItWas) {
  append(1, 2);
  add_octets("nonsense\n");
  const auto size = std::filesystem::file_size(path_);
  const auto writer = HeadsWriter::open(path_);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, ErrorCode::kCorruption);
  EXPECT_EQ(std::filesystem::file_size(path_), size);
}

TEST_F(HeadsFile, OfOneEndlessLineTakesNoMemory) {
  add_octets(std::string(1 << 20, 'x'));
  EXPECT_THAT(read(), HasSubstr("line 1 is no signed head"));
  EXPECT_FALSE(last_head(path_));
  EXPECT_FALSE(HeadsWriter::open(path_));
}

TEST_F(HeadsFile, OfTheKeyIsToldFromOthers) {
  const std::string path = directory_ / "heads.pub";
  EXPECT_EQ(load_key(path).error().code, ErrorCode::kNegative);
  ASSERT_TRUE(replace_file(path, key_line(key_.public_key()), 0644));
  EXPECT_EQ(*load_key(path), key_.public_key());
  EXPECT_EQ(load_key(path_).error().code, ErrorCode::kNegative);
  append(1, 1);
  EXPECT_EQ(load_key(path_).error().code, ErrorCode::kCorruption);
}

}  // namespace
}  // namespace mnm::log
