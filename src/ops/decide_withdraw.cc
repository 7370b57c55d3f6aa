// Withdraw: an administrator takes a message back from all who haven't acked it.
#include <fmt/format.h>

#include <set>

#include "ops/store.h"
#include "ops/undelivered.h"

namespace mnm::ops {
namespace {

std::vector<NodeNo> nodes_that_wait(const state::Views& views, Lsn id) {
  std::vector<NodeNo> nodes;
  for (NodeNo node(1); node < views.next_node(); node = next(node)) {
    if (views.node(node).queue.contains(id)) nodes.push_back(node);
  }
  return nodes;
}

std::string why_not(const std::optional<state::Message>& message, const Withdraw& command) {
  if (!message) {
    return fmt::format(
        "Withdraw: {} waits for nobody: all who were to get it have acked it, or it never was",
        message_id(command.id));
  }
  if (command.how == WithdrawHow::kRecall && message->kind != message::DELIVERY) {
    return fmt::format("Withdraw: {} is no post, and has no sender to tell: purge it",
                       message_id(command.id));
  }
  return {};
}

}  // namespace

void decide(const Context& context, const Withdraw& command, Decision& decision) {
  const std::optional<state::Message> message = context.views.message(command.id);
  if (std::string error = why_not(message, command); !error.empty()) {
    return refuse(context, std::move(error), decision);
  }
  const std::vector<NodeNo> nodes = nodes_that_wait(context.views, command.id);
  event::Withdrawn& withdrawn = *decision.add(context).mutable_withdrawn();
  withdrawn.set_id(command.id.value());
  state::put_deltas(nodes, withdrawn.mutable_nodes());
  withdrawn.set_reason(command.reason);
  withdrawn.set_recalled(command.how == WithdrawHow::kRecall);
  if (command.how == WithdrawHow::kRecall) {
    return_post(context, message->sender, command.id,
                unreached_users(context.views, command.id, nodes), "recalled", {}, decision);
  }
  acknowledge(context, command.id, decision);
}

}  // namespace mnm::ops
