// The relay's part of a backup: a snapshot is made, held, and gone when nobody wants it any more.
#include "daemon/snapshot_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <variant>

#include "log/data_directory.h"
#include "log/sealed_file.h"
#include "state/views.h"
#include "support/sealed.h"
#include "support/temp_dir.h"

namespace mnm::daemon {
namespace {

namespace fs = std::filesystem;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;

class FakeSnapshots : public log::Snapshots {
 public:
  Result<void> begin() override {
    steps.emplace_back("begin");
    return {};
  }
  Result<log::Position> take(const std::string& directory) override {
    steps.emplace_back("take");
    fs::create_directory(directory + "/log");
    if (fails) return fail(ErrorCode::kUnavailable, "the disk");
    return log::Position{Epoch(1), Lsn(7), {}};
  }
  Result<void> finish(const std::string& directory, const log::Position&) override {
    steps.emplace_back(directory.empty() ? "give up" : "finish");
    return {};
  }

  std::vector<std::string> steps;
  bool fails = false;
};

class SnapshotKeeping : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(data_ + "/base");
    std::ofstream(data_ + "/base/0000000000000003") << "a base";
    std::ofstream(data_ + "/base/0000000000000005.new") << "half a base";
    std::ofstream(data_ + "/heads") << "heads";
  }
  ~SnapshotKeeping() override {
    inbox_.close();
    thread_.join();
  }
  void run() {
    while (true) {
      const auto requests = inbox_.take(std::chrono::milliseconds(1));
      if (requests.empty()) return;
      for (const ops::Request& request : requests) {
        if (const auto* look = std::get_if<ops::Inspect>(&request.command)) look->look(views_);
      }
    }
  }
  [[nodiscard]] bool there() const { return fs::exists(data_ + "/snapshot"); }
  [[nodiscard]] SnapshotKeeper::Clock::time_point in(seconds time) const {
    return SnapshotKeeper::Clock::now() + time;
  }

  TempDir directory_;
  const std::string data_ = directory_ / "data";
  FakeSnapshots snapshots_;
  const state::Views views_;
  ops::Inbox inbox_{1 << 20};
  AdminEngine engine_{inbox_};
  std::thread thread_{[this] { run(); }};
};

// What was purged while the backup was made has its last name in the snapshot.
TEST_F(SnapshotKeeping, OverwritesTheKeyOfABodyThatGoesWithIt) {
  ASSERT_TRUE(log::Keyring::create(data_, testing::secret_of(testing::kKeyText), 0));
  SnapshotKeeper keeper(data_, snapshots_, engine_);
  ASSERT_TRUE(keeper.begin());
  fs::create_directory(keeper.directory() + "/body");
  const auto put = [&](const std::string& name) {
    std::ofstream(keeper.directory() + "/body/" + name) << std::string(200, 'k');
    return keeper.directory() + "/body/" + name;
  };
  std::ifstream purged(put("purged"));
  fs::create_hard_link(put("waits"), data_ + "/waits");
  ASSERT_TRUE(keeper.end());
  EXPECT_FALSE(there());
  std::string head(log::kSealedHeadBytes, 'x');
  purged.read(head.data(), static_cast<std::streamsize>(head.size()));
  EXPECT_EQ(head, std::string(log::kSealedHeadBytes, '\0'));
  EXPECT_EQ(testing::octets_of_file(data_ + "/waits"), std::string(200, 'k'));
}

TEST_F(SnapshotKeeping, HasWhatBelongsToTheLogAndGoesAtTheEnd) {
  SnapshotKeeper keeper(data_, snapshots_, engine_);
  const auto at = keeper.begin();
  ASSERT_TRUE(at) << at.error().text;
  EXPECT_EQ(at->lsn, Lsn(7));
  EXPECT_THAT(snapshots_.steps, ElementsAre("begin", "take", "finish"));
  EXPECT_TRUE(fs::exists(keeper.directory() + "/base/0000000000000003"));
  EXPECT_FALSE(fs::exists(keeper.directory() + "/base/0000000000000005.new"));
  EXPECT_TRUE(fs::exists(keeper.directory() + "/heads"));
  ASSERT_TRUE(keeper.end());
  EXPECT_FALSE(there());
}

TEST_F(SnapshotKeeping, IsOneAtATimeWhileSomebodyHoldsIt) {
  SnapshotKeeper keeper(data_, snapshots_, engine_);
  ASSERT_TRUE(keeper.begin());
  {
    const auto held = log::lock_directory(keeper.directory());
    ASSERT_TRUE(held);
    EXPECT_EQ(keeper.begin().error().code, ErrorCode::kNegative);
    keeper.sweep(in(minutes(10)));
    EXPECT_TRUE(there());
  }
  EXPECT_TRUE(keeper.begin()) << "whoever held it has gone";
}

TEST_F(SnapshotKeeping, GoesByItselfAMinuteAfterItWasMadeWhenNobodyHoldsIt) {
  SnapshotKeeper keeper(data_, snapshots_, engine_);
  ASSERT_TRUE(keeper.begin());
  keeper.sweep(in(seconds(30)));
  EXPECT_TRUE(there()) << "it may just not be held yet";
  keeper.sweep(in(seconds(61)));
  EXPECT_FALSE(there());
  keeper.sweep(in(minutes(5)));
}

TEST_F(SnapshotKeeping, LeavesNothingOfOneThatFailed) {
  SnapshotKeeper keeper(data_, snapshots_, engine_);
  snapshots_.fails = true;
  EXPECT_EQ(keeper.begin().error().text, "the disk");
  EXPECT_THAT(snapshots_.steps, ElementsAre("begin", "take", "give up"));
  EXPECT_FALSE(there());
}

TEST_F(SnapshotKeeping, RemovesWhatAnEarlierProcessLeft) {
  fs::create_directories(data_ + "/snapshot/log");
  const SnapshotKeeper keeper(data_, snapshots_, engine_);
  EXPECT_FALSE(there());
}

}  // namespace
}  // namespace mnm::daemon
