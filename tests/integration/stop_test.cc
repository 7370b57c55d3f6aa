// SIGTERM: what was acked is there, the links are closed, the exit code is 0.
#include <gtest/gtest.h>

#include "support/relay_box.h"
#include "support/run_program.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

TEST(Stop, KeepsAllThatWasAckedAndClosesTheLinks) {
  RelayBox relay;
  WireClient ann(relay.tcp(), Dialect::kMmtp);
  WireClient bob(relay.local(), Dialect::kTmtp);
  (void)ann.enter("a");
  const Identity who = bob.enter("b");
  bob.quit();
  WireClient idle(relay.local(), Dialect::kTmtp);
  const Identity sleeper = idle.enter("i");
  std::vector<std::string> said;
  for (int i = 0; i < 50; ++i) {
    said.push_back(fmt::format("before the end {}", i));
    ann.post(std::to_string(i), {user(who.uid)}, said.back());
  }
  EXPECT_EQ(relay.stop(), 0);
  EXPECT_TRUE(ann.until_end().empty());
  EXPECT_TRUE(idle.until_end().empty());
  const Ran ended = run_program(MNM_BIN_DIR "/mnmlog", {"show", "--data", relay.data(), "--count",
                                                        "--where", "reason == \"the relay ends\""});
  EXPECT_EQ(ended.out, "2\n") << "ann's and idle's: " << ended.err;
  relay.start();
  const std::string digest = relay.digest();
  EXPECT_EQ(relay.stop(), 0);
  relay.start();
  EXPECT_EQ(relay.digest(), digest);
  WireClient again(relay.local(), Dialect::kTmtp);
  again.login(who);
  for (const std::string& text : said) EXPECT_EQ(again.take_delivery().data, text);
}

TEST(Stop, AnswersWhatItHadRead) {
  RelayBox relay;
  WireClient ann(relay.tcp(), Dialect::kMmtp);
  const Identity who = ann.enter("a");
  constexpr int kPosts = 200;
  for (int i = 0; i < kPosts; ++i) {
    ann.send({.op = ClientOp::kPost, .id = std::to_string(i), .data_bytes = 1}, "x");
  }
  (void)ann.answer_to("0");
  EXPECT_EQ(relay.stop(), 0);
  // A prefix of the requests is answered, no request is answered twice, and the answered are there.
  const auto frames = ann.until_end();
  int answered = 1;
  std::string last;
  for (const Frame& frame : frames) {
    ASSERT_EQ(frame.reply.op, "ack") << frame.header;
    EXPECT_EQ(frame.reply.id, std::to_string(answered++));
    EXPECT_GT(frame.reply.msgid.value_or(""), last);
    last = frame.reply.msgid.value_or(last);
  }
  relay.start();
  WireClient again(relay.tcp(), Dialect::kMmtp);
  again.login(who);
  const std::string next = again.post("next", {}, "x");
  EXPECT_GT(next, last);
}

TEST(Stop, ComesAlsoWhileNobodyEverConnected) {
  RelayBox relay;
  EXPECT_EQ(relay.stop(), 0);
  relay.start();
  EXPECT_EQ(relay.stop(), 0);
}

}  // namespace
}  // namespace mnm::testing
