// Large files go in steps, but never under anybody who can still see them.
#include "log/gentle_removal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "log/data_directory.h"
#include "support/temp_dir.h"

namespace mnm::log {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

class GentleRemoval : public ::testing::Test {
 protected:
  [[nodiscard]] std::string make(std::size_t size) const {
    std::ofstream(path_, std::ios::binary) << std::string(size, 'x');
    return path_;
  }
  rocksdb::IOStatus remove(const std::string& path) const {
    return files_->DeleteFile(path, rocksdb::IOOptions(), nullptr);
  }
  // How often a file was cut while it went.
  [[nodiscard]] int steps_of_removal(const std::string& path) const {
    const FileDescriptor watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    EXPECT_GE(::inotify_add_watch(watch.get(), path.c_str(), IN_MODIFY), 0);
    EXPECT_TRUE(remove(path).ok());
    EXPECT_FALSE(std::filesystem::exists(path));
    alignas(inotify_event) std::array<char, 4096> events{};
    int cuts = 0;
    for (ssize_t got = 0; (got = ::read(watch.get(), events.data(), events.size())) > 0;) {
      for (ssize_t at = 0; at < got;) {
        const auto* event = reinterpret_cast<const inotify_event*>(events.data() + at);
        if ((event->mask & IN_MODIFY) != 0) ++cuts;
        at += static_cast<ssize_t>(sizeof *event + event->len);
      }
    }
    return cuts;
  }

  const TempDir dir_;
  const std::string path_ = dir_.path() + "/000007.log";
  const std::shared_ptr<rocksdb::FileSystem> files_ = remove_gently(rocksdb::FileSystem::Default());
};

TEST_F(GentleRemoval, CutsALargeFileAsItGoes) {
  {
    const FileDescriptor plain(::open(make(1).c_str(), O_WRONLY | O_CLOEXEC));
    if (::fcntl(plain.get(), F_SETLEASE, F_WRLCK) != 0) GTEST_SKIP() << "no leases here";
  }
  // Equal cuts that follow one another with nothing read between are told as one.
  EXPECT_GE(steps_of_removal(make(3 * kMiB)), 1);
}

TEST_F(GentleRemoval, UnlinksASmallFile) { EXPECT_EQ(steps_of_removal(make(1000)), 0); }

TEST_F(GentleRemoval, UnlinksATable) {
  const std::string table = dir_.path() + "/000008.sst";
  std::filesystem::rename(make(3 * kMiB), table);
  EXPECT_EQ(steps_of_removal(table), 0);
}

TEST_F(GentleRemoval, LeavesWhatAReaderHasOpen) {
  const std::string path = make(3 * kMiB);
  const FileDescriptor reader(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(steps_of_removal(path), 0);
  struct stat status {};
  ASSERT_EQ(::fstat(reader.get(), &status), 0);
  EXPECT_EQ(static_cast<std::size_t>(status.st_size), 3 * kMiB);
}

TEST_F(GentleRemoval, LeavesWhatHasAnotherName) {
  const std::string path = make(3 * kMiB);
  const std::string backup = dir_.path() + "/backup";
  std::filesystem::create_hard_link(path, backup);
  EXPECT_EQ(steps_of_removal(path), 0);
  EXPECT_EQ(std::filesystem::file_size(backup), 3 * kMiB);
}

TEST_F(GentleRemoval, SaysThatThereIsNoSuchFile) { EXPECT_TRUE(remove(path_).IsPathNotFound()); }

}  // namespace
}  // namespace mnm::log
