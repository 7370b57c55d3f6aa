// The story: two users on three devices exchange messages through mnmd. One device is offline for a
// while, one message is large, the relay is killed in between. Nothing is lost, reordered, or
// repeated without need.
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/made_body.h"
#include "support/memory_bound.h"
#include "support/relay_box.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

std::vector<std::string> bodies_of(const std::vector<Frame>& frames) {
  std::vector<std::string> bodies;
  for (const Frame& frame : frames) {
    if (frame.reply.op != "delivery" || frame.data.starts_with(WireClient::kMarker)) continue;
    bodies.push_back(frame.data);
  }
  return bodies;
}

std::vector<std::string> numbered(const std::string& name, int begin, int end) {
  std::vector<std::string> all;
  for (int i = begin; i < end; ++i) all.push_back(fmt::format("{} {}", name, i));
  return all;
}

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class Story : public ::testing::Test {
 protected:
  // Ann has a phone (MMTP) and a desk (TMTP); Bob has a laptop (TMTP).
  void SetUp() override {
    phone.emplace(relay.tcp(), Dialect::kMmtp);
    ann_phone = phone->enter("phone", "ann-of-the-story");
    laptop.emplace(relay.local(), Dialect::kTmtp);
    bob = laptop->enter("laptop", "bob-of-the-story");
    phone->send({.op = ClientOp::kUserEdit,
                 .uid = ann_phone.uid,
                 .node = ann_phone.node,
                 .new_node = "desk"});
    const Frame updated = phone->await("updated");
    ASSERT_TRUE(updated.reply.nodeid) << updated.header;
    ann_desk = {ann_phone.uid, *updated.reply.nodeid};
    log_in(desk, ann_desk, Dialect::kTmtp);
    (void)desk->take_all();
    (void)phone->take_all();
    (void)desk->take_all();
  }
  void log_in(std::optional<WireClient>& device, const Identity& who, Dialect dialect) {
    device.emplace(dialect == Dialect::kMmtp ? relay.tcp() : relay.local(), dialect);
    device->login(who);
  }
  void restart() {
    relay.kill();
    relay.start();
  }
  std::vector<std::string> say(WireClient& from, const std::string& to, const std::string& name,
                               int begin, int end) {
    std::vector<std::string> said = numbered(name, begin, end);
    for (const std::string& text : said) from.post(text, {user(to)}, text);
    return said;
  }
  // The relay's ack.
  Reply say_large(WireClient& from, const std::string& to, const MadeBody& body) {
    from.send(
        {.op = ClientOp::kPost, .id = "large", .for_list = {user(to)}, .data_bytes = body.size()});
    body.each(body.size(), [&](std::string_view piece) { from.send_octets(piece); });
    return from.answer_to("large");
  }
  // Takes half of the large body, which must be the next delivery.
  static void take_half(WireClient& at, const MadeBody& large) {
    Frame frame = at.next_header();
    while (frame.reply.op != "delivery") {
      ASSERT_EQ(frame.reply.data_bytes, 0U) << frame.header;
      frame = at.next_header();
    }
    ASSERT_EQ(frame.reply.data_bytes, large.size());
    at.stream(large.size() / 2, [](std::string_view) {});
  }
  void tell(std::uint64_t large_bytes);

  RelayBox relay;
  std::optional<WireClient> phone;
  std::optional<WireClient> desk;
  std::optional<WireClient> laptop;
  Identity ann_phone;
  Identity ann_desk;
  Identity bob;
};

void Story::tell(std::uint64_t large_bytes) {
  const MadeBody large(4711, large_bytes);
  const std::string hash = hash_text(large.hash());
  // All three are there.
  const auto ann_said = say(*phone, bob.uid, "ann", 0, 20);
  const auto bob_said = say(*laptop, ann_phone.uid, "bob", 0, 20);
  EXPECT_EQ(bodies_of(laptop->take_all()), ann_said);
  EXPECT_EQ(bodies_of(phone->take_all()), bob_said);
  EXPECT_EQ(bodies_of(desk->take_all()), ann_said + bob_said);
  desk->settle_acks();
  desk->quit();

  // The desk is off. The phone is in the middle of the large one when the relay is killed.
  const auto missed = say(*laptop, ann_phone.uid, "bob", 20, 40);
  EXPECT_EQ(bodies_of(phone->take_all()), missed);
  phone->settle_acks();
  const Reply ack = say_large(*laptop, ann_phone.uid, large);
  ASSERT_TRUE(ack.msgid && !ack.error) << ack.error.value_or("");
  const auto missed_later = say(*laptop, ann_phone.uid, "bob", 40, 60);
  take_half(*phone, large);
  const auto memory = relay.process().memory_kib("VmHWM");
  restart();

  // What was acked does not come again; the rest does, from the first octet.
  log_in(phone, ann_phone, Dialect::kMmtp);
  log_in(laptop, bob, Dialect::kTmtp);
  const auto unread = std::vector{hash} + missed_later;
  EXPECT_EQ(bodies_of(phone->take_all()), unread);
  EXPECT_EQ(bodies_of(laptop->take_all()), std::vector<std::string>());
  EXPECT_EQ(relay.bodies(), 1U);  // for the desk

  // The desk is back.
  const auto ann_later = say(*phone, bob.uid, "ann", 20, 25);
  log_in(desk, ann_desk, Dialect::kTmtp);
  EXPECT_EQ(bodies_of(desk->take_all()), missed + unread + ann_later);
  EXPECT_EQ(bodies_of(laptop->take_all()), ann_later);
  desk->settle_acks();
  EXPECT_TRUE(relay.await([&] { return relay.bodies() == 0; }));
  const auto memory_later = relay.process().memory_kib("VmHWM");
  fmt::print(
      "a message of {} MiB; the relay's memory at its highest: {} MiB, after the restart {} MiB\n",
      large_bytes / kMiB, memory / 1024, memory_later / 1024);
  EXPECT_LT(std::max(memory, memory_later), 200 * 1024U + kSanitizerMemory_kib);

  // Another end, in good order, changes nothing.
  for (auto* device : {&phone, &desk, &laptop}) (*device)->quit();
  const std::string digest = relay.digest();
  EXPECT_EQ(relay.stop(), 0);
  relay.start();
  EXPECT_EQ(relay.digest(), digest);
}

TEST_F(Story, LosesReordersAndRepeatsNothing) { tell(200 * kMiB); }

TEST_F(Story, IsTheSameWithAMessageOfAGibibyte) {
  if (kSanitizerMemory_kib > 0) GTEST_SKIP() << "a sanitizer makes it take minutes";
  tell(1024 * kMiB);
}

}  // namespace
}  // namespace mnm::testing
