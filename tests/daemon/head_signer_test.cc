// The relay's heads: what they cover, what a start makes of the last one, and that quiet intervals
// are signed too.
#include "daemon/head_signer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "daemon/range_file.h"
#include "log/heads_file.h"
#include "support/memory_log.h"
#include "support/temp_dir.h"

namespace mnm::daemon {
namespace {

using ::testing::HasSubstr;

class HeadSigning : public ::testing::Test {
 protected:
  void append(std::string_view event, std::uint32_t epoch = 1, std::optional<Lsn> at = {}) {
    const std::vector<std::string_view> events = {event, "and another"};
    const auto head = log_->durable();
    const auto done = log_->append({Epoch(epoch), at.value_or(next(head.lsn)), events, {}, {}});
    ASSERT_TRUE(done);
    range_.append(done->chain);
  }
  Result<std::unique_ptr<HeadSigner>> try_open() {
    return HeadSigner::open(*log_, std::string(32, seed_),
                            {.heads_file = heads_,
                             .range_file = directory_ / "heads.range",
                             .key_file = directory_ / "heads.pub",
                             .trimmed = trimmed_,
                             .now_ns = [this] { return now_ += 1000; }});
  }
  std::unique_ptr<HeadSigner> open() {
    auto signer = try_open();
    CHECK(signer) << signer.error().text;
    return std::move(*signer);
  }
  Error refusal() {
    const auto size = std::filesystem::file_size(heads_);
    auto signer = try_open();
    EXPECT_FALSE(signer);
    EXPECT_EQ(std::filesystem::file_size(heads_), size);
    return signer ? Error{} : signer.error();
  }
  // Another life of the log: `records` of the same, and then others.
  void roll_back(int records, int others = 0) {
    log_ = std::make_unique<log::MemoryLog>(std::make_shared<log::MemoryDisk>());
    range_ = {};
    for (int i = 0; i < records; ++i) append("event");
    for (int i = 0; i < others; ++i) append("other");
  }
  std::vector<log::SignedHead> heads() const {
    auto reader = log::HeadsReader::open(heads_);
    CHECK(reader);
    std::vector<log::SignedHead> all;
    while (true) {
      auto next = reader->next();
      CHECK(next) << next.error().text;
      if (!next->has_value()) return all;
      all.push_back(**next);
    }
  }
  // Each is signed by the key in the file, and follows the one before.
  void expect_sound() const {
    const auto key = log::load_key(directory_ / "heads.pub");
    ASSERT_TRUE(key);
    std::optional<log::Head> before;
    for (const log::SignedHead& head : heads()) {
      EXPECT_TRUE(head.holds(*key));
      const auto follows = log::check_succession(before, head.head);
      EXPECT_TRUE(follows) << follows.error().text;
      before = head.head;
    }
  }

  TempDir directory_;
  std::string heads_ = directory_ / "heads";
  std::unique_ptr<log::MemoryLog> log_ =
      std::make_unique<log::MemoryLog>(std::make_shared<log::MemoryDisk>());
  log::MerkleRange range_;
  std::function<Result<RangeState>()> trimmed_;
  char seed_ = 'k';
  std::uint64_t now_ = 1'000'000;
};

TEST_F(HeadSigning, CoversWhatIsDurable) {
  const auto signer = open();
  for (int i = 0; i < 5; ++i) append("event");
  const auto head = signer->sign();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->number, 1u);
  EXPECT_EQ(head->position, log_->durable());
  EXPECT_EQ(head->records, 5u);
  EXPECT_EQ(head->root, range_.root());
  EXPECT_EQ(head->time_ns, now_);
  for (int i = 0; i < 2; ++i) append("event");
  const auto later = signer->sign();
  ASSERT_TRUE(later);
  EXPECT_EQ(later->records, 7u);
  EXPECT_EQ(later->root, range_.root());
  expect_sound();
}

TEST_F(HeadSigning, SignsAQuietIntervalToo) {
  append("event");
  const auto signer = open();
  ASSERT_TRUE(signer->sign());
  ASSERT_TRUE(signer->sign());
  ASSERT_EQ(heads().size(), 2u);
  EXPECT_EQ(heads()[0].head.position, heads()[1].head.position);
  EXPECT_LT(heads()[0].head.time_ns, heads()[1].head.time_ns);
  expect_sound();
}

TEST_F(HeadSigning, HasNothingToSayOfAnEmptyLog) {
  const auto signer = open();
  EXPECT_EQ(signer->sign().error().code, ErrorCode::kNegative);
  signer->start();
  signer->stop();
  EXPECT_TRUE(heads().empty());
}

TEST_F(HeadSigning, SignsAtTheStartAndAtACleanStop) {
  append("event");
  auto signer = open();
  signer->start();
  signer->stop();
  ASSERT_GE(heads().size(), 1u);
  EXPECT_EQ(heads().back().head.position, log_->durable());
  append("event");
  signer = open();
  signer->start();
  signer->stop();
  EXPECT_EQ(heads().back().head.position, log_->durable());
  EXPECT_EQ(heads().back().head.records, 2u);
  expect_sound();
}

TEST_F(HeadSigning, GoesOnAfterAStartWithOrWithoutItsRange) {
  append("event");
  ASSERT_TRUE(open()->sign());
  append("event");
  ASSERT_TRUE(open()->sign());
  std::filesystem::remove(directory_ / "heads.range");
  append("event");
  ASSERT_TRUE(open()->sign());
  std::ofstream(directory_ / "heads.range") << "spoilt";
  append("event");
  const auto head = open()->sign();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->records, 4u);
  EXPECT_EQ(head->root, range_.root());
  expect_sound();
}

