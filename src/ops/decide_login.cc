// Login: a session becomes its node's. One answer and one time for an unknown user, a wrong
// password and a dropped node. A second login of a connected node takes over or is refused, as the
// dialect has it.
#include "base/canary.h"
#include "ops/login_match.h"
#include "ops/store.h"

namespace mnm::ops {
namespace {

void notice(const Context& context, const state::Node& node, Decision& decision) {
  NewMessage message;
  message.header.set_kind(message::LOGIN);
  message.header.set_info(*node.name);
  message.header.set_node_ordinal(node.ordinal.value());
  message.recipients = context.rules().notices_to_own_node ? live_nodes(context.views, context.user)
                                                           : other_nodes(context);
  if (!message.recipients.empty()) store(context, std::move(message), decision);
}

}  // namespace

void decide(const Context& context, const Login& command, Decision& decision) {
  const NodeNo number = match_login(context.views, command.uid, command.verifier).node;
  if (!number) {
    log_refusal(context, "login failed", command.uid, false, decision);
    return decision.answer(context, Dismissed{"login failed"});
  }
  const state::Node& node = context.views.node(number);
  Context as_node = context;
  as_node.user = node.user;
  as_node.node = number;
  const bool connected = static_cast<bool>(node.session);
  if (connected && !context.rules().login_takes_over) {
    log_refusal(as_node, "node already connected", command.uid, false, decision);
    return decision.answer(context, Dismissed{"node already connected"});
  }
  if (connected && !MNM_CANARY("takeover-unfenced")) {
    end_session(as_node, number, "replaced by a new login", decision);
    decision.tell(node.session, Dismissed{"replaced by a new login"});
  }
  decision.add(as_node).mutable_logged_in()->set_takeover(connected);
  decision.attached = number;

  LoggedIn answer;
  for (const UserNo source : as_node.own_user().presence->sources) {
    answer.online.push_back(context.views.user(source).uid);
  }
  decision.answer(context, std::move(answer));
  notice(as_node, node, decision);
}

}  // namespace mnm::ops
