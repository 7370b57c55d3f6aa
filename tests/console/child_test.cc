// A program whose output is handed on: all of it, in pieces, and no longer than somebody wants it.
#include "console/child.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <string>

#include "net/server_address.h"
#include "support/temp_dir.h"

namespace mnm::console {
namespace {

constexpr std::chrono::seconds kPatience{60};

Child shell(const std::string& script, std::chrono::milliseconds within = kPatience) {
  return {.program = "/bin/sh",
          .arguments = {"-c", script},
          .until = std::chrono::steady_clock::now() + within};
}

struct Heard {
  std::string text;
  std::size_t longest = 0;
  ChildOutcome outcome;
};
Heard hear(const Child& child, std::size_t enough = SIZE_MAX) {
  Heard heard;
  const auto outcome = run_child(child, [&](std::string_view piece) {
    heard.text += piece;
    heard.longest = std::max(heard.longest, piece.size());
    return heard.text.size() < enough;
  });
  EXPECT_TRUE(outcome);
  if (outcome) heard.outcome = *outcome;
  return heard;
}

TEST(Child, GivesItsOutputItsWordsAndItsCode) {
  const Heard heard = hear(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(heard.text, "out\n");
  EXPECT_EQ(heard.outcome.words, "err\n");
  EXPECT_EQ(heard.outcome.code, 3);
  EXPECT_EQ(heard.outcome.end, ChildEnd::kExited);
}

TEST(Child, ThatASignalEndedSaysWhich) {
  EXPECT_EQ(hear(shell("kill -TERM $$")).outcome.code, 128 + SIGTERM);
}

TEST(Child, IsHeardInPieces) {
  constexpr std::size_t kBytes = 4'000'000;
  const Heard heard = hear(shell("head -c " + std::to_string(kBytes) + " /dev/zero"));
  EXPECT_EQ(heard.text.size(), kBytes);
  EXPECT_LE(heard.longest, kPieceBytes);
}

TEST(Child, MayTalkToItsErrorOutputWithoutEnd) {
  const Heard heard = hear(shell("head -c 1000000 /dev/zero >&2; echo done"));
  EXPECT_EQ(heard.text, "done\n") << "it was never kept waiting";
  EXPECT_EQ(heard.outcome.words.size(), kWordsBytesMax);
}

TEST(Child, IsEndedWhenItsTimeIsOver) {
  EXPECT_EQ(hear(shell("while :; do :; done", std::chrono::milliseconds(50))).outcome.end,
            ChildEnd::kTooLong);
}

TEST(Child, IsEndedWhenNobodyWantsMore) {
  EXPECT_EQ(hear(shell("while :; do echo more; done"), 1).outcome.end, ChildEnd::kUnheard);
}

TEST(Child, LeavesNothingBehind) {
  const std::string make = "touch $TMPDIR/file; mkdir $TMPDIR/more; echo $TMPDIR; ";
  for (const char* then : {"exit 3", "trap '' TERM; while :; do echo; done"}) {
    const Heard heard = hear(shell(make + then), 5);
    const std::string directory = heard.text.substr(0, heard.text.find('\n'));
    EXPECT_THAT(directory, ::testing::StartsWith("/")) << "one of its own";
    EXPECT_NE(directory, std::filesystem::temp_directory_path());
    EXPECT_FALSE(std::filesystem::exists(directory)) << then;
  }
}

// While it tidies up, its place is nobody else's.
TEST(Child, IsNotAskedToEnd) {
  const TempDir directory;
  const std::string mark = directory / "mark";
  (void)hear(shell("trap 'echo tidy > " + mark + "' TERM; while :; do echo more; done"), 1);
  EXPECT_FALSE(std::filesystem::exists(mark));
}

TEST(Child, WhoseEndNobodyKnowsIsAnError) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  const auto outcome = run_child(shell("exit 3"), [](auto) { return true; });
  std::signal(SIGCHLD, before);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
}

TEST(Child, IsEndedWhenTheAskerIsGone) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const net::Fd ours(ends[0]);
  net::Fd theirs(ends[1]);
  Child child = shell("echo ready; while :; do :; done");
  child.watched = ours.get();
  const auto outcome = run_child(child, [&](std::string_view) {
    theirs = net::Fd();
    return true;
  });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->end, ChildEnd::kUnheard);
}

TEST(Child, GetsNoSettingsOfOurs) {
  ASSERT_EQ(::setenv("MNM_DATA", "/elsewhere", 1), 0);
  EXPECT_EQ(hear(shell("echo \"$MNM_DATA\"")).text, "\n");
  ASSERT_EQ(::unsetenv("MNM_DATA"), 0);
}

TEST(Child, ThatIsNotThereIsAnError) {
  const auto outcome =
      run_child({.program = "/nowhere", .arguments = {}, .until = {}}, [](auto) { return true; });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace mnm::console
