// When the disk counts as low, and what becomes of the reserve, over a disk whose room is said.
#include "daemon/disk_watch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "support/temp_dir.h"

namespace mnm::daemon {
namespace {

constexpr std::uint64_t kLow = 1'000;
constexpr std::uint64_t kReserve = 4'096;
constexpr std::uint64_t kEnough = 1'250;

class Disk : public ::testing::Test {
 protected:
  DiskWatch make(DiskWatch::Options options) {
    return {directory_.path(), options, [this] { return free; },
            [this](bool low) { told.push_back(low); }};
  }
  void look(std::uint64_t octets) {
    free = octets;
    watch.step();
  }
  [[nodiscard]] bool has_reserve() const { return std::filesystem::exists(reserve()); }
  [[nodiscard]] std::string reserve() const { return directory_ / "reserve"; }

  TempDir directory_;
  Result<std::uint64_t> free = std::uint64_t{0};
  std::vector<bool> told;
  DiskWatch watch = make({.low_bytes = kLow, .reserve_bytes = kReserve});
};

TEST_F(Disk, IsLowBelowTheMarkAndUntilThereIsAQuarterMore) {
  look(kEnough + kReserve);
  look(kLow);
  EXPECT_FALSE(watch.low());
  look(kLow - 1);
  EXPECT_TRUE(watch.low());
  look(kEnough - 1);
  EXPECT_TRUE(watch.low());
  look(kEnough);
  EXPECT_FALSE(watch.low());
  EXPECT_EQ(told, (std::vector{true, false})) << "each change once";
}

TEST_F(Disk, KeepsAReserveOnceThereIsRoomForIt) {
  look(kEnough + kReserve - 1);
  EXPECT_FALSE(has_reserve());
  look(kEnough + kReserve);
  ASSERT_TRUE(has_reserve());
  EXPECT_EQ(std::filesystem::file_size(reserve()), kReserve);
  EXPECT_EQ(std::filesystem::status(reserve()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Disk, GivesTheReserveUpBelowAQuarterOfTheMark) {
  look(kEnough + kReserve);
  look(kLow / 4);
  EXPECT_TRUE(has_reserve());
  look(kLow / 4 - 1);
  EXPECT_FALSE(has_reserve());
  // The room that it gave is not room for messages, nor for the reserve itself.
  look(kEnough + kReserve - 1);
  EXPECT_TRUE(watch.low());
  EXPECT_FALSE(has_reserve());
  look(kEnough + kReserve);
  EXPECT_FALSE(watch.low());
  EXPECT_TRUE(has_reserve());
}

TEST_F(Disk, GivesTheReserveUpBeforeAStartThatHasNoRoom) {
  look(kEnough + kReserve);
  free = kLow / 4;
  watch.make_room();
  EXPECT_TRUE(has_reserve());
  free = kLow / 4 - 1;
  watch.make_room();
  EXPECT_FALSE(has_reserve());
  watch.make_room();
  EXPECT_TRUE(told.empty());
}

TEST_F(Disk, ThatCannotBeLookedAtIsAsItWas) {
  look(kLow - 1);
  free = fail(ErrorCode::kUnavailable, "no statvfs");
  watch.step();
  watch.make_room();
  EXPECT_TRUE(watch.low());
  look(kEnough + kReserve);
  EXPECT_EQ(told, (std::vector{true, false}));
}

TEST_F(Disk, IsNotWatchedWhenTheMarkIsNothing) {
  DiskWatch blind = make({.low_bytes = 0, .reserve_bytes = kReserve});
  free = std::uint64_t{0};
  blind.step();
  blind.make_room();
  EXPECT_FALSE(blind.low());
  free = std::uint64_t{1} << 40;
  blind.step();
  EXPECT_FALSE(has_reserve());
  EXPECT_TRUE(told.empty());
}

TEST_F(Disk, WhoseReserveCannotBeMadeIsWatchedAllTheSame) {
  DiskWatch other(
      {directory_ / "missing"}, {.low_bytes = kLow, .reserve_bytes = kReserve},
      [this] { return free; }, [this](bool low) { told.push_back(low); });
  free = kEnough + kReserve;
  other.step();
  other.step();
  free = kLow - 1;
  other.step();
  EXPECT_EQ(told, std::vector{true});
}

}  // namespace
}  // namespace mnm::daemon
