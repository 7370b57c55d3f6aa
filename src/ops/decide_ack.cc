// Ack: the node has a message. Its copy ends; with the last copy the message goes. An ack for
// anything that doesn't wait for this node changes nothing and harms nobody.
#include "ops/store.h"

namespace mnm::ops {

void decide(const Context& context, const Ack& command, Decision& decision) {
  if (!context.own_node().queue.contains(command.id)) {
    decision.stray_ack = true;
    return;
  }
  decision.add(context).mutable_acked()->add_ids(command.id.value());
}

}  // namespace mnm::ops
