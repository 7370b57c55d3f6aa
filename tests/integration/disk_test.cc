// A disk that is nearly full, which is said by a mark above its room: nothing new is stored, all
// that makes room goes on. And one that fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>

#include "support/made_body.h"
#include "support/relay_box.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kLow{"--disk-low", "1000000GiB"};

class Disk : public ::testing::Test {
 protected:
  void SetUp() override {
    ann.emplace(relay.tcp(), Dialect::kMmtp);
    ann_node = ann->enter("a");
    bob.emplace(relay.tcp(), Dialect::kMmtp);
    bob_node = bob->enter("b");
  }
  void restart(std::vector<std::string> options) {
    ann.reset();
    bob.reset();
    EXPECT_EQ(relay.stop(), 0);
    relay.set_options(std::move(options));
    relay.start();
    ann.emplace(relay.tcp(), Dialect::kMmtp);
    ann->login(ann_node);
  }
  void expect_refused(const std::string& id, const std::string& body) {
    const Reply reply =
        ann->ask({.op = ClientOp::kPost, .id = id, .for_list = {user(bob_node.uid)}}, body);
    EXPECT_TRUE(reply.error);
  }
  RelayBox relay;
  std::optional<WireClient> ann;
  std::optional<WireClient> bob;
  Identity ann_node;
  Identity bob_node;
};

TEST_F(Disk, ThatIsLowTakesNothingNewAndDeliversAndPurges) {
  bob.reset();
  const std::string large = MadeBody(1, 200'000).text();
  const std::string small = MadeBody(2, 1'000).text();
  ann->post("1", {user(bob_node.uid)}, small);
  ann->post("2", {user(bob_node.uid)}, large);
  restart(kLow);
  EXPECT_THAT(relay.admin("status"), HasSubstr("\"disk_low\":true"));
  EXPECT_THAT(relay.words(), HasSubstr("less than disk-low"));

  expect_refused("3", "x");
  expect_refused("4", large);
  EXPECT_EQ(relay.bodies(), 1U) << "the one that waits";

  bob.emplace(relay.tcp(), Dialect::kMmtp);
  bob->login(bob_node);
  EXPECT_EQ(bob->take_delivery().data, small);
  EXPECT_EQ(bob->take_delivery().data, large);
  bob->settle_acks();
  EXPECT_EQ(relay.admin("scrub"), "{\"ok\":true}\n");
  EXPECT_EQ(relay.bodies(), 0U);
  EXPECT_EQ(relay.image().holders_of(small), "");

  restart({});
  EXPECT_THAT(relay.admin("status"), HasSubstr("\"disk_low\":false"));
  ann->post("3", {user(bob_node.uid)}, "x");
  ann->post("4", {user(bob_node.uid)}, large);
}

TEST_F(Disk, HasAReserveThatAStartWithoutRoomGivesUp) {
  constexpr std::uintmax_t kReserve = 1 << 20;
  const std::string reserve = relay.data() + "/reserve";
  EXPECT_FALSE(std::filesystem::exists(reserve));
  restart({"--disk-low", "1MiB", "--disk-reserve", "1MiB"});
  EXPECT_TRUE(relay.await([&] { return std::filesystem::exists(reserve); }));
  EXPECT_EQ(std::filesystem::file_size(reserve), kReserve);
  restart({"--disk-low", "1MiB", "--disk-reserve", "1MiB"});
  EXPECT_TRUE(std::filesystem::exists(reserve));
  restart(kLow);
  EXPECT_FALSE(std::filesystem::exists(reserve));
}

// What the relay writes from now on fails, as on a full disk.
TEST_F(Disk, ThatFailsEndsTheRelayAndTellsEverybodyThatTheOutcomeIsUnknown) {
  const std::string before = ann->post("1", {user(bob_node.uid)}, "was acked");
  (void)bob->await("delivery");
  const rlimit none{0, 0};
  ASSERT_EQ(::prlimit(relay.process().pid(), RLIMIT_FSIZE, &none, nullptr), 0);
  ann->send({.op = ClientOp::kPost, .id = "2", .for_list = {user(bob_node.uid)}, .data_bytes = 1},
            "?");
  for (WireClient* client : {&*ann, &*bob}) {
    const auto frames = client->until_end();
    ASSERT_FALSE(frames.empty());
    EXPECT_THAT(frames.back().header, HasSubstr("unknown"));
  }
  EXPECT_EQ(relay.process().await_end(), 5);
  relay.start();
  WireClient again(relay.tcp(), Dialect::kMmtp);
  again.login(bob_node);
  const Frame frame = again.take_delivery();
  EXPECT_EQ(frame.data, "was acked");
  EXPECT_EQ(frame.reply.id, before);
}

}  // namespace
}  // namespace mnm::testing
