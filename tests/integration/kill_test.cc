// kill -9 at any moment, again and again, while clients of both dialects post to each other and to
// a group: what they saw must be what a relay that keeps its promises could have shown them.
//
// MNM_SEED repeats a run's choices, MNM_KILLS says how often the relay is killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "support/crowd.h"
#include "support/number_from.h"
#include "support/relay_box.h"
#include "support/soundness.h"

namespace mnm::testing {
namespace {

using ::testing::IsEmpty;

constexpr const char* kGroup = "the-crowd-itself";

// Ann, Bob, Carol (two nodes), Dave: members of the group. Ivy is only invited: she may post to it
// and gets nothing. Sam is a stranger.
class Town {
 public:
  explicit Town(const RelayBox& relay) : relay_(relay) {
    ann_ = settle("ann", Dialect::kMmtp, true);
    bob_ = settle("bob", Dialect::kTmtp, false);
    carol_ = settle("carol1", Dialect::kMmtp, false);
    dave_ = settle("dave", Dialect::kTmtp, true);
    ivy_ = settle("ivy", Dialect::kMmtp, true);
    sam_ = settle("sam", Dialect::kTmtp, false);
    add_node(carol_, "carol2");
    found_group();
  }
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  [[nodiscard]] std::vector<std::vector<Audience>> audiences() const {
    const std::set<std::string> joined = {"ann", "bob", "carol1", "carol2", "dave"};
    std::vector<std::vector<Audience>> all;
    for (const Member& member : members_) {
      std::set<std::string> others = joined;
      others.erase(member.name);
      std::set<std::string> own;  // its other nodes, which see all that it posts
      if (member.name == "carol1") own = {"carol2"};
      if (member.name == "carol2") own = {"carol1"};
      auto& mine = all.emplace_back();
      add(mine, member, ann_, {"ann"}, own);
      add(mine, member, bob_, {"bob"}, own);
      add(mine, member, carol_, {"carol1", "carol2"}, own);
      add(mine, member, dave_, {"dave"}, own);
      if (member.name != "sam") mine.push_back({group(kGroup), others});
    }
    return all;
  }

 private:
  static void add(std::vector<Audience>& to, const Member& from, const Identity& whom,
                  std::set<std::string> nodes, const std::set<std::string>& own) {
    if (from.identity.uid == whom.uid) return;
    nodes.insert(own.begin(), own.end());
    to.push_back({user(whom.uid), std::move(nodes)});
  }
  static std::string alias_of(const std::string& name) { return name + "-of-the-town"; }
  Identity settle(const std::string& name, Dialect dialect, bool over_tcp) {
    WireClient client(over_tcp ? relay_.tcp() : relay_.local(), dialect);
    const Identity identity = client.enter("first", alias_of(name));
    client.quit();
    members_.push_back({name, identity, dialect, over_tcp});
    return identity;
  }
  void add_node(const Identity& whose, const std::string& name) {
    WireClient client(relay_.tcp(), Dialect::kMmtp);
    client.login(whose);
    client.send(
        {.op = ClientOp::kUserEdit, .uid = whose.uid, .node = whose.node, .new_node = "second"});
    const Frame updated = client.await("updated");
    members_.push_back(
        {name, {whose.uid, updated.reply.nodeid.value_or("")}, Dialect::kTmtp, true});
    client.quit();
  }
  void found_group() {
    WireClient ann(relay_.tcp(), Dialect::kMmtp);
    ann.login(ann_);
    for (const std::string name : {"bob", "carol1", "dave", "ivy"}) {
      const Reply ack = ann.ask({.op = ClientOp::kGroupInvite,
                                 .id = name,
                                 .from = alias_of("ann"),
                                 .to = alias_of(name),
                                 .gid = kGroup});
      if (ack.error) throw WireTrouble(*ack.error);
    }
    ann.quit();
    for (const Identity* who : {&bob_, &carol_, &dave_}) {
      WireClient client(relay_.tcp(), Dialect::kMmtp);
      client.login(*who);
      const Reply ack =
          client.ask({.op = ClientOp::kGroupEdit, .id = "join", .gid = kGroup, .act = "join"});
      if (ack.error) throw WireTrouble(*ack.error);
      client.quit();
    }
  }

  const RelayBox& relay_;
  std::vector<Member> members_;
  Identity ann_, bob_, carol_, dave_, ivy_, sam_;
};

// At a random moment of its work, or of its start.
void kill_and_restart(RelayBox& relay, Crowd& crowd, Signpost& signpost, std::mt19937_64& random) {
  const auto until = crowd.answers() + random() % 1500;
  crowd.await_answers(until, std::chrono::milliseconds(random() % 2500));
  signpost.about_to_go();
  relay.kill();
  while (random() % 5 == 0) {
    relay.launch();
    (void)relay.process().await_ready(std::chrono::milliseconds(random() % 400));
    relay.kill();
  }
  relay.start();
  signpost.here(relay.tcp(), relay.local());
}

TEST(Kill, AgainAndAgainLosesRepeatsLeaksAndReordersNothing) {
  const std::uint64_t seed = number_from("MNM_SEED", std::random_device{}());
  const std::uint64_t kills = number_from("MNM_KILLS", 40);
  fmt::print("MNM_SEED={} MNM_KILLS={}\n", seed, kills);
  std::mt19937_64 random(seed);
  RelayBox relay({"--checkpoint-interval", "500ms", "--purge-window", "1s"});
  const Town town(relay);
  Signpost signpost;
  signpost.here(relay.tcp(), relay.local());
  Crowd crowd(town.members(), town.audiences(), seed, signpost);
  for (std::uint64_t i = 0; i < kills; ++i) kill_and_restart(relay, crowd, signpost, random);
  crowd.await_answers(crowd.answers() + 200, std::chrono::seconds(30));
  crowd.quiet();
  EXPECT_THAT(crowd.troubles(), IsEmpty());
  EXPECT_THAT(crowd.history.faults(), IsEmpty());
  const auto counts = crowd.history.counts();
  fmt::print("{} posts, {} acked, {} delivered, {} repeated, {} acks confirmed\n", counts.posted,
             counts.acked, counts.delivered, counts.repeated, counts.confirmed);
  EXPECT_EQ(counts.acked, counts.posted);
  EXPECT_GT(counts.confirmed, 0U);
  expect_sound(relay);
}

}  // namespace
}  // namespace mnm::testing
