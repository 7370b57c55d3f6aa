// GroupEdit: joining a group, changing the alias one has in it, and leaving or dropping others. All
// of it is repeatable. Who is barred stays so until a member invites it again.
#include <fmt/format.h>

#include "base/canary.h"
#include "ops/members.h"
#include "ops/store.h"

namespace mnm::ops {
namespace {

struct Plan {
  std::string error;
  MemberChange change;
  std::string new_alias;        // shown in the message: alias
  bool changes = true;          // false: it is so already
  std::vector<NodeNo> tell_to;  // the joined members after the change, and who was dropped
};

bool may_use(const Context& context, const state::Member& member, const std::string& alias) {
  return member.alias == alias || has_alias(context.views, context.user, alias);
}

void plan_join(const Context& context, const GroupEdit& command, const state::Group& group,
               Plan& plan) {
  const std::string& uid = context.own_user().uid;
  const state::Member* member = group.member(context.user);
  if (member == nullptr || (member->status == event::BARRED && !MNM_CANARY("barred-may-join"))) {
    plan.error = fmt::format("GroupJoin: iUid {} not invited", uid);
    return;
  }
  const bool renames = !command.new_alias.empty();
  if (renames && !may_use(context, *member, command.new_alias)) {
    plan.error = fmt::format("GroupJoin: iNewAlias {} not for iUid {}", command.new_alias, uid);
    return;
  }
  plan.change.alias = renames ? std::string_view(command.new_alias) : member->alias;
  plan.change.status = event::JOINED;
  plan.changes = member->status != event::JOINED || member->alias != plan.change.alias;
  plan.tell_to = joined_nodes(context, plan.change.group, context.user);
  append_live_nodes(context.views, context.user, plan.tell_to);
}

void plan_alias(const Context& context, const GroupEdit& command, const state::Group& group,
                Plan& plan) {
  const std::string& uid = context.own_user().uid;
  const state::Member* member = group.member(context.user);
  if (member == nullptr || member->status != event::JOINED) {
    plan.error = fmt::format("GroupAlias: iUid {} not a member", uid);
    return;
  }
  if (!may_use(context, *member, command.new_alias)) {
    plan.error = fmt::format("GroupAlias: iNewAlias {} not for iUid {}", command.new_alias, uid);
    return;
  }
  plan.change.alias = member->alias;
  plan.change.status = event::JOINED;
  plan.new_alias = command.new_alias;
  plan.changes = member->alias != command.new_alias;
  plan.tell_to = joined_nodes(context, plan.change.group, UserNo());
}

// The member whose recorded alias it is, though the alias itself may have ended since.
const state::Member* member_of_alias(const Context& context, const state::Group& group,
                                     const std::string& alias) {
  const state::NameOwner* owner = context.views.find_name(alias);
  if (owner == nullptr || !owner->user) return nullptr;
  const state::Member* member = group.member(owner->user);
  return member != nullptr && member->alias == alias ? member : nullptr;
}

void plan_drop(const Context& context, const GroupEdit& command, const state::Group& group,
               Plan& plan) {
  const state::Member* member = member_of_alias(context, group, command.to);
  if (member == nullptr) {
    plan.error = fmt::format("GroupQuit: iAlias {} not a member", command.to);
    return;
  }
  const bool oneself = member->user == context.user;
  const state::Member* actor = group.member(context.user);
  const bool may = actor != nullptr &&
                   (actor->status == event::JOINED || (oneself && actor->status == event::INVITED));
  if (!may) {
    plan.error = fmt::format("GroupQuit: iByUid {} not a member", context.own_user().uid);
    return;
  }
  plan.change.user = member->user;
  plan.change.alias = member->alias;
  plan.change.status = oneself ? event::INVITED : event::BARRED;
  plan.changes = member->status != plan.change.status;
  plan.tell_to = joined_nodes(context, plan.change.group, member->user);
  append_live_nodes(context.views, member->user, plan.tell_to);
}

Plan make_plan(const Context& context, const GroupEdit& command) {
  Plan plan;
  const auto missing = [&](std::string_view call) {
    return fmt::format("{}: iGid {} not found", call, command.gid);
  };
  plan.change.gid = command.gid;
  plan.change.user = context.user;
  plan.change.group = context.views.find_group(command.gid);
  const bool found = static_cast<bool>(plan.change.group);
  const state::Group& group = context.views.group(plan.change.group);
  switch (command.act) {
    case GroupAct::kJoin:
      plan.change.act = "join";
      found ? plan_join(context, command, group, plan) : void(plan.error = missing("GroupJoin"));
      break;
    case GroupAct::kAlias:
      plan.change.act = "alias";
      found ? plan_alias(context, command, group, plan) : void(plan.error = missing("GroupAlias"));
      break;
    case GroupAct::kDrop:
      plan.change.act = "drop";
      found ? plan_drop(context, command, group, plan) : void(plan.error = missing("GroupQuit"));
      break;
  }
  return plan;
}

}  // namespace

void decide(const Context& context, const GroupEdit& command, Decision& decision) {
  if (find_repeated(context) != nullptr) return acknowledge(context, Lsn(), decision);
  Plan plan = make_plan(context, command);
  if (!plan.error.empty()) return refuse(context, std::move(plan.error), decision);
  if (plan.changes) {
    MemberChange change = plan.change;
    if (!plan.new_alias.empty()) change.alias = plan.new_alias;
    set_member(context, change, false, decision);
  }
  tell_members(context, plan.change, plan.new_alias, std::move(plan.tell_to), true, decision);
  acknowledge(context, Lsn(), decision);
}

}  // namespace mnm::ops
