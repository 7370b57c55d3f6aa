// Properties that hold whatever is asked by whom in which order: random stories of a few users in
// both dialects, each step followed by World::verify().
#include <fmt/format.h>
#include <rapidcheck.h>

#include "ops/story.h"

namespace mnm::ops {
namespace {

// At full size from the first story on: a small one would only see the first few kinds of request.
unsigned number(unsigned from, unsigned to) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to));
}

// A random story. Names are few, so that requests meet.
class RandomStory {
 public:
  explicit RandomStory(World& world) : world_(world) {
    world_.limits.node_messages_max = 12;
    world_.limits.nodes_max = 4;
    world_.limits.pings_max = 5;
    world_.limits.failed_pings_max = 3;
    world_.limits.undelivered_hours = 3;
    world_.limits.drop_delay_hours = 2;
    world_.limits.members_max = 3;
    for (int i = 0; i < 3; ++i) {
      const bool mmtp = i == 1;
      clients_.push_back(
          world_.registers(mmtp ? Dialect::kMmtp : Dialect::kTmtp, fmt::format("alias-of-{}", i)));
    }
  }

  void step() {
    Client& who = pick_client();
    if (world_.views().node(who.node).session != who.session && pick_number(8) != 0) log_in(who);
    const unsigned what = pick_number(32);
    if (what < 7) return post(who);
    if (what < 11) return ack(who);
    if (what < 15) return edit_user(who);
    if (what < 18) {
      world_.invites(who, gid(), alias_of(who), alias());
    } else if (what < 22) {
      const auto act = static_cast<GroupAct>(pick_number(3));
      world_.edits_group(who, act, gid(), act == GroupAct::kDrop ? alias() : alias_of(who));
    } else if (what < 24) {
      world_.pings(who, alias_of(who), alias());
    } else if (what < 26) {
      world_.ask(who, OhiEdit{static_cast<OhiType>(pick_number(3)), {uid(), uid()}});
    } else if (what < 28) {
      world_.reads_all(who);
    } else if (what < 29) {
      world_.ticks(1 + pick_number(2));
    } else if (what < 30) {
      log_in(who);
    } else {
      rare(who);
    }
  }

 private:
  static unsigned pick_number(unsigned below) { return number(0, below); }
  Client& pick_client() { return clients_[pick_number(static_cast<unsigned>(clients_.size()))]; }
  std::string uid() { return pick_number(12) == 0 ? "Unknown" : pick_client().uid; }
  // Mostly one that it has.
  static std::string alias_of(const Client& who) {
    return pick_number(5) == 0 ? alias() : fmt::format("alias-of-{}", who.user.value() - 1);
  }
  static std::string alias() { return fmt::format("alias-of-{}", pick_number(5)); }
  static std::string gid() { return fmt::format("group-no-{}", pick_number(2)); }

  void log_in(Client& who) {
    const Client again = world_.logs_in(who);
    if (world_.views().node(who.node).session == again.session) who = again;
  }

  void post(const Client& who) {
    Post post;
    for (unsigned left = pick_number(4); left > 0; --left) {
      const auto type = static_cast<TargetType>(1 + pick_number(3));
      post.to.push_back({type == TargetType::kUser ? uid() : gid(), type});
    }
    post.body = World::body(std::string(1 + pick_number(40), 'b'));
    if (pick_number(3) == 0) {
      post.note = {.to = {{uid()}},
                   .not_self = pick_number(2) == 0,
                   .head_bytes = 0,
                   .data_sum = 0,
                   .body = World::body("n")};
    }
    world_.ask(who, post, {.id = fmt::format("p{}", pick_number(200))});
  }

  // One, or several in a row, in any order, among them ids that don't wait or come twice.
  void ack(const Client& who) {
    const auto waiting = world_.waiting(who);
    const auto any = [&] {
      if (waiting.empty() || pick_number(8) == 0) return Lsn(1 + pick_number(500));
      return waiting[pick_number(static_cast<unsigned>(waiting.size()))];
    };
    Ack acked{any()};
    if (pick_number(2) == 0) {
      for (unsigned more = pick_number(6); more > 0; --more) acked.more.push_back(any());
    }
    world_.ask(who, acked, {.nameless = true});
  }

  void edit_user(const Client& who) {
    UserEdit edit;
    if (who.dialect == Dialect::kMmtp) {
      edit.credentials = {who.uid, World::verifier(who.uid, who.secret)};
    }
    const unsigned what = pick_number(8);
    if (what < 3) {
      edit.new_node = "node";
      edit.secret = world_.fresh_secret(who.uid);
    }
    if (what == 2 || what == 3) {
      edit.new_alias = alias();
      edit.once = pick_number(2) == 0;
    }
    if (what == 4 || what == 5) edit.drop_node = 1 + pick_number(3);
    if (what == 6) edit.keep_node = 1;
    if (what == 7) edit.drop_alias = alias();
    const std::size_t nodes = world_.views().user(who.user).nodes.size();
    world_.ask(who, edit,
               {.id = fmt::format("u{}", pick_number(50)), .retry = pick_number(2) == 0});
    if (world_.views().user(who.user).nodes.size() == nodes) return;
    Client added = who;
    added.node = world_.views().user(who.user).nodes.back();
    added.ordinal = world_.views().node(added.node).ordinal.value();
    added.secret = edit.secret.text;
    added.session = {};
    clients_.push_back(added);
  }

  void rare(const Client& who) {
    switch (pick_number(6)) {
      case 0:
        return world_.restarts();
      case 1:
        world_.sets_receive_only(who.uid, pick_number(4) == 0);
        return;
      case 2:
        world_.budget_spent = !world_.budget_spent;
        return;
      case 3:
        world_.ask(who, Quit{});
        return;
      default:
        world_.ask(who, Lost{.reason = "gone"});
    }
  }

  World& world_;
  std::vector<Client> clients_;
};

TEST(RandomRequests, LeaveViewsThatAddUpAndCanBeRebuiltAndReloaded) {
  const bool held = rc::check("after each step all views agree", [] {
    World world;
    RandomStory story(world);
    const unsigned steps = number(1, 120);
    for (unsigned i = 0; i < steps; ++i) {
      story.step();
      const std::string why = world.verify();
      if (!why.empty()) RC_FAIL(fmt::format("after step {}: {}", i + 1, why));
    }
  });
  EXPECT_TRUE(held);
}

// One step a story can't do at random in good time: queues of several segments.
TEST(RandomRequests, KeepCheckpointsOfLongQueuesRight) {
  const bool held = rc::check("acks in any order", [] {
    World world;
    const Client from = world.registers();
    const Client to = world.registers();
    const unsigned posts = number(1, 600);
    for (unsigned i = 0; i < posts; ++i) world.posts(from, to);
    const unsigned rounds = number(1, 6);
    for (unsigned round = 0; round < rounds; ++round) {
      for (unsigned left = number(0, 200); left > 0; --left) {
        const auto waiting = world.waiting(to);
        if (waiting.empty()) break;
        const unsigned near_front = std::min<unsigned>(20, static_cast<unsigned>(waiting.size()));
        const bool anywhere = number(0, 10) == 0;
        const auto size = static_cast<unsigned>(waiting.size());
        world.acks(to, waiting[number(0, anywhere ? size : near_front)]);
      }
      for (unsigned left = number(0, 40); left > 0; --left) world.posts(from, to);
      RC_ASSERT(world.verify() == std::string());
    }
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace mnm::ops
