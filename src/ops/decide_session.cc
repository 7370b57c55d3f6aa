// How a session ends: by Quit, or because its link was lost. And what it turned down by itself.
#include "ops/store.h"

namespace mnm::ops {

void decide(const Context& context, const Quit&, Decision& decision) {
  end_session(context, context.node, "quit", decision);
  decision.answer(context, Dismissed{"logout ok"});
}

void decide(const Context& context, const Lost& command, Decision& decision) {
  if (!context.node) return;  // it never logged in, or has ended already
  end_session(context, context.node, command.reason, decision);
}

void decide(const Context& context, const TurnedDown& command, Decision& decision) {
  if (command.retry_after_s != 0) {
    return refuse_for_now(context, command.error, command.retry_after_s, decision);
  }
  log_refusal(context, command.error, command.uid, false, decision);
}

}  // namespace mnm::ops
