// Purge means gone: what all recipients have acked is in no file of the data directory any more.
#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/text.h"
#include "support/made_body.h"
#include "support/relay_box.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

// Octets that compression can't hide.
std::string marked(const std::string& marker, std::size_t size) {
  return marker + MadeBody(7, size - marker.size()).text();
}

class Purge : public ::testing::Test {
 protected:
  explicit Purge(const std::string& window = "1h") : relay({"--purge-window", window}) {
    ann.emplace(relay.tcp(), Dialect::kMmtp);
    ann_node = ann->enter("a");
    bob.emplace(relay.local(), Dialect::kTmtp);
    bob_node = bob->enter("b");
  }
  [[nodiscard]] std::string holders(const std::string& octets) const {
    return relay.image().holders_of(octets);
  }
  void scrub() const { ASSERT_EQ(relay.admin("scrub"), "{\"ok\":true}\n"); }

  const std::string small = random_bytes(24);
  const std::string large = random_bytes(24);
  const std::string unread = random_bytes(24);
  RelayBox relay;
  std::optional<WireClient> ann;
  std::optional<WireClient> bob;
  Identity ann_node;
  Identity bob_node;
};

class PurgeInASecond : public Purge {
 protected:
  PurgeInASecond() : Purge("1s") {}
};

TEST_F(Purge, LeavesNoOctetOfWhatWasAckedAndAllOfWhatWasNot) {
  WireClient carol(relay.local(), Dialect::kTmtp);
  const Identity carol_node = carol.enter("c");
  ann->post("1", {user(bob_node.uid)}, marked(small, 500));
  ann->post("2", {user(bob_node.uid)}, marked(large, 100'000));
  ann->post("3", {user(bob_node.uid), user(carol_node.uid)}, marked(unread, 500));
  scrub();
  EXPECT_NE(holders(small), "");
  EXPECT_NE(holders(large), "");
  EXPECT_EQ(relay.bodies(), 1U);

  for (int i = 0; i < 3; ++i) (void)bob->take_delivery();
  bob->settle_acks();
  EXPECT_TRUE(relay.await([&] { return holders(large).empty(); }));  // a file of its own goes soon
  EXPECT_NE(holders(small), "");
  scrub();
  EXPECT_EQ(holders(small), "");
  EXPECT_NE(holders(unread), "");

  relay.kill();
  EXPECT_EQ(holders(small), "");
  relay.start();
  WireClient again(relay.local(), Dialect::kTmtp);
  again.login(carol_node);
  EXPECT_EQ(again.take_delivery().data, marked(unread, 500));
  again.settle_acks();
  scrub();
  EXPECT_EQ(holders(unread), "");
}

TEST_F(Purge, TakesTheNewNodesPasswordWithItsMessage) {
  bob->send({.op = ClientOp::kUserEdit, .id = "another", .new_node = "phone"});
  const Frame told = bob->await("user");
  ASSERT_TRUE(told.reply.nodeid) << told.header;
  const std::string password = *told.reply.nodeid;
  const auto octets = base32_decode(password);
  ASSERT_TRUE(octets);
  EXPECT_NE(holders(password) + holders(*octets), "");
  bob->ack(*told.reply.id);
  WireClient phone(relay.tcp(), Dialect::kTmtp);
  phone.login({bob_node.uid, password});
  (void)phone.take_all();
  (void)bob->take_all();
  (void)phone.take_all();
  for (WireClient* client : {&phone, &*bob}) client->settle_acks();
  scrub();
  EXPECT_EQ(holders(password), "");
  EXPECT_EQ(holders(*octets), "");
  // It is still the password.
  phone.quit();
  WireClient again(relay.tcp(), Dialect::kTmtp);
  again.login({bob_node.uid, password});
}

TEST_F(PurgeInASecond, HappensByItself) {
  ann->post("1", {user(bob_node.uid)}, marked(small, 500));
  // A scrub of something else may move it from one file to another between two looks.
  EXPECT_TRUE(relay.await([&] { return !holders(small).empty(); }));
  (void)bob->take_delivery();
  bob->settle_acks();
  EXPECT_TRUE(relay.await([&] { return holders(small).empty() && holders(small).empty(); }));
}

TEST_F(Purge, OfWhatWasAckedBeforeAKillComesWithTheNextStart) {
  ann->post("1", {user(bob_node.uid)}, marked(small, 500));
  (void)bob->take_delivery();
  bob->settle_acks();
  relay.kill();
  EXPECT_NE(holders(small), "");
  relay.start();
  EXPECT_TRUE(relay.await([&] { return holders(small).empty(); }));
}

}  // namespace
}  // namespace mnm::testing
