// GroupInvite: a joined member invites the user whom an alias reaches; the first invitation makes
// the group, with its inviter joined. The invited get a text, the joined a word about it. To whom
// it goes may be a stranger, so it counts as a ping.
#include <fmt/format.h>

#include "base/canary.h"
#include "ops/lookalikes.h"
#include "ops/members.h"
#include "ops/ping_limit.h"
#include "ops/store.h"
#include "ops/undelivered.h"

namespace mnm::ops {
namespace {

struct Plan {
  GroupNo group;
  bool is_new = false;
  UserNo invitee;
  bool changes = true;  // false: it is invited already, under the alias that is on record
};

std::string plan_new_group(const Context& context, const GroupInvite& command, Plan& plan) {
  if (context.views.find_name(command.gid) != nullptr) {
    return fmt::format("GroupInvite: gid {} not available", command.gid);
  }
  if (!is_printable(command.gid)) {
    return fmt::format("GroupInvite: invalid string '{}'", command.gid);
  }
  if (context.lookalikes != nullptr &&
      context.lookalikes->taken_by_another(command.gid, UserNo())) {
    return fmt::format("GroupInvite: gid {} looks like a name that is taken", command.gid);
  }
  if (plan.invitee == context.user) {
    return fmt::format("GroupInvite: iAlias {} already joined", command.to);
  }
  if (context.own_user().groups_made >= context.limits.groups_max &&
      !MNM_CANARY("group-quota-ignored")) {
    return fmt::format("GroupInvite: Exceeds {} groups", context.limits.groups_max);
  }
  plan.is_new = true;
  plan.group = context.views.next_group();
  return {};
}

std::string plan_member(const Context& context, const GroupInvite& command, Plan& plan) {
  const state::Group& group = context.views.group(plan.group);
  const state::Member* inviter = group.member(context.user);
  if (inviter == nullptr ||
      (inviter->status != event::JOINED && !MNM_CANARY("invited-may-invite"))) {
    return fmt::format("GroupInvite: iByUid {} not a member", context.own_user().uid);
  }
  const state::Member* member = group.member(plan.invitee);
  if (member == nullptr) {
    if (group.members.size() < context.limits.members_max) return {};
    return fmt::format("GroupInvite: Exceeds {} members", context.limits.members_max);
  }
  if (member->status == event::JOINED) {
    return fmt::format("GroupInvite: iAlias {} already joined", command.to);
  }
  plan.changes = member->status != event::INVITED;
  return {};
}

std::string make_plan(const Context& context, const GroupInvite& command, Plan& plan) {
  if (command.gid.size() < kAliasBytesMin) return "gid must be 8+ characters";
  if (!has_alias(context.views, context.user, command.from)) {
    return fmt::format("GroupInvite: iByAlias {} not for iByUid {}", command.from,
                       context.own_user().uid);
  }
  plan.invitee = context.views.find_alias(command.to);
  if (!plan.invitee) return fmt::format("GroupInvite: iAlias {} not found", command.to);
  plan.group = context.views.find_group(command.gid);
  return plan.group ? plan_member(context, command, plan) : plan_new_group(context, command, plan);
}

Lsn store_invite(const Context& context, const GroupInvite& command, const Plan& plan,
                 Decision& decision) {
  NewMessage message;
  message.header.set_kind(message::INVITE);
  message.header.set_gid(command.gid);
  message.header.set_alias(command.from);
  message.header.set_to(command.to);
  message.recipients = other_nodes(context);
  append_live_nodes(context.views, plan.invitee, message.recipients);
  message.body = &command.text;
  message.counts_as_ping = true;
  message.answers_request = true;
  const Lsn id = store(context, std::move(message), decision);
  return_if_full(context, id, without_room(context, decision), decision);
  return id;
}

}  // namespace

void decide(const Context& context, const GroupInvite& command, Decision& decision) {
  if (answer_repeated(context, decision)) return;
  if (context.own_user().receive_only) {
    return refuse(context, std::string(kReceiveOnlyError), decision);
  }
  if (refused_by_ping_limit(context, decision)) return;
  Plan plan;
  std::string error = make_plan(context, command, plan);
  if (!error.empty()) return refuse_ping(context, std::move(error), decision);

  MemberChange change{.group = plan.group,
                      .gid = command.gid,
                      .user = context.user,
                      .alias = command.from,
                      .status = event::JOINED,
                      .act = "invite"};
  if (plan.is_new) set_member(context, change, true, decision);
  change.user = plan.invitee;
  change.alias = command.to;
  change.status = event::INVITED;
  if (plan.changes) set_member(context, change, false, decision);
  const Lsn id = store_invite(context, command, plan, decision);
  auto joined = plan.is_new ? live_nodes(context.views, context.user)
                            : joined_nodes(context, plan.group, UserNo());
  tell_members(context, change, {}, std::move(joined), false, decision);
  use_alias(context, command.to, decision);
  acknowledge(context, id, decision);
}

}  // namespace mnm::ops
