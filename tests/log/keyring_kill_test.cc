// A rekey that is killed before each of its system calls: what is left opens with the old key or
// with the new one, and the next rekey goes through.
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "log/data_directory.h"
#include "log/keyring.h"
#include "support/sealed.h"

namespace mnm::log {
namespace {

using testing::kKeyText;
using testing::kOtherKeyText;
using testing::octets_of_file;
using testing::secret_of;

constexpr std::uint64_t kNow = 1'700'000'000;

enum class Outcome { kKilled, kDone, kNotAllowed };

// `work` in a process of its own, killed when it is about to make its system call number `call`,
// from 0. kDone: it makes fewer.
Outcome run_until_call(int call, const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(2);
    (void)::raise(SIGSTOP);
    work();
    ::_exit(0);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return Outcome::kNotAllowed;
  (void)::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  // The first stops are those of leaving raise(): from the outside they can't be told from others,
  // and do no harm.
  for (int stop = 0;; ++stop) {
    if (::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0) return Outcome::kNotAllowed;
    if (::waitpid(child, &status, 0) != child) return Outcome::kNotAllowed;
    if (WIFEXITED(status)) {
      return WEXITSTATUS(status) == 0 ? Outcome::kDone : Outcome::kNotAllowed;
    }
    const bool entered_or_left = WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80);
    if (entered_or_left && stop < call) continue;
    (void)::kill(child, SIGKILL);
    (void)::waitpid(child, &status, 0);
    return Outcome::kKilled;
  }
}

TEST(KilledRekey, LeavesTheOldKeyringOrTheNewOne) {
  const TempDir directory;
  const std::string path = directory.path() + "/keyring";
  (void)Keyring::create(directory.path(), secret_of(kKeyText), kNow).value();
  const std::string before = octets_of_file(path);
  const auto load = [&](const char* text) {
    return Keyring::load(directory.path(), secret_of(text));
  };
  const auto rekey = [&] {
    return Keyring::rekey(directory.path(), secret_of(kKeyText), secret_of(kOtherKeyText), kNow);
  };
  int old_ones = 0;
  int new_ones = 0;
  for (int call = 0;; ++call) {
    ASSERT_TRUE(replace_file(path, before, 0600));
    const Outcome outcome = run_until_call(call, [&] { (void)rekey(); });
    if (outcome == Outcome::kNotAllowed) GTEST_SKIP() << "this system lets nobody be traced";
    const auto with_old = load(kKeyText);
    const auto with_new = load(kOtherKeyText);
    ASSERT_NE(with_old.has_value(), with_new.has_value()) << call;
    if (with_old) {
      ++old_ones;
      EXPECT_EQ((*with_old)->current().id, 1U) << call;
      EXPECT_FALSE((*with_old)->untold_rekey()) << call;
      EXPECT_EQ(with_new.error().code, ErrorCode::kDenied) << call;
      ASSERT_TRUE(rekey()) << call;
      EXPECT_TRUE(load(kOtherKeyText)) << call;
    } else {
      ++new_ones;
      ASSERT_TRUE((*with_new)->untold_rekey()) << call;
      EXPECT_EQ((*with_new)->untold_rekey()->data_key, 2U) << call;
    }
    if (outcome == Outcome::kDone) break;
  }
  EXPECT_GT(old_ones, 5);  // opened, written, synced, renamed
  EXPECT_GT(new_ones, 3);  // renamed, the directory synced, the old one overwritten
}

}  // namespace
}  // namespace mnm::log
