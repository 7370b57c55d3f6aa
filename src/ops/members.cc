#include "ops/members.h"

#include "ops/store.h"

namespace mnm::ops {

void set_member(const Context& context, const MemberChange& change, bool creates,
                Decision& decision) {
  event::MemberSet& set = *decision.add(context).mutable_member_set();
  set.set_group(change.group.value());
  if (creates) set.set_gid(std::string(change.gid));
  set.set_user(change.user.value());
  set.set_alias(std::string(change.alias));
  set.set_status(change.status);
  set.set_act(std::string(change.act));
}

std::vector<NodeNo> joined_nodes(const Context& context, GroupNo group, UserNo without) {
  std::vector<NodeNo> nodes;
  for (const state::Member& member : context.views.group(group).members) {
    if (member.status != event::JOINED || member.user == without) continue;
    append_live_nodes(context.views, member.user, nodes);
  }
  return nodes;
}

void tell_members(const Context& context, const MemberChange& change, std::string_view new_alias,
                  std::vector<NodeNo> recipients, bool answers, Decision& decision) {
  NewMessage message;
  message.header.set_kind(message::MEMBER);
  message.header.set_gid(std::string(change.gid));
  message.header.set_act(std::string(change.act));
  message.header.set_alias(std::string(change.alias));
  message.header.set_new_alias(std::string(new_alias));
  message.recipients = std::move(recipients);
  message.answers_request = answers;
  store(context, std::move(message), decision);
}

}  // namespace mnm::ops
