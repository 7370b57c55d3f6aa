// A body's promise to be there after a power cut, as the disk hears it: its file is synced, then
// the directory that names it; and a disk that can't is heard.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "log/file_body_store.h"
#include "support/temp_dir.h"

namespace {

// What is asked of the disk by the one thread that wants to know.
struct Watch {
  std::vector<std::string> synced;  // names of files, without their directories
  std::size_t fails_at = 0;         // counted from 1; 0: none
};
thread_local Watch* watch = nullptr;

int watched(int fd, long call) {
  if (watch != nullptr) {
    std::array<char, 4096> name{};
    const ssize_t size =
        ::readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), name.data(), name.size());
    const std::string_view path(name.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    watch->synced.emplace_back(path.substr(path.rfind('/') + 1));
    if (watch->synced.size() == watch->fails_at) {
      errno = EIO;
      return -1;
    }
  }
  return static_cast<int>(::syscall(call, fd));
}

}  // namespace

// In the place of the C library's, in this program.
extern "C" int fdatasync(int fd) { return watched(fd, SYS_fdatasync); }
extern "C" int fsync(int fd) { return watched(fd, SYS_fsync); }

namespace mnm::log {
namespace {

using ::testing::ElementsAre;

class BodySync : public ::testing::Test {
 protected:
  BodySync() { std::filesystem::create_directory(directory_.path() + "/body"); }
  ~BodySync() override { watch = nullptr; }
  // Whether a body's sync is said to have been done.
  bool sync() {
    const auto upload = bodies_.create();
    EXPECT_TRUE(upload && (*upload)->append("octets"));
    watch = &watch_;
    const auto synced = (*upload)->sync();
    watch = nullptr;
    if (!synced) {
      EXPECT_EQ(synced.error().code, ErrorCode::kUnavailable);
    }
    return synced.has_value();
  }

  TempDir directory_;
  FileBodyStore bodies_{directory_.path() + "/body", Lsn(7)};
  Watch watch_;
};

TEST_F(BodySync, IsOfTheFileAndThenOfItsDirectory) {
  EXPECT_TRUE(sync());
  EXPECT_THAT(watch_.synced, ElementsAre("0000000000000007-1", "body"));
}

TEST_F(BodySync, IsNotDoneIfTheFilesFails) {
  watch_.fails_at = 1;
  EXPECT_FALSE(sync());
}

TEST_F(BodySync, IsNotDoneIfTheDirectorysFails) {
  watch_.fails_at = 2;
  EXPECT_FALSE(sync());
}

}  // namespace
}  // namespace mnm::log
