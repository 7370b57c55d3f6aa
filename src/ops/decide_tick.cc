// TickHour: the relay was up for one more hour. What happens by time happens here: announced drops
// of nodes, and the return of posts that nobody read.
#include <algorithm>

#include "ops/drop_node.h"
#include "ops/store.h"
#include "ops/undelivered.h"

namespace mnm::ops {
namespace {

// The user's nodes that outlive this decision.
std::vector<NodeNo> remaining_nodes(const Context& context, UserNo user,
                                    const std::vector<NodeNo>& dropped) {
  std::vector<NodeNo> nodes = live_nodes(context.views, user);
  std::erase_if(nodes, [&](NodeNo node) { return std::ranges::binary_search(dropped, node); });
  return nodes;
}

// The drops that are due; one that has become its user's last node stays instead. Returns those
// dropped, ascending.
std::vector<NodeNo> drop_due_nodes(const Context& context, std::uint64_t uptime_hours,
                                   Decision& decision) {
  std::vector<NodeNo> dropped;
  for (const NodeNo number : context.views.pending_drops()) {
    const state::Node& node = context.views.node(number);
    if (node.drop_due_hours > uptime_hours) continue;
    Context as_user = context;
    as_user.user = node.user;
    std::vector<NodeNo> nodes = remaining_nodes(context, node.user, dropped);
    if (nodes.size() <= 1) {
      veto_drop(as_user, number, decision);
      tell_drop(as_user, node, "vetoed", std::move(nodes), decision);
      continue;
    }
    std::erase(nodes, number);
    drop_at_once(as_user, number, decision, dropped);
    dropped.push_back(number);
    tell_drop(as_user, node, "dropped", std::move(nodes), decision);
  }
  return dropped;
}

}  // namespace

void decide(const Context& context, const TickHour&, Decision& decision) {
  const std::uint64_t uptime_hours = context.views.uptime_hours() + 1;
  decision.add(context).mutable_tick()->set_uptime_hours(uptime_hours);
  const std::vector<NodeNo> dropped = drop_due_nodes(context, uptime_hours, decision);
  expire_posts(context, uptime_hours, dropped, decision);
}

}  // namespace mnm::ops
