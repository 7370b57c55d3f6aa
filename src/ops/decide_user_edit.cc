// UserEdit: a new node, a new alias, and the end of either. All changes of one request are checked
// first; then all happen, each with a `user` message to the user's nodes.
#include <fmt/format.h>

#include "ops/drop_node.h"
#include "ops/store.h"

namespace mnm::ops {
namespace {

// What a `user` message about a new node costs beside the node's name, at most. Without room for it
// at the node that asks, nothing is made: it could never learn the new node's password.
constexpr std::uint64_t kAccountBytesMax = 512;
constexpr std::uint32_t kRetryAfterS = 15;

// What the request comes to, once it is known to be in order.
struct Plan {
  NodeNo added;
  bool alias_is_new = false;
  DropPlan drop;
  NodeNo kept;
  bool alias_ends = false;
};

std::string check_credentials(const Context& context, const UserEdit& command) {
  if (!command.credentials) return {};
  const bool same = equal_constant_time(as_bytes(context.own_node().verifier),
                                        as_bytes(command.credentials->verifier));
  return same && command.credentials->uid == context.own_user().uid ? "" : "login failed";
}

std::string plan_new_node(const Context& context, Plan& plan) {
  if (live_nodes(context.views, context.user).size() >= context.limits.nodes_max) {
    return fmt::format("AddNode: Exceeds {} nodes", context.limits.nodes_max);
  }
  if (context.own_user().nodes.size() >= context.limits.nodes_ever_max) {
    return fmt::format("AddNode: Exceeds {} nodes over time", context.limits.nodes_ever_max);
  }
  plan.added = context.views.next_node();
  return {};
}

std::string plan_new_alias(const Context& context, const std::string& alias, Plan& plan) {
  plan.alias_is_new = !has_alias(context.views, context.user, alias);
  return why_not_alias(context, context.user, alias);
}

std::string plan_keep(const Context& context, std::uint32_t ordinal, Plan& plan) {
  plan.kept = node_of_ordinal(context, ordinal);
  if (!plan.kept) return fmt::format("KeepNode: node {} not found", ordinal);
  if (context.views.node(plan.kept).drop_due_hours != 0) return {};
  return fmt::format("KeepNode: node {} has no drop announced", ordinal);
}

// One that has ended already ends again, and nothing happens.
std::string plan_end_of_alias(const Context& context, const std::string& alias, Plan& plan) {
  const state::NameOwner* owner = context.views.find_name(alias);
  if (owner == nullptr || owner->user != context.user) {
    return fmt::format("DropAlias: iAlias {} not for iUid {}", alias, context.own_user().uid);
  }
  plan.alias_ends = !owner->retired;
  return {};
}

std::string make_plan(const Context& context, const UserEdit& command, Plan& plan) {
  std::string error = check_credentials(context, command);
  if (error.empty() && command.new_node) error = plan_new_node(context, plan);
  if (error.empty() && command.new_alias) {
    error = plan_new_alias(context, *command.new_alias, plan);
  }
  if (error.empty() && command.drop_node) {
    plan.drop = plan_drop(context, *command.drop_node, plan.added != NodeNo());
    error = plan.drop.error;
  }
  if (error.empty() && command.keep_node) error = plan_keep(context, *command.keep_node, plan);
  if (error.empty() && command.drop_alias) {
    error = plan_end_of_alias(context, *command.drop_alias, plan);
  }
  return error;
}

// Carries out a plan. The first message stored is the one by which a repeated request is known.
class Edit {
 public:
  Edit(const Context& context, const UserEdit& command, const Plan& plan, Decision& decision)
      : context_(context), command_(command), plan_(plan), decision_(decision) {}

  void add_node() {
    event::NodeAdded& added = *decision_.add(context_).mutable_node_added();
    added.set_user(context_.user.value());
    added.set_node(plan_.added.value());
    added.set_ordinal(ordinal().value());
    added.set_node_name(*command_.new_node);
    added.set_verifier(command_.secret.verifier.data(), command_.secret.verifier.size());
    added.set_copy_of(context_.node.value());
    message::Header header;
    header.set_new_node(*command_.new_node);
    header.set_node_secret(command_.secret.text);
    header.set_node_ordinal(ordinal().value());
    tell_nodes(std::move(header));
  }

