// Clients that are slow, or seem to be there and aren't: they cost bounded memory, and nobody else
// feels them.
#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>

#include "support/made_body.h"
#include "support/memory_bound.h"
#include "support/relay_box.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

constexpr int kSmallBuffer = 4096;
constexpr std::uint64_t kMemoryMax_kib = 64 << 10;  // that a test may cost the relay

class Slow : public ::testing::Test {
 protected:
  void SetUp() override {
    ann.emplace(relay.tcp(), Dialect::kMmtp);
    ann_node = ann->enter("a");
    bob.emplace(relay.local(), Dialect::kTmtp);
    bob_node = bob->enter("b");
    before = relay.process().memory_kib("VmRSS");
  }
  // One who is logged in, and takes nothing from now on.
  std::unique_ptr<WireClient> sleeper(Identity& who) {
    auto link = WireLink::open(relay.tcp(), kSmallBuffer);
    auto client = std::make_unique<WireClient>(std::move(link), Dialect::kMmtp);
    who = client->enter("s");
    return client;
  }
  void expect_memory_bounded() {
    const auto now = relay.process().memory_kib("VmHWM");
    fmt::print("the relay's memory: {} MiB before, {} MiB at its highest\n", before >> 10,
               now >> 10);
    EXPECT_LT(now, before + kMemoryMax_kib + kSanitizerMemory_kib);
  }
  RelayBox relay;
  std::optional<WireClient> ann;
  std::optional<WireClient> bob;
  Identity ann_node;
  Identity bob_node;
  std::uint64_t before = 0;  // KiB
};

TEST_F(Slow, ReadersCostBoundedMemoryAndHoldNobodyUp) {
  std::vector<Identity> who(10);
  std::vector<std::unique_ptr<WireClient>> sleepers;
  std::vector<Target> all{user(bob_node.uid)};
  for (Identity& one : who) {
    sleepers.push_back(sleeper(one));
    all.push_back(user(one.uid));
  }
  constexpr int kPosts = 1000;  // 60 MB for each of them
  for (int i = 0; i < kPosts; ++i) {
    const std::string body = MadeBody(i, 60'000).text();
    ann->post(std::to_string(i), all, body);
    ASSERT_EQ(bob->take_delivery().data, body);
  }
  const MadeBody large(1, 20 << 20);
  ann->post("large", all, large.text());
  ASSERT_EQ(bob->take_delivery().data, hash_text(large.hash()));
  expect_memory_bounded();
  // Late, but whole.
  for (int i = 0; i < kPosts; ++i) {
    ASSERT_EQ(sleepers[0]->take_delivery().data, MadeBody(i, 60'000).text()) << i;
  }
  EXPECT_EQ(sleepers[0]->take_delivery().data, hash_text(large.hash()));
}

TEST_F(Slow, TakersOfAnswersAreNotReadUntilTheyTakeThem) {
  Identity who;
  const auto rude = sleeper(who);
  rude->link().set_patience(std::chrono::milliseconds(500));
  const std::string request =
      net::encode_request(Dialect::kMmtp, {.op = ClientOp::kVersion, .id = "1"});
  std::string many;
  while (many.size() < 32 << 10) many += request;
  std::uint64_t taken = 0;
  constexpr std::uint64_t kTooMany = std::uint64_t{256} << 20;
  while (taken < kTooMany && rude->link().send(many)) taken += many.size();
  EXPECT_LT(taken, kTooMany) << "its answers must be somewhere";
  ann->post("1", {user(bob_node.uid)}, "meanwhile");
  EXPECT_EQ(bob->take_delivery().data, "meanwhile");
  expect_memory_bounded();
}

TEST_F(Slow, LinkThatVanishedGivesWayToANewLogin) {
  Identity who;
  const auto vanished = sleeper(who);
  std::vector<std::string> said;
  for (int i = 0; i < 300; ++i) {
    said.push_back(MadeBody(i, 10'000).text());
    ann->post(std::to_string(i), {user(who.uid)}, said.back());
  }
  WireClient again(relay.tcp(), Dialect::kMmtp);
  again.login(who);
  for (const std::string& text : said) ASSERT_EQ(again.take_delivery().data, text);
}

TEST_F(Slow, UploadsHoldNobodyUp) {
  std::vector<WireClient> slow;
  for (int i = 0; i < 20; ++i) {
    slow.emplace_back(relay.tcp(), Dialect::kMmtp);
    (void)slow.back().enter("u");
    slow.back().send({.op = ClientOp::kPost,
                      .id = "1",
                      .for_list = {user(bob_node.uid)},
                      .data_bytes = 100'000'000});
    slow.back().send_octets(MadeBody(1, 200'000).text());
  }
  ann->post("1", {user(bob_node.uid)}, "meanwhile");
  EXPECT_EQ(bob->take_delivery().data, "meanwhile");
  const MadeBody large(1, 20 << 20);
  ann->post("large", {user(bob_node.uid)}, large.text());
  EXPECT_EQ(bob->take_delivery().data, hash_text(large.hash()));
  expect_memory_bounded();
}

// All three at once, since they wait for five seconds.
TEST_F(Slow, LoginsEndAfterFiveSecondsHoweverTheirOctetsCome) {
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  WireClient silent(relay.tcp(), Dialect::kTmtp);
  WireClient polite(relay.local(), Dialect::kMmtp);
  polite.send({.op = ClientOp::kVersion});
  (void)polite.next();
  WireClient dribbling(relay.tcp(), Dialect::kMmtp);
  const std::string request = net::encode_request(
      Dialect::kMmtp, {.op = ClientOp::kRegister, .new_node = std::string(2000, 'n')});
  // An octet whenever nothing came for a while.
  for (std::size_t i = 0; i < request.size(); ++i) {
    pollfd ready{dribbling.link().fd(), POLLIN, 0};
    if (::poll(&ready, 1, 50) != 0 || !dribbling.link().send(request.substr(i, 1))) break;
  }
  EXPECT_TRUE(dribbling.until_end().empty());
  EXPECT_TRUE(silent.until_end().empty());
  const auto last_words = polite.until_end();
  ASSERT_EQ(last_words.size(), 1U);
  EXPECT_EQ(last_words[0].reply.op, "quit");
  EXPECT_GE(Clock::now() - begun, std::chrono::seconds(5));
  EXPECT_LT(Clock::now() - begun, std::chrono::seconds(15));
  EXPECT_NE(ann->post("1", {user(bob_node.uid)}, "still here"), "");
}

}  // namespace
}  // namespace mnm::testing
