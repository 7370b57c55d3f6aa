// Register: a new user with its first node, logged in at once. An alias that can't be had leaves
// both as they are.
#include "ops/store.h"

namespace mnm::ops {

void decide(const Context& context, const Register& command, Decision& decision) {
  const UserNo user = context.views.next_user();
  const NodeNo node = context.views.next_node();
  event::Registered& registered = *decision.add(context).mutable_registered();
  registered.set_user(user.value());
  registered.set_uid(command.uid);
  registered.set_node(node.value());
  registered.set_node_name(command.node_name);
  registered.set_verifier(command.secret.verifier.data(), command.secret.verifier.size());
  registered.set_receive_only(context.limits.register_receive_only);

  std::string error;
  if (command.alias) {
    error = why_not_alias(context, UserNo(), *command.alias);
    if (error.empty()) {
      event::AliasAdded& added = *decision.add(context).mutable_alias_added();
      added.set_user(user.value());
      added.set_alias(*command.alias);
    }
  }

  event::Event& login = decision.add(context);
  login.mutable_actor()->set_user(user.value());
  login.mutable_actor()->set_node(node.value());
  login.mutable_logged_in();
  decision.attached = node;
  decision.answer(context, Registered{.uid = command.uid,
                                      .secret = command.secret.text,
                                      .ordinal = NodeOrdinal(1),
                                      .error = std::move(error)});
}

}  // namespace mnm::ops
