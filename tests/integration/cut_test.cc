// A body that is cut off is never delivered, and leaves nothing.
#include <gtest/gtest.h>

#include <stdexcept>

#include "support/made_body.h"
#include "support/relay_box.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

constexpr std::uint64_t kSmall = 1000;
constexpr std::uint64_t kLarge = std::uint64_t{8} << 20;

class Cut : public ::testing::TestWithParam<Dialect> {
 protected:
  void SetUp() override {
    WireClient entering(relay.tcp(), GetParam());
    sender = entering.enter("s");
    entering.quit();
    reader.emplace(relay.local(), GetParam());
    recipient = reader->enter("r");
  }
  WireClient back(const Identity& who) const {
    WireClient client(relay.tcp(), GetParam());
    client.login(who);
    return client;
  }
  bool comes_back(const Identity& who) const {
    try {
      back(who);
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  }
  // A post of `size` octets of which so many leave.
  void post_part(WireClient& client, std::uint64_t size, std::uint64_t part) const {
    client.send({.op = ClientOp::kPost,
                 .id = "cut",
                 .for_list = {user(recipient.uid)},
                 .data_bytes = size});
    MadeBody(1, size).each(part, [&](std::string_view piece) { client.send_octets(piece); });
  }
  void expect_nothing() {
    for (const Frame& frame : reader->take_all()) {
      if (frame.reply.op != "delivery") continue;
      ADD_FAILURE() << frame.header;
    }
  }
  RelayBox relay;
  Identity sender;
  Identity recipient;
  std::optional<WireClient> reader;
};

TEST_P(Cut, LeavesNothingWhenTheLinkEnds) {
  WireClient client = back(sender);
  post_part(client, kSmall, kSmall / 2);
  client.link().cut();
  // One dialect refuses the node as long as the first link is thought to be there.
  ASSERT_TRUE(relay.await([&] { return comes_back(sender); }));
  expect_nothing();
}

TEST_P(Cut, LeavesNoBodyWhenTheLinkEnds) {
  WireClient client = back(sender);
  post_part(client, kLarge, kLarge / 2);
  ASSERT_TRUE(relay.await([&] { return relay.bodies() == 1; }));
  client.link().cut();
  ASSERT_TRUE(relay.await([&] { return relay.bodies() == 0; }));
  expect_nothing();
}

TEST_P(Cut, LeavesNothingWhenTheRelayIsKilled) {
  WireClient client = back(sender);
  post_part(client, kLarge, kLarge / 2);
  ASSERT_TRUE(relay.await([&] { return relay.bodies() == 1; }));
  relay.kill();
  EXPECT_EQ(relay.bodies(), 1U);
  relay.start();
  EXPECT_EQ(relay.bodies(), 0U);
  reader.emplace(back(recipient));
  expect_nothing();
}

TEST_P(Cut, IsMadeGoodByTheSameRequestSentWhole) {
  WireClient client = back(sender);
  post_part(client, kLarge, kLarge - 1);
  relay.kill();
  relay.start();
  WireClient again = back(sender);
  post_part(again, kLarge, kLarge);
  const Reply ack = again.answer_to("cut");
  EXPECT_FALSE(ack.error) << *ack.error;
  reader.emplace(back(recipient));
  const Frame got = reader->take_delivery();
  EXPECT_EQ(got.reply.id, ack.msgid);
  EXPECT_EQ(got.data, hash_text(MadeBody(1, kLarge).hash()));
  EXPECT_TRUE(relay.await([&] { return relay.bodies() == 0; }));
}

TEST_P(Cut, IsNotWhatHappensWhenOnlyTheAnswerIsNotAwaited) {
  WireClient client = back(sender);
  post_part(client, kLarge, kLarge);
  const Frame got = reader->take_delivery();  // so the relay has it
  client.link().cut();
  EXPECT_EQ(got.data, hash_text(MadeBody(1, kLarge).hash()));
}

INSTANTIATE_TEST_SUITE_P(BothDialects, Cut, ::testing::Values(Dialect::kMmtp, Dialect::kTmtp),
                         [](const auto& kind) {
                           return kind.param == Dialect::kMmtp ? "Mmtp" : "Tmtp";
                         });

}  // namespace
}  // namespace mnm::testing
