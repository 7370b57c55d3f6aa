// With the relay's checkpoint and its index, every answer is the one that the log alone gives.
#include <algorithm>
#include <filesystem>
#include <random>

#include "mnmlog/fixture.h"
#include "ops/base.h"
#include "ops/checkpoint.h"
#include "ops/projector.h"

namespace mnm {
namespace {

class Index : public Inspecting {
 protected:
  static constexpr std::uint32_t kUsers = 4;

  // A history of `steps` at random: posts, acks, sessions, aliases, new nodes, starts.
  void live(int steps) {
    for (int step = 0; step < steps; ++step) {
      act();
      if (random(4) == 0) log_.commit_if_any();
      if (random(20) == 0) log_.move_time(7);
    }
    log_.commit_if_any();
  }
  void write_checkpoint() {
    auto checkpoint = ops::Checkpoint::open(log_.directory() + "/views");
    ASSERT_TRUE(checkpoint) << checkpoint.error().text;
    auto restored = ops::restore_views(log_.log(), **checkpoint, ops::Bases(log_.directory()));
    ASSERT_TRUE(restored) << restored.error().text;
    ops::Projector projector(log_.log(), **checkpoint, *restored, {});
    ASSERT_TRUE(projector.step());
  }
  void forget_checkpoint() { std::filesystem::remove_all(log_.directory() + "/views"); }

  [[nodiscard]] std::vector<std::vector<std::string>> questions() const {
    std::vector<std::vector<std::string>> all = {
        {"show"}, {"show", "--json"}, {"show", "-r"}, {"tail"}, {"stats", "--by", "user"}};
    for (std::uint32_t user = 1; user <= kUsers; ++user) {
      const std::string uid = uid_of(user);
      all.push_back({"show", "--user", uid});
      all.push_back({"show", "-r", "-n", "5", "--user", uid});
      all.push_back({"show", "--user", uid, "--op", "ack"});
      all.push_back({"show", "--node", uid + "/1"});
      all.push_back({"show", "-r", "--node", uid + "/1", "20..end-3"});
      all.push_back({"stats", "--user", uid});
      all.push_back({"why", uid, "--json"});
      all.push_back({"why", uid + "/1", "--json"});
    }
    for (std::size_t i = 0; i < posts_.size(); i += 4) {  // each takes two starts of a program
      all.push_back({"trace", message_id(posts_[i]), "--json"});
      all.push_back({"get", message_id(posts_[i]), "--json"});
    }
    return all;
  }
  // Standard output and the exit code.
  [[nodiscard]] std::vector<std::string> answers() {
    std::vector<std::string> all;
    for (std::vector<std::string> question : questions()) {
      const Ran ran = mnmlog(question);
      all.push_back(std::to_string(ran.code) + "\n" + ran.out);
    }
    return all;
  }
  // Ages differ from one run to the next where a second passes; they are words, not times.
  void expect_same(const std::vector<std::string>& answers, const std::vector<std::string>& plain) {
    const auto asked = questions();
    for (std::size_t i = 0; i < asked.size(); ++i) {
      EXPECT_EQ(without_ages(answers[i]), without_ages(plain[i]))
          << ::testing::PrintToString(asked[i]);
    }
  }

  std::vector<Lsn> posts_;

 private:
  static std::string uid_of(std::uint32_t user) {
    return "USER" + std::to_string(user) + "XXXXXXXX";
  }
  static std::string without_ages(std::string text);
  std::uint32_t random(std::uint32_t below) {
    return static_cast<std::uint32_t>(random_() % below);
  }
  void act();

  std::mt19937_64 random_{20261125};
  std::vector<std::uint32_t> nodes_of_{0};  // users of nodes, by node
  std::uint64_t session_ = 0;
};

std::string Index::without_ages(std::string text) {
  // "(3d 2h ago)" and "for 3d 2h".
  for (const std::string_view mark : {" ago)", " for "}) {
    std::size_t from = 0;
    while ((from = text.find(mark, from)) != std::string::npos) {
      const bool before = mark.ends_with(')');
      const std::size_t begin = before ? text.rfind('(', from) : from + mark.size();
      const std::size_t end = before ? from : text.find_first_of("\"\n,", begin);
      text.erase(begin, end - begin);
      from = begin + (before ? mark.size() : 0);
    }
  }
  return text;
}

void Index::act() {
  if (nodes_of_.size() <= kUsers) {
    const auto user = static_cast<std::uint32_t>(nodes_of_.size());
    log_.register_user(user, uid_of(user), user, "alias-" + std::to_string(user));
    nodes_of_.push_back(user);
    return;
  }
  if (!log_.committed() && random(2) == 0) log_.commit();
  const auto node = 1 + random(static_cast<std::uint32_t>(nodes_of_.size()) - 1);
  const std::uint32_t user = nodes_of_[node];
  switch (random(12)) {
    case 0:
      log_.log_in(user, node, ++session_);
      break;
    case 1: {
      event::Event& event = log_.add(user, node);
      event.mutable_session_ended()->set_reason("lost");
      event.mutable_actor()->set_session(session_);
      break;
    }
    case 2:
      if (random(10) == 0) log_.start();
      break;
    case 3:
    case 4: {
      if (!log_.committed()) break;
      const state::Queue& queue = log_.views().node(NodeNo(node)).queue;
      const Lsn oldest = queue.lane(state::Lane::kNormal).after(Lsn());
      if (oldest) log_.ack(user, node, oldest);
      break;
    }
    case 5: {
      event::AliasAdded& added = *log_.add(user, node).mutable_alias_added();
      added.set_user(user);
      added.set_alias("further-" + std::to_string(log_.next_lsn().value()));
      break;
    }
    case 6:
      if (nodes_of_.size() < 12 && log_.committed()) {
        event::NodeAdded& added = *log_.add(user, node).mutable_node_added();
        added.set_user(user);
        added.set_node(static_cast<std::uint32_t>(nodes_of_.size()));
        added.set_ordinal(static_cast<std::uint32_t>(1 + std::ranges::count(nodes_of_, user)));
        added.set_copy_of(node);
        added.set_verifier(std::string(32, 'v'));
        nodes_of_.push_back(user);
        log_.commit();
      }
      break;
    default: {
      const std::uint32_t to = 1 + random(kUsers);
      std::vector<NodeNo> recipients;
      for (std::uint32_t each = 1; each < nodes_of_.size(); ++each) {
        if (nodes_of_[each] == to) recipients.emplace_back(each);
      }
      posts_.push_back(log_.post(user, node, recipients, "hello", {to}));
      break;
    }
  }
}

TEST_F(Index, ChangesNoAnswer) {
  log_.begin_epoch(1);
  log_.start();
  live(200);
  const auto plain = answers();
  write_checkpoint();
  expect_same(answers(), plain);
}

TEST_F(Index, ThatLagsChangesNoAnswer) {
  log_.begin_epoch(1);
  log_.start();
  live(120);
  write_checkpoint();
  live(120);
  const auto lagging = answers();
  forget_checkpoint();
  expect_same(lagging, answers());
}

}  // namespace
}  // namespace mnm
