// How sessions and presence change. Both end with the process: they are in checkpoints, but not in
// digests.
#include <algorithm>

#include "base/canary.h"
#include "state/views.h"

namespace mnm::state {
namespace {

template <class Number>
bool insert_sorted(std::vector<Number>& numbers, Number number) {
  const auto at = std::ranges::lower_bound(numbers, number);
  if (at != numbers.end() && *at == number) return false;
  numbers.insert(at, number);
  return true;
}

template <class Number>
bool erase_sorted(std::vector<Number>& numbers, Number number) {
  const auto at = std::ranges::lower_bound(numbers, number);
  if (at == numbers.end() || *at != number) return false;
  numbers.erase(at);
  return true;
}

}  // namespace

void Views::on(const event::Event& event, const event::OhiEdited& fact, Changes& changes) {
  const UserNo source(event.actor().user());
  insert_sorted(at(source).presence.own().nodes, NodeNo(event.actor().node()));
  for (const std::uint32_t target : fact.targets()) {
    set_target(source, UserNo(target), fact.type() != "drop", changes);
  }
  changes.touch(source);
}

void Views::set_target(UserNo source, UserNo target, bool on, Changes& changes) {
  if (on) {
    insert_sorted(at(source).presence.own().targets, target);
    if (is_whole()) insert_sorted(at(target).presence.own().sources, source);
  } else {
    erase_sorted(at(source).presence.own().targets, target);
    if (is_whole()) forget_source(target, source);
  }
  changes.touch(source);
}

void Views::end_session(NodeNo number, std::uint64_t time_ns, Changes& changes) {
  Node& node = at(number);
  node.session = SessionId();
  node.seen_ns = time_ns;
  node.queue.settle();
  node.requests.shrink_to_fit();
  changes.touch(number);
  User& user = at(node.user);
  if (user.presence->nodes.empty() || !erase_sorted(user.presence.own().nodes, number)) return;
  changes.touch(node.user);
  if (!user.presence->nodes.empty() || MNM_CANARY("presence-not-cleared")) return;
  if (is_whole()) {
    for (const UserNo target : user.presence->targets) forget_source(target, node.user);
  }
  user.presence.own().targets.clear();
  user.presence.settle();
}

void Views::forget_source(UserNo target, UserNo source) {
  Rare<Presence>& presence = at(target).presence;
  erase_sorted(presence.own().sources, source);
  presence.settle();
}

void Views::end_all_sessions(Changes& changes) {
  if (!is_whole()) hold_connected();
  nodes_.for_each([&changes](NodeNo number, Node& node) {
    if (!node.session) return;
    node.session = SessionId();
    node.queue.settle();
    changes.touch(number);
  });
  users_.for_each([&changes](UserNo number, User& user) {
    if (MNM_CANARY("restart-keeps-presence")) return;
    if (user.presence->nodes.empty() && user.presence->sources.empty()) return;
    user.presence = {};
    changes.touch(number);
  });
}

}  // namespace mnm::state
