// The high-water mark: its slots' bytes, and that one is always durable while the other is written.
#include "log/high_water.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/text.h"
#include "support/directory_image.h"
#include "support/temp_dir.h"

namespace mnm::log {
namespace {

Position at(std::uint64_t lsn) {
  Position position{Epoch(3), Lsn(lsn), {}};
  position.chain.fill(0xcd);
  return position;
}

class HighWaterFile : public ::testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<HighWater> open(std::uint64_t lag_ms) const {
    return HighWater::open(directory_.path(), *rocksdb::FileSystem::Default(), lag_ms).value();
  }
  [[nodiscard]] HighWaterMark load() const {
    return HighWater::load(directory_.path(), *rocksdb::FileSystem::Default()).value();
  }
  [[nodiscard]] Lsn mark() const { return load().slot.value().position.lsn; }
  void overwrite(std::streamoff offset, const std::string& octets) const {
    std::fstream file(HighWater::path(directory_.path()),
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(offset);
    file << octets;
  }

  TempDir directory_;
};

TEST(HighWaterSlot, IsWrittenAsTheGoldenFileSays) {
  std::ifstream file(std::string(MNM_SOURCE_DIR) + "/tests/golden/high_water_slot.hex");
  std::string golden;
  ASSERT_TRUE(file >> golden);
  EXPECT_EQ(hex_encode(encode_slot({5, at(1000)})), golden);
}

TEST(HighWaterSlot, IsInvalidWithAnyBitFlippedOrCut) {
  const std::string whole = encode_slot({5, at(1000)});
  const std::optional<HighWaterSlot> slot = decode_slot(whole);
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->sequence, 5u);
  EXPECT_EQ(slot->position, at(1000));
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(decode_slot(flipped)) << bit;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_slot(whole.substr(0, size)));
  }
}

TEST_F(HighWaterFile, BeginsAtTheBeginning) {
  EXPECT_FALSE(load().exists);
  (void)open(0);
  EXPECT_EQ(mark(), Lsn());
}

TEST_F(HighWaterFile, ShowsEachAdvanceAtOnceAndKeepsItOverRestarts) {
  for (const std::uint64_t lag_ms : {0, 3'600'000}) {
    for (int restart = 0; restart < 3; ++restart) {
      const std::unique_ptr<HighWater> high_water = open(lag_ms);
      for (int i = 0; i < 5; ++i) {
        const Lsn before = mark();
        ASSERT_TRUE(high_water->advance(at(before.value() + 1)));
        EXPECT_EQ(mark(), next(before)) << "a reader beside us sees it";
      }
    }
  }
  EXPECT_EQ(mark(), Lsn(30));
}

TEST_F(HighWaterFile, LosesAtMostTheSlotBeingWritten) {
  const std::unique_ptr<HighWater> high_water = open(3'600'000);
  ASSERT_TRUE(high_water->advance(at(1)));
  ASSERT_TRUE(high_water->sync());
  for (std::uint64_t lsn = 2; lsn < 10; ++lsn) {
    ASSERT_TRUE(high_water->advance(at(lsn)));
    ASSERT_EQ(mark(), Lsn(lsn));
  }
  // Whatever a power cut makes of the slot written since, the synced one is still there.
  overwrite(static_cast<std::streamoff>(load().slot_index * kSlotStride), std::string(64, 'x'));
  EXPECT_EQ(mark(), Lsn(1));
}

TEST_F(HighWaterFile, SyncsByItselfWithinItsLag) {
  const std::unique_ptr<HighWater> high_water = open(1);
  ASSERT_TRUE(high_water->advance(at(1)));
  const std::uint64_t first = load().slot_index;
  // Only after a sync is the other slot written.
  for (std::uint64_t lsn = 2; load().slot_index == first; ++lsn) {
    ASSERT_TRUE(high_water->advance(at(lsn)));
    std::this_thread::yield();
  }
}

TEST_F(HighWaterFile, WithNoValidSlotSaysSo) {
  (void)open(0);
  overwrite(0, std::string(kHighWaterBytes, 'x'));
  EXPECT_TRUE(load().exists);
  EXPECT_FALSE(load().slot);
}

}  // namespace
}  // namespace mnm::log