  void add_alias() {
    if (plan_.alias_is_new) {
      event::AliasAdded& added = *decision_.add(context_).mutable_alias_added();
      added.set_user(context_.user.value());
      added.set_alias(*command_.new_alias);
      added.set_once(command_.once);
    }
    message::Header header;
    header.set_new_alias(*command_.new_alias);
    header.set_once(command_.once);
    tell_nodes(std::move(header));
  }

  void end_alias() {
    if (plan_.alias_ends) {
      event::AliasRetired& retired = *decision_.add(context_).mutable_alias_retired();
      retired.set_user(context_.user.value());
      retired.set_alias(*command_.drop_alias);
    }
    message::Header header;
    header.set_drop_alias(*command_.drop_alias);
    tell_nodes(std::move(header));
  }

  void keep_node() {
    veto_drop(context_, plan_.kept, decision_);
    tell_drop(*command_.keep_node, "vetoed");
  }

  void drop_node() {
    if (plan_.drop.way == DropWay::kNothing) return;
    const bool at_once = plan_.drop.way == DropWay::kAtOnce;
    if (at_once) {
      drop_at_once(context_, plan_.drop.node, decision_);
    } else {
      announce_drop(context_, plan_.drop.node, decision_);
    }
    tell_drop(*command_.drop_node, at_once ? "dropped" : "announced");
  }

  [[nodiscard]] NodeOrdinal ordinal() const {
    return NodeOrdinal(static_cast<std::uint32_t>(context_.own_user().nodes.size() + 1));
  }

 private:
  void tell_drop(std::uint32_t ordinal, const char* state) {
    message::Header header;
    header.set_drop_node(ordinal);
    header.set_drop_state(state);
    tell_nodes(std::move(header));
  }

  // The new node included, one that this request drops at once not.
  void tell_nodes(message::Header header) {
    NewMessage message;
    message.header = std::move(header);
    message.header.set_kind(message::USER);
    message.recipients = context_.rules().notices_to_own_node
                             ? live_nodes(context_.views, context_.user)
                             : other_nodes(context_);
    if (plan_.added) message.recipients.push_back(plan_.added);
    const bool drops = plan_.drop.way == DropWay::kAtOnce;
    if (drops) std::erase(message.recipients, plan_.drop.node);
    const bool asker_goes = drops && plan_.drop.node == context_.node;
    message.answers_request = !std::exchange(remembered_, true) && !asker_goes;
    store(context_, std::move(message), decision_);
  }

  const Context& context_;
  const UserEdit& command_;
  const Plan& plan_;
  Decision& decision_;
  bool remembered_ = false;
};

void answer(const Context& context, Updated updated, Decision& decision) {
  if (answers_updated(context)) {
    decision.answer(context, std::move(updated));
  } else {
    acknowledge(context, Lsn(), decision);
  }
}

}  // namespace

void decide(const Context& context, const UserEdit& command, Decision& decision) {
  if (const state::RecentRequest* earlier = find_repeated(context); earlier != nullptr) {
    Updated again;
    if (command.new_node) again.secret_in = earlier->message;
    return answer(context, std::move(again), decision);
  }
  Plan plan;
  std::string error = make_plan(context, command, plan);
  if (!error.empty()) return refuse(context, std::move(error), decision);
  if (plan.added && !has_room(context, context.node, kAccountBytesMax + command.new_node->size())) {
    return refuse_for_now(context, "AddNode: queue full", kRetryAfterS, decision);
  }

  Edit edit(context, command, plan, decision);
  Updated updated;
  if (plan.added) {
    updated.secret = command.secret.text;
    updated.ordinal = edit.ordinal();
    edit.add_node();
  }
  if (command.new_alias) edit.add_alias();
  if (command.drop_alias) edit.end_alias();
  if (command.keep_node) edit.keep_node();
  answer(context, std::move(updated), decision);
  if (command.drop_node) edit.drop_node();  // last: the session that asks may end with it
}

}  // namespace mnm::ops
