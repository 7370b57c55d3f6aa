// How a session ends: by Quit, or because its link was lost.
#include "ops/store.h"

namespace mnm::ops {

void decide(const Context& context, const Quit& command, Decision& decision) {
  end_session(context, context.node, "quit", command.pulses, decision);
  decision.answer(context, Dismissed{"logout ok"});
}

void decide(const Context& context, const Lost& command, Decision& decision) {
  if (!context.node) return;  // it never logged in, or has ended already
  end_session(context, context.node, command.reason, command.pulses, decision);
}

}  // namespace mnm::ops
