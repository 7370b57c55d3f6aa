// mnmlog beside a running relay: through its admin socket, and, where that is closed to it, from
// the files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <vector>

#include "log/log_channel.h"
#include "support/relay_box.h"
#include "support/run_program.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

using ::testing::HasSubstr;

class Beside : public ::testing::Test {
 protected:
  void SetUp() override {
    ann.emplace(relay.tcp(), Dialect::kMmtp);
    ann_node = ann->enter("a");
    bob.emplace(relay.local(), Dialect::kTmtp);
    bob_node = bob->enter("b");
  }
  Ran mnmlog(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--data", relay.data()});
    return run_program(std::string(MNM_BIN_DIR) + "/mnmlog", std::move(arguments));
  }
  boost::json::object json(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const Ran ran = mnmlog(std::move(arguments));
    return boost::json::parse(ran.out).as_object();
  }

  RelayBox relay;
  std::optional<WireClient> ann;
  std::optional<WireClient> bob;
  Identity ann_node;
  Identity bob_node;
};

TEST_F(Beside, ReadsThroughTheRelayAndKnowsItsSessions) {
  for (const std::string id : {"1", "2", "3"}) (void)ann->post(id, {{bob_node.uid}}, "hello");
  const Ran shown = mnmlog({"show", "--op", "post"});
  EXPECT_THAT(shown.err, HasSubstr("through its admin socket"));
  EXPECT_EQ(std::ranges::count(shown.out, '\n'), 3);
  ASSERT_TRUE(relay.await([&] { return json({"info"}).at("in_flight") == 3; }));
  EXPECT_EQ(json({"info"}).at("connected"), 2);
  const Ran why = mnmlog({"why", bob_node.uid + "/1"});
  EXPECT_THAT(why.out, HasSubstr("3 messages of"));
  EXPECT_THAT(why.out, HasSubstr("sent and not acked now"));
  const Ran state = mnmlog({"state", "node", bob_node.uid + "/1"});
  EXPECT_THAT(state.out, HasSubstr("3 in flight"));
}

// The log says what a session has sent at its end alone; until then the relay does.
TEST_F(Beside, TraceKnowsWhatOpenSessionsHaveSent) {
  const std::string id = ann->post("1", {{bob_node.uid}}, "hello");
  ASSERT_TRUE(relay.await([&] { return json({"info"}).at("in_flight") == 1; }));
  EXPECT_THAT(mnmlog({"trace", id}).out, HasSubstr("sent 1 and got 0 acks"));
  EXPECT_THAT(mnmlog({"trace", id}).out, HasSubstr("perhaps"));
}

TEST_F(Beside, SaysTheSameFromTheFiles) {
  (void)ann->post("1", {{bob_node.uid}}, "hello");
  const Ran through = mnmlog({"show", "--json"});
  // The relay doesn't miss the name; who has no right to it can't use it, either.
  std::filesystem::rename(relay.data() + "/admin.sock", relay.data() + "/elsewhere");
  ASSERT_TRUE([&] {
    for (int tries = 0; tries < 500; ++tries) {  // the high-water mark is behind by some 100 ms
      if (mnmlog({"show", "--json"}).out == through.out) return true;
    }
    return false;
  }());
  EXPECT_THAT(mnmlog({"show"}).err, HasSubstr("from its files"));
  std::filesystem::rename(relay.data() + "/elsewhere", relay.data() + "/admin.sock");
}

// The relay itself says what came since its last checkpoint.
class BesideALateCheckpoint : public Beside {
 protected:
  void SetUp() override {
    Beside::SetUp();
    relay.stop();  // writes one: of ann and bob
    relay.set_options({"--checkpoint-interval", "1h"});
    relay.start();
    carol_link.emplace(relay.tcp(), Dialect::kMmtp);
    carol = carol_link->enter("c", "carol-alone");
  }

  std::optional<WireClient> carol_link;
  Identity carol;
};

TEST_F(BesideALateCheckpoint, LooksAreUpToDate) {
  const std::string id = carol_link->post("1", {{bob_node.uid}}, "hello");
  const auto node = json({"why", bob_node.uid + "/1"});
  EXPECT_EQ(node.at("verdict"), "offline");
  EXPECT_EQ(json({"why", carol.uid}).at("verdict"), "nothing_waits");
  for (const std::string& who : {carol.uid, std::string("carol-alone")}) {
    const Ran shown = mnmlog({"show", "--user", who});
    EXPECT_THAT(shown.out, HasSubstr("posted"));
    EXPECT_THAT(shown.out, HasSubstr("carol-alone")) << "for people, by alias";
  }
  EXPECT_THAT(mnmlog({"show", "--node", carol.uid + "/1"}).out, HasSubstr("posted"));
  EXPECT_THAT(mnmlog({"trace", id}).out, HasSubstr("carol-alone"));
  const auto got = json({"get", std::to_string(std::stoull(id, nullptr, 16))});
  EXPECT_EQ(got.at("waits_for").as_array().size(), 1U);
  EXPECT_EQ(got.at("message"), "kept");
}

// What it is asked for by name is as new as what it is asked for by number.
TEST_F(BesideALateCheckpoint, ADeviceThatIsNewerIsFound) {
  const std::string id = carol_link->post("1", {{bob_node.uid}}, "hello");
  WireClient bob_again(relay.local(), Dialect::kTmtp);
  bob_again.login(bob_node);
  (void)bob_again.ask({.op = ClientOp::kUserEdit, .id = "another", .new_node = "tablet"});
  EXPECT_EQ(json({"why", bob_node.uid + "/2"}).at("verdict"), "never_logged_in");
  EXPECT_EQ(mnmlog({"show", "--node", bob_node.uid + "/2"}).code, 0);
  const auto got = json({"get", std::to_string(std::stoull(id, nullptr, 16))});
  EXPECT_EQ(got.at("waits_for").as_array().size(), 2U);
}

TEST_F(Beside, NobodyReadsForEverOrTooMuchAtOnce) {
  std::vector<std::unique_ptr<WireLink>> readers;
  const auto open = [&] {
    auto link = WireLink::open("unix://" + relay.data() + "/admin.sock");
    CHECK(link && link->send("{\"cmd\":\"reader\"}\n"));
    std::string said;
    while (said.find('\n') == std::string::npos && link->receive(said) == WireLink::Got::kOctets) {
    }
    readers.push_back(std::move(link));
    return said;
  };
  for (int i = 0; i < 16; ++i) EXPECT_THAT(open(), HasSubstr("\"ok\":true"));
  EXPECT_THAT(open(), HasSubstr("too many tools"));
  EXPECT_THAT(mnmlog({"show"}).err, HasSubstr("from its files"));
  // Nonsense ends a channel, and its place is free.
  ASSERT_TRUE(readers[3]->send(std::string(log::kChannelRequestBytes, '\x7f')));
  std::string said;
  while (readers[3]->receive(said) == WireLink::Got::kOctets) {
  }
  EXPECT_TRUE(relay.await([&] { return open().find("true") != std::string::npos; }));
  EXPECT_EQ(relay.stop(), 0) << "it waits for no reader";
}

}  // namespace
}  // namespace mnm::testing
