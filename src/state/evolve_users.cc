// How users, their nodes and aliases change.
#include <algorithm>

#include "base/canary.h"
#include "state/views.h"

namespace mnm::state {

void Views::on(const event::Event&, const event::Registered& fact, Changes& changes) {
  require(fact.user() == next_user().value(), "another user comes next");
  require(fact.node() == next_node().value(), "another node comes next");
  const UserNo user(fact.user());
  const NodeNo node(fact.node());
  if (!fact.issuer().empty()) {
    identities_.emplace(user, Identity{fact.issuer(), hash_from(fact.subject())});
  }
  index_user(user, users_.push_back(
                       {.uid = fact.uid(), .nodes = {node}, .receive_only = fact.receive_only()}));
  nodes_.push_back({.user = user,
                    .ordinal = NodeOrdinal(1),
                    .name = fact.node_name(),
                    .verifier = hash_from(fact.verifier())});
  changes.touch(user);
  changes.touch(node);
}

void Views::on(const event::Event& event, const event::LoggedIn&, Changes& changes) {
  const NodeNo number(event.actor().node());
  Node& node = at(number);
  require(!node.dropped, "the node was dropped");
  node.session = SessionId(event.actor().session());
  node.seen_ns = event.time_ns();
  changes.touch(number);
}

void Views::on(const event::Event& event, const event::SessionEnded&, Changes& changes) {
  const NodeNo number(event.actor().node());
  if (!number) return;  // it never logged in
  if (at(number).session == SessionId(event.actor().session())) {
    end_session(number, event.time_ns(), changes);
  }
}

void Views::on(const event::Event& event, const event::Refused& fact, Changes& changes) {
  const UserNo number(event.actor().user());
  const bool failed = fact.op() == event::PING && !fact.passing();
  if (!number || (!failed && !fact.counts_as_ping())) return;
  PingCount& pings = at(number).pings;
  if (uptime_hours_ >= pings.window_start_hours + kPingWindowHours) {
    pings = {.window_start_hours = uptime_hours_};
  }
  if (fact.counts_as_ping()) ++pings.sent;
  ++pings.failed;
  changes.touch(number);
}

void Views::on(const event::Event&, const event::NodeAdded& fact, Changes& changes) {
  require(fact.node() == next_node().value(), "another node comes next");
  const UserNo user(fact.user());
  const NodeNo node(fact.node());
  nodes_.push_back({.user = user,
                    .ordinal = NodeOrdinal(fact.ordinal()),
                    .name = fact.node_name(),
                    .verifier = hash_from(fact.verifier())});
  std::vector<NodeNo>& nodes = at(user).nodes;
  nodes.push_back(node);
  require(nodes.size() == fact.ordinal(), "another ordinal comes next");
  if (fact.copy_of() != 0 && !MNM_CANARY("new-node-starts-empty"))
    copy_queue(NodeNo(fact.copy_of()), node, changes);
  changes.touch(user);
  changes.touch(node);
}

void Views::on(const event::Event&, const event::NodeDropAnnounced& fact, Changes& changes) {
  const NodeNo number(fact.node());
  at(number).drop_due_hours = fact.due_uptime_hours();
  pending_drops_.insert(number);
  changes.touch(number);
}

void Views::on(const event::Event&, const event::NodeDropVetoed& fact, Changes& changes) {
  const NodeNo number(fact.node());
  at(number).drop_due_hours = 0;
  pending_drops_.erase(number);
  changes.touch(number);
}

void Views::on(const event::Event& event, const event::NodeDropped& fact, Changes& changes) {
  const NodeNo number(fact.node());
  end_session(number, event.time_ns(), changes);
  drop_queue(number, changes);
  Node& node = at(number);
  node.dropped = true;
  node.drop_due_hours = 0;
  node.login_notice = Lsn();
  node.requests.clear();
  pending_drops_.erase(number);
}

void Views::on(const event::Event&, const event::AliasAdded& fact, Changes& changes) {
  const UserNo user(fact.user());
  at(user).aliases.push_back({.name = fact.alias(), .once = fact.once()});
  index_name(fact.alias(), {.user = user, .once = fact.once()});
  changes.touch(user);
}

void Views::on(const event::Event&, const event::AliasRetired& fact, Changes& changes) {
  const UserNo user(fact.user());
  const auto alias = std::ranges::find(at(user).aliases, fact.alias(), &Alias::name);
  require(alias != at(user).aliases.end(), "the user has no such alias");
  alias->retired = true;
  if (is_whole()) names_.find(fact.alias())->second.retired = true;
  changes.touch(user);
}

void Views::on(const event::Event&, const event::ReceiveOnlySet& fact, Changes& changes) {
  const UserNo user(fact.user());
  at(user).receive_only = fact.on();
  changes.touch(user);
}

}  // namespace mnm::state
