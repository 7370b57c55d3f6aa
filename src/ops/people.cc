// Who is who: nodes, presence, aliases, and the recipients of a post.
#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>

#include "base/canary.h"
#include "ops/lookalikes.h"
#include "ops/store.h"

namespace mnm::ops {

void append_live_nodes(const state::Views& views, UserNo user, std::vector<NodeNo>& out) {
  for (const NodeNo number : views.user(user).nodes) {
    if (!views.node(number).dropped) out.push_back(number);
  }
}

std::vector<NodeNo> live_nodes(const state::Views& views, UserNo user) {
  std::vector<NodeNo> nodes;
  append_live_nodes(views, user, nodes);
  return nodes;
}

void append_other_nodes(const Context& context, std::vector<NodeNo>& out) {
  for (const NodeNo number : context.own_user().nodes) {
    if (number != context.node && !context.views.node(number).dropped) out.push_back(number);
  }
}

std::vector<NodeNo> other_nodes(const Context& context) {
  std::vector<NodeNo> nodes;
  append_other_nodes(context, nodes);
  return nodes;
}

void tell_presence(const Context& context, UserNo user, UserNo target, std::uint32_t status,
                   Decision& decision) {
  for (const NodeNo number : context.views.user(target).nodes) {
    const SessionId session = context.views.node(number).session;
    if (session) decision.tell(session, Ohi{context.views.user(user).uid, status});
  }
}

namespace {

// Tells those who saw the node's user if no other of its nodes shows presence.
void tell_gone(const Context& context, NodeNo node, std::span<const NodeNo> gone,
               Decision& decision) {
  if (MNM_CANARY("gone-not-told")) return;
  const UserNo number = context.views.node(node).user;
  const state::User& user = context.views.user(number);
  const auto& showing = user.presence->nodes;
  if (!std::ranges::binary_search(showing, node)) return;
  const auto stays = [&](NodeNo other) {
    return other != node && std::ranges::find(gone, other) == gone.end();
  };
  if (std::ranges::any_of(showing, stays)) return;
  for (const UserNo target : user.presence->targets)
    tell_presence(context, number, target, 2, decision);
}

}  // namespace

void end_session(const Context& context, NodeNo number, std::string_view reason, Decision& decision,
                 std::span<const NodeNo> gone) {
  const state::Node& node = context.views.node(number);
  const SessionCounts counts = context.sessions.counts(node.session);
  tell_gone(context, number, gone, decision);
  event::Event& event = decision.add(context);
  // The session's own, whoever ends it.
  event::Actor& actor = *event.mutable_actor();
  actor.Clear();
  actor.set_user(node.user.value());
  actor.set_node(number.value());
  actor.set_session(node.session.value());
  if (const Origin* origin = context.sessions.origin(node.session); origin != nullptr) {
    actor.set_transport(origin->transport);
    actor.set_peer(origin->peer);
  }
  event::SessionEnded& ended = *event.mutable_session_ended();
  ended.set_reason(std::string(reason));
  ended.set_sent(counts.sent);
  ended.set_acked(counts.acked);
  ended.set_left(node.queue.size());
  ended.set_pulses(counts.pulses);
  ended.set_stray_acks(counts.stray_acks);
  ended.set_no_change(counts.no_change);
}

bool has_alias(const state::Views& views, UserNo user, std::string_view alias) {
  return user && views.find_alias(alias) == user;
}

std::string why_not_alias(const Context& context, UserNo user, std::string_view alias) {
  if (alias.size() < kAliasBytesMin) return "newalias must be 8+ characters";
  if (const state::NameOwner* owner = context.views.find_name(alias); owner != nullptr) {
    if (owner->group) return fmt::format("AddAlias: alias {} not available", alias);
    if (owner->user == user && !owner->retired) return {};
    return fmt::format("AddAlias: alias {} already taken", alias);
  }
  if (!is_printable(alias)) return fmt::format("AddAlias: invalid string '{}'", alias);
  if (context.lookalikes != nullptr && !MNM_CANARY("lookalike-given") &&
      context.lookalikes->taken_by_another(alias, user)) {
    return fmt::format("AddAlias: alias {} looks like one that is taken", alias);
  }
  if (user && context.views.user(user).aliases.size() >= context.limits.aliases_max) {
    return fmt::format("AddAlias: Exceeds {} aliases", context.limits.aliases_max);
  }
  return {};
}

void use_alias(const Context& context, std::string_view alias, Decision& decision) {
  const state::NameOwner* owner = context.views.find_name(alias);
  if (owner == nullptr || !owner->once || owner->retired || MNM_CANARY("once-not-retired")) return;
  event::AliasRetired& retired = *decision.add(context).mutable_alias_retired();
  retired.set_user(owner->user.value());
  retired.set_alias(std::string(alias));
  retired.set_used(true);
}

bool is_printable(std::string_view text) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t code = 0;
    const utf8proc_ssize_t octets = utf8proc_iterate(at, left, &code);
    if (octets <= 0) return false;
    const utf8proc_category_t category = utf8proc_category(code);
    const bool shows = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_SO;
    if (!shows && code != ' ') return false;
    at += octets;
    left -= octets;
  }
  return true;
}

