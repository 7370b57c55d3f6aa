// What becomes of a purged body that can't be removed, and of one that there is no room for.
#include "log/body_remover.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "log/file_body_store.h"
#include "support/temp_dir.h"

namespace mnm::log {
namespace {

// Removes what it may.
class StubbornBodies final : public BodyStore {
 public:
  Result<std::unique_ptr<Upload>> create() override {
    return fail(ErrorCode::kUnavailable, "not here");
  }
  Result<std::unique_ptr<Download>> open(BodyFile) const override {
    return fail(ErrorCode::kUnavailable, "not here");
  }
  Result<void> remove(BodyFile file) override {
    if (stubborn && file.serial % 2 == 0) return fail(ErrorCode::kDenied, "can't unlink");
    removed.insert(file);
    return {};
  }
  std::atomic<bool> stubborn = true;
  std::set<BodyFile> removed;  // looked at after a drain
};

BodyFile file(std::uint64_t serial) { return {Lsn(1), serial}; }

TEST(BodyRemover, KeepsWhatItCouldNotRemoveForTheNextTime) {
  StubbornBodies bodies;
  BodyRemover remover(bodies);
  for (std::uint64_t i = 1; i <= 4; ++i) remover.add(file(i));
  for (int tries = 0; tries < 3; ++tries) {
    const Result<void> drained = remover.drain();
    ASSERT_FALSE(drained);
    EXPECT_EQ(drained.error().code, ErrorCode::kDenied);
    EXPECT_EQ(bodies.removed, (std::set{file(1), file(3)}));
  }
  bodies.stubborn = false;
  ASSERT_TRUE(remover.drain());
  EXPECT_EQ(bodies.removed.size(), 4U);
  EXPECT_TRUE(remover.drain());
}

class Room : public ::testing::Test {
 protected:
  TempDir directory_;
  Result<std::uint64_t> free_ = std::uint64_t{0};
  FileBodyStore bodies_{directory_.path(), Lsn(1), 1000, [this] { return free_; }};
};

TEST_F(Room, ForTheLogIsNotTakenByAnUpload) {
  free_ = std::uint64_t{999};
  const auto none = bodies_.create();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kUnavailable);
  free_ = std::uint64_t{1000};
  auto upload = bodies_.create();
  ASSERT_TRUE(upload);
  EXPECT_FALSE((*upload)->append("x"));
  free_ = std::uint64_t{1001};
  EXPECT_TRUE((*upload)->append("x"));
  EXPECT_FALSE((*upload)->append("xx"));
  upload->reset();
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(Room, ThatIsNotKnownIsNone) {
  free_ = fail(ErrorCode::kUnavailable, "no statvfs");
  EXPECT_FALSE(bodies_.create());
}

}  // namespace
}  // namespace mnm::log
