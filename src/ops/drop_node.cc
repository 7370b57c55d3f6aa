#include "ops/drop_node.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/canary.h"
#include "ops/store.h"

namespace mnm::ops {

NodeNo node_of_ordinal(const Context& context, std::uint32_t ordinal) {
  const auto& nodes = context.own_user().nodes;
  return ordinal >= 1 && ordinal <= nodes.size() ? nodes[ordinal - 1] : NodeNo();
}

DropPlan plan_drop(const Context& context, std::uint32_t ordinal, bool adds_node) {
  DropPlan plan{.error = {}, .node = node_of_ordinal(context, ordinal)};
  if (!plan.node) {
    plan.error = fmt::format("DropNode: node {} not found", ordinal);
    return plan;
  }
  const state::Node& node = context.views.node(plan.node);
  if (node.dropped) return plan;
  const std::size_t live = live_nodes(context.views, context.user).size() + (adds_node ? 1 : 0);
  if (live <= 1) {
    plan.error = "DropNode: cannot drop last node";
  } else if (node.ordinal >= context.own_node().ordinal || MNM_CANARY("newer-drops-older")) {
    plan.way = DropWay::kAtOnce;
  } else if (node.drop_due_hours == 0) {
    plan.way = DropWay::kAnnounce;
  }
  return plan;
}

void drop_at_once(const Context& context, NodeNo number, Decision& decision,
                  std::span<const NodeNo> gone) {
  const SessionId session = context.views.node(number).session;
  if (session) end_session(context, number, kNodeDropped, decision, gone);
  decision.add(context).mutable_node_dropped()->set_node(number.value());
  if (session) decision.tell(session, Dismissed{std::string(kNodeDropped)});
}

void announce_drop(const Context& context, NodeNo number, Decision& decision) {
  event::NodeDropAnnounced& announced = *decision.add(context).mutable_node_drop_announced();
  announced.set_node(number.value());
  // 0 would mean that none is announced, so a drop without delay is due at the next tick.
  const std::uint64_t delay = std::max<std::uint64_t>(context.limits.drop_delay_hours, 1);
  announced.set_due_uptime_hours(context.views.uptime_hours() + delay);
}

void veto_drop(const Context& context, NodeNo number, Decision& decision) {
  decision.add(context).mutable_node_drop_vetoed()->set_node(number.value());
}

void tell_drop(const Context& as_user, const state::Node& node, const char* state,
               std::vector<NodeNo> recipients, Decision& decision) {
  NewMessage message;
  message.header.set_kind(message::USER);
  message.header.set_drop_node(node.ordinal.value());
  message.header.set_drop_state(state);
  message.recipients = std::move(recipients);
  store(as_user, std::move(message), decision);
}

}  // namespace mnm::ops