namespace {

bool is_uid_text(std::string_view uid) {
  return std::ranges::all_of(uid, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '%';
  });
}

}  // namespace

std::string why_not_user(const state::Views& views, std::string_view uid) {
  if (!is_uid_text(uid)) return fmt::format("fetchUser: invalid string '{}'", uid);
  if (!views.find_user(uid)) return fmt::format("OpenNodes: iUid {} not found", uid);
  return {};
}

namespace {

void add_user(const Context& context, UserNo user, Resolved& resolved) {
  if (user == context.user) {
    resolved.sender_named = true;
  } else {
    append_live_nodes(context.views, user, resolved.nodes);
  }
}

std::string resolve_user(const Context& context, const Target& target, Resolved& resolved) {
  const UserNo user = context.views.find_user(target.id);
  if (!user) return why_not_user(context.views, target.id);
  add_user(context, user, resolved);
  resolved.targets.emplace_back().set_user(user.value());
  return {};
}

std::string resolve_group(const Context& context, const Target& target, Resolved& resolved) {
  const GroupNo number = context.views.find_group(target.id);
  if (!number) return fmt::format("GroupGetUsers: iGid {} not found", target.id);
  const state::Group& group = context.views.group(number);
  const state::Member* sender = group.member(context.user);
  if (sender == nullptr || (sender->status == event::BARRED && !MNM_CANARY("barred-may-post"))) {
    return fmt::format("GroupGetUsers: iByUid {} not a member", context.own_user().uid);
  }
  const bool exclude_self = target.type == TargetType::kGroupWithoutSelf;
  // A large group that is named many times must not cost more than one.
  const auto same = [&](const event::Target& earlier) {
    return earlier.group() == number.value() && earlier.exclude_self() == exclude_self;
  };
  if (std::ranges::any_of(resolved.targets, same)) return {};
  for (const state::Member& member : group.members) {
    if (MNM_CANARY("copy-to-barred") && member.status == event::BARRED)
      add_user(context, member.user, resolved);
    if (MNM_CANARY("copy-to-invited") && member.status == event::INVITED)
      add_user(context, member.user, resolved);
    if (member.status != event::JOINED) continue;
    if (member.user == context.user && exclude_self) continue;
    add_user(context, member.user, resolved);
  }
  event::Target& named = resolved.targets.emplace_back();
  named.set_group(number.value());
  named.set_exclude_self(exclude_self);
  return {};
}

}  // namespace

Resolved resolve(const Context& context, const std::vector<Target>& to) {
  Resolved resolved;
  resolved.nodes.reserve(to.size());
  resolved.targets.reserve(to.size());
  for (const Target& target : to) {
    resolved.error = target.type == TargetType::kUser ? resolve_user(context, target, resolved)
                                                      : resolve_group(context, target, resolved);
    if (!resolved.error.empty()) break;
  }
  return resolved;
}

}  // namespace mnm::ops
