// What a confined process can't do any more. Each test confines a process of its own: nobody can
// leave a sandbox.
#include "daemon/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <functional>
#include <thread>

#include "support/temp_dir.h"

namespace mnm::daemon {
namespace {

constexpr int kHeld = 0;
constexpr int kDidNot = 1;
constexpr int kNotHere = 2;  // this kernel can't

// In a process of its own: exits with what `body` returns.
void in_a_process(const std::function<int()>& body, int expected) {
  EXPECT_EXIT(std::_Exit(body()), ::testing::ExitedWithCode(expected), "");
}

bool can_open(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags, 0600);
  if (fd < 0) return false;
  ::close(fd);
  return true;
}

class Sandbox : public ::testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers need calls of their own";
#endif
    GTEST_FLAG_SET(death_test_style, "fast");
  }
  TempDir directory;
};

TEST_F(Sandbox, RunsNoProgramAndTracesNobody) {
  const auto body = [] {
    if (!restrict_calls()) return kNotHere;
    char name[] = "/bin/true";
    char* const arguments[] = {name, nullptr};
    const bool ran = ::execv(name, arguments) == 0 || errno != EPERM;
    const bool traced = ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 || errno != EPERM;
    const bool mounted = ::mount("none", "/tmp", "tmpfs", 0, nullptr) == 0 || errno != EPERM;
    return ran || traced || mounted ? kDidNot : kHeld;
  };
  in_a_process(body, kHeld);
}

TEST_F(Sandbox, LeavesFilesThreadsAndSocketsAsTheyAre) {
  const std::string file = directory / "file";
  const auto body = [&file] {
    if (!restrict_calls()) return kNotHere;
    bool wrote = false;
    std::thread([&] {
      wrote = static_cast<bool>(std::ofstream(file) << "words" << std::flush);
    }).join();
    return wrote && can_open(file, O_RDONLY) ? kHeld : kDidNot;
  };
  in_a_process(body, kHeld);
}

TEST_F(Sandbox, ReachesTheNamedPathsAlone) {
  const std::string inside = directory / "inside";
  const std::string shown = directory / "shown";
  const std::string outside = directory / "outside";
  ASSERT_EQ(::mkdir(inside.c_str(), 0700), 0);
  ASSERT_TRUE(std::ofstream(shown) << "words");
  ASSERT_TRUE(std::ofstream(outside) << "words");
  const auto body = [&] {
    const auto restricted =
        restrict_paths({.readable = {shown, "/not/there"}, .writable = {inside}});
    if (!restricted) return kDidNot;
    if (!*restricted) return kHeld;  // nothing to see on this kernel
    const bool may = can_open(shown, O_RDONLY) && can_open(inside + "/new", O_CREAT | O_RDWR) &&
                     ::rename((inside + "/new").c_str(), (inside + "/newer").c_str()) == 0 &&
                     ::unlink((inside + "/newer").c_str()) == 0;
    const bool may_not = can_open(shown, O_WRONLY) || can_open(outside, O_RDONLY) ||
                         can_open("/etc/passwd", O_RDONLY);
    return may && !may_not ? kHeld : kDidNot;
  };
  in_a_process(body, kHeld);
}

}  // namespace
}  // namespace mnm::daemon
