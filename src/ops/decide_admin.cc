// What an administrator asks of the relay, on no session.
#include <fmt/format.h>

#include <algorithm>

#include "ops/drop_node.h"
#include "ops/store.h"

namespace mnm::ops {
namespace {

constexpr std::string_view kEnded = "ended by an administrator";

void end_node_session(const Context& context, NodeNo number, Decision& decision) {
  const SessionId session = context.views.node(number).session;
  end_session(context, number, kEnded, decision);
  // Nothing else will say who did it. Where the session came from, its login says.
  if (const Origin* origin = context.request.origin.get(); origin != nullptr) {
    event::Actor& actor = *decision.events.back()->mutable_actor();
    actor.set_transport(origin->transport);
    actor.set_peer(origin->peer);
  }
  decision.tell(session, Dismissed{std::string(kEnded)});
}

// None when the user has no such node.
NodeNo node_of(const Context& context, UserNo user, std::uint32_t ordinal) {
  const auto& nodes = context.views.user(user).nodes;
  return ordinal >= 1 && ordinal <= nodes.size() ? nodes[ordinal - 1] : NodeNo();
}

}  // namespace

void decide(const Context& context, const SetReceiveOnly& command, Decision& decision) {
  const UserNo user = context.views.find_user(command.uid);
  if (!user) {
    return refuse(context, fmt::format("SetReceiveOnly: uid {} not found", command.uid), decision);
  }
  event::ReceiveOnlySet& set = *decision.add(context).mutable_receive_only_set();
  set.set_user(user.value());
  set.set_on(command.on);
  acknowledge(context, Lsn(), decision);
}

void decide(const Context& context, const EndSessions& command, Decision& decision) {
  const UserNo user = context.views.find_user(command.uid);
  if (!user) {
    return refuse(context, fmt::format("EndSessions: uid {} not found", command.uid), decision);
  }
  std::vector<NodeNo> nodes = context.views.user(user).nodes;
  if (command.ordinal != 0) nodes = {node_of(context, user, command.ordinal)};
  std::erase_if(nodes, [&](NodeNo node) { return !node || !context.views.node(node).session; });
  if (nodes.empty()) return refuse(context, "EndSessions: no such node is connected", decision);
  for (const NodeNo node : nodes) end_node_session(context, node, decision);
  acknowledge(context, Lsn(), decision);
}

void decide(const Context& context, const DropNode& command, Decision& decision) {
  const UserNo user = context.views.find_user(command.uid);
  const NodeNo number = user ? node_of(context, user, command.ordinal) : NodeNo();
  if (!number || context.views.node(number).dropped) {
    return refuse(context,
                  fmt::format("DropNode: node {} of {} not found", command.ordinal, command.uid),
                  decision);
  }
  std::vector<NodeNo> others = live_nodes(context.views, user);
  std::erase(others, number);
  if (others.empty()) return refuse(context, "DropNode: cannot drop last node", decision);
  drop_at_once(context, number, decision);
  Context as_user = context;
  as_user.user = user;
  tell_drop(as_user, context.views.node(number), "dropped", std::move(others), decision);
  acknowledge(context, Lsn(), decision);
}

}  // namespace mnm::ops
