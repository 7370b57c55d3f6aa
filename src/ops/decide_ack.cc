// Ack: the node has these messages. Their copies end; with its last copy a message goes. An ack for
// anything that doesn't wait for this node changes nothing and harms nobody.
#include <algorithm>

#include "ops/store.h"

namespace mnm::ops {

void decide(const Context& context, const Ack& command, Decision& decision) {
  const state::Queue& queue = context.own_node().queue;
  event::Acked* fact = nullptr;
  command.for_each([&](Lsn id) {
    const bool again =
        fact != nullptr && std::ranges::find(fact->ids(), id.value()) != fact->ids().end();
    if (again || !queue.contains(id)) {
      ++decision.stray_acks;
      return;
    }
    if (fact == nullptr) fact = decision.add(context).mutable_acked();
    fact->add_ids(id.value());
  });
}

}  // namespace mnm::ops
