// Register: a new user with its first node, logged in at once. An alias that can't be had leaves
// both as they are. Where a third party's word is needed or was given, it must hold.
#include "base/canary.h"
#include "ops/store.h"

namespace mnm::ops {
namespace {

constexpr std::string_view kFailure = "register failure";

struct Refusal {
  std::string_view text;  // empty: none
  std::string_view detail;
};

Refusal why_not(const Context& context, const Register& command) {
  if (!command.token_fault.empty()) return {kFailure, command.token_fault};
  if (!command.identity) {
    if (!context.limits.register_needs_identity) return {};
    return {"authentication required", "no token was given"};
  }
  const std::uint32_t max = context.limits.accounts_per_identity;
  if (max == 0 || MNM_CANARY("accounts-unbounded") ||
      context.views.accounts_of(command.identity->subject) < max)
    return {};
  return {kFailure, "whom the token names has as many accounts as are allowed"};
}

}  // namespace

void decide(const Context& context, const Register& command, Decision& decision) {
  if (const Refusal refusal = why_not(context, command); !refusal.text.empty()) {
    log_refusal(context, refusal.text, {}, false, decision, refusal.detail);
    return decision.answer(context, Dismissed{std::string(refusal.text)});
  }
  const UserNo user = context.views.next_user();
  const NodeNo node = context.views.next_node();
  Context as_node = context;
  as_node.user = user;
  as_node.node = node;
  event::Registered& registered = *decision.add(as_node).mutable_registered();
  registered.set_user(user.value());
  registered.set_uid(command.uid);
  registered.set_node(node.value());
  registered.set_node_name(command.node_name);
  registered.set_verifier(command.secret.verifier.data(), command.secret.verifier.size());
  registered.set_receive_only(context.limits.register_receive_only);
  if (command.identity) {
    registered.set_issuer(command.identity->issuer);
    registered.set_subject(command.identity->subject.data(), command.identity->subject.size());
  }

  std::string error;
  if (command.alias) {
    error = why_not_alias(context, UserNo(), *command.alias);
    if (error.empty()) {
      event::AliasAdded& added = *decision.add(as_node).mutable_alias_added();
      added.set_user(user.value());
      added.set_alias(*command.alias);
    }
  }

  decision.add(as_node).mutable_logged_in();
  if (!error.empty()) log_refusal(as_node, error, {}, false, decision);
  decision.attached = node;
  decision.answer(context, Registered{.uid = command.uid,
                                      .secret = command.secret.text,
                                      .ordinal = NodeOrdinal(1),
                                      .error = std::move(error)});
}

}  // namespace mnm::ops