TEST_F(HeadSigning, NeedsOnlyItsRangeOfWhatWasTrimmed) {
  for (int i = 0; i < 9; ++i) append("event");
  ASSERT_TRUE(open()->sign());
  ASSERT_TRUE(log_->trim(Lsn(8)));
  append("event");
  const auto head = open()->sign();
  ASSERT_TRUE(head) << head.error().text;
  EXPECT_EQ(head->records, 10u);
  EXPECT_EQ(head->root, range_.root());
  std::filesystem::remove(directory_ / "heads.range");
  EXPECT_EQ(open()->sign().error().code, ErrorCode::kUnavailable) << "rather than a wrong root";
}

TEST_F(HeadSigning, GoesOnFromTheBaseOfWhatWasTrimmedBehindItsBack) {
  RangeState base;
  int asked = 0;
  trimmed_ = [&]() -> Result<RangeState> {
    ++asked;
    return base;
  };
  const auto signer = open();
  for (int i = 0; i < 2; ++i) append("event");
  ASSERT_TRUE(signer->sign());
  EXPECT_EQ(asked, 0);
  for (int i = 0; i < 2; ++i) append("event");
  base = {range_, log_->durable()};
  append("event");
  ASSERT_TRUE(log_->trim(Lsn(9)));
  for (const bool anew : {false, true}) {
    if (anew) std::filesystem::remove(directory_ / "heads.range");
    const auto head = anew ? open()->sign() : signer->sign();
    ASSERT_TRUE(head) << head.error().text;
    EXPECT_EQ(head->records, 5u);
    EXPECT_EQ(head->root, range_.root());
  }
  EXPECT_EQ(asked, 2);
  expect_sound();
}

TEST_F(HeadSigning, RefusesToStartInADirectoryThatWasRolledBack) {
  for (int i = 0; i < 5; ++i) append("event");
  ASSERT_TRUE(open()->sign());
  roll_back(3);
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::kTampering);
  EXPECT_THAT(error.text, HasSubstr("rolled back"));
  EXPECT_THAT(error.text, HasSubstr("head 1, signed of LSN 10: the log ends at LSN 6"));
}

TEST_F(HeadSigning, RefusesToStartOnALogWithAnotherPast) {
  for (int i = 0; i < 5; ++i) append("event");
  ASSERT_TRUE(open()->sign());
  roll_back(4, 3);
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::kTampering);
  EXPECT_THAT(error.text, HasSubstr("another record"));
}

TEST_F(HeadSigning, RefusesToStartWithAnotherKeyOrAFileThatEndsInNoHead) {
  append("event");
  ASSERT_TRUE(open()->sign());
  seed_ = 'l';
  const Error error = refusal();
  EXPECT_EQ(error.code, ErrorCode::kTampering);
  EXPECT_THAT(error.text, HasSubstr("key"));
  seed_ = 'k';
  std::ofstream(heads_, std::ios::app) << "nonsense\n";
  EXPECT_EQ(refusal().code, ErrorCode::kCorruption);
}

TEST_F(HeadSigning, GoesOnAfterARestoreThatDroppedWhatWasSigned) {
  for (int i = 0; i < 5; ++i) append("event");
  ASSERT_TRUE(open()->sign());
  roll_back(3);
  append("epoch started", 2, Lsn(5000));
  const auto head = open()->sign();
  ASSERT_TRUE(head) << head.error().text;
  EXPECT_EQ(head->number, 2u);
  EXPECT_EQ(head->records, 4u);
  EXPECT_EQ(head->root, range_.root());
  expect_sound();
}

TEST_F(HeadSigning, BeginsAnewWhenTheFileWasMovedAway) {
  append("event");
  ASSERT_TRUE(open()->sign());
  std::filesystem::rename(heads_, directory_ / "kept");
  const auto head = open()->sign();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->number, 1u);
  EXPECT_EQ(head->records, 1u);
}

TEST(RangeState, ReadsBackAndIsRefusedWithAnyBitFlipped) {
  RangeState state;
  for (int i = 0; i < 6; ++i) state.range.append(sha256(std::to_string(i)));
  state.at = {Epoch(2), Lsn(77), sha256("chain")};
  const std::string identity(16, 'i');
  const std::string octets = encode_range_state(state, identity);
  const auto read = decode_range_state(octets, identity);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->range, state.range);
  EXPECT_EQ(read->at, state.at);
  EXPECT_FALSE(decode_range_state(octets, std::string(16, 'j')));
  for (std::size_t at = 0; at < octets.size(); ++at) {
    std::string flipped = octets;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    EXPECT_FALSE(decode_range_state(flipped, identity)) << at;
    EXPECT_FALSE(decode_range_state(octets.substr(0, at), identity)) << at;
  }
}

}  // namespace
}  // namespace mnm::daemon
