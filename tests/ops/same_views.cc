#include "ops/same_views.h"

#include <fmt/format.h>

#include <tuple>
#include <utility>
#include <vector>

namespace mnm::ops {
namespace {

// The bindings name every field: whoever adds one to an object hears of it from the compiler.
auto fields(const state::Alias& alias) {
  const auto& [name, once, retired] = alias;
  return std::tie(name, once, retired);
}
auto fields(const state::RecentRequest& request) {
  const auto& [digest, message, posted_ns, session, at_hours] = request;
  return std::tie(digest, message, posted_ns, session, at_hours);
}
auto fields(const state::Member& member) {
  const auto& [user, alias, status] = member;
  return std::tie(user, alias, status);
}
auto fields(const state::PingCount& pings) {
  const auto& [window_start_hours, sent, failed] = pings;
  return std::tie(window_start_hours, sent, failed);
}
auto fields(const state::Identity& identity) {
  const auto& [issuer, subject] = identity;
  return std::tie(issuer, subject);
}
auto fields(const state::Queue& queue) {
  std::vector<std::uint64_t> ids;
  for (const state::Lane lane : state::kLanes) {
    for (const std::uint64_t id : queue.lane(lane).entries()) ids.push_back(id);
    ids.push_back(0);  // the lane's end
  }
  return std::make_pair(std::move(ids), queue.cost_bytes());
}
template <class Object>
auto fields(const std::vector<Object>& objects) {
  std::vector<decltype(fields(objects.front()))> all;
  all.reserve(objects.size());
  for (const Object& object : objects) all.push_back(fields(object));
  return all;
}
auto fields(const state::User& user) {
  const auto& [uid, nodes, aliases, receive_only, groups_made, pings, presence] = user;
  return std::make_tuple(std::tie(uid, nodes, receive_only, groups_made), fields(aliases),
                         fields(pings), std::tie(presence));
}
auto fields(const state::Node& node) {
  const auto& [user, ordinal, name, verifier, dropped, session, seen_ns, drop_due_hours,
               login_notice, requests, queue] = node;
  return std::make_tuple(std::tie(user, ordinal, name, verifier, dropped, session),
                         std::tie(seen_ns, drop_due_hours, login_notice), fields(requests),
                         fields(queue));
}
auto fields(const state::Group& group) {
  const auto& [gid, members] = group;
  return std::make_tuple(std::tie(gid), fields(members));
}
auto fields(const state::Message& message) {
  const auto& [copies, row_bytes, data_bytes, sender, at_hours, kind] = message;
  return std::tie(copies, row_bytes, data_bytes, sender, at_hours, kind);
}

// Both null, or alike.
template <class Object>
bool same(const Object* left, const Object* right) {
  if (left == nullptr || right == nullptr) return left == right;
  return fields(*left) == fields(*right);
}

bool same_messages(const state::Queue& queue, const state::Views& live, const state::Views& other) {
  for (const state::Lane lane : state::kLanes) {
    for (const std::uint64_t id : queue.lane(lane).entries()) {
      const std::optional<state::Message> left = live.message(Lsn(id));
      const std::optional<state::Message> right = other.message(Lsn(id));
      if (!same(left ? &*left : nullptr, right ? &*right : nullptr)) return false;
      if (live.message_extras(Lsn(id)) != other.message_extras(Lsn(id))) return false;
    }
  }
  return true;
}

auto clock_and_counts(const state::Views& views) {
  return std::make_tuple(views.applied(), views.epoch(), views.uptime_hours(), views.trimmed(),
                         views.next_user(), views.next_node(), views.next_group(),
                         views.message_count());
}

}  // namespace

std::string why_objects_differ(const state::Views& live, const state::Views& other) {
  if (clock_and_counts(live) != clock_and_counts(other)) return "clock or counts";
  for (UserNo user(1); user < live.next_user(); user = next(user)) {
    if (!same(&live.user(user), &other.user(user)) ||
        !same(live.identity(user), other.identity(user))) {
      return fmt::format("user {}", user.value());
    }
  }
  for (NodeNo node(1); node < live.next_node(); node = next(node)) {
    if (!same(&live.node(node), &other.node(node))) return fmt::format("node {}", node.value());
    if (!same_messages(live.node(node).queue, live, other)) {
      return fmt::format("a message for node {}", node.value());
    }
  }
  for (GroupNo group(1); group < live.next_group(); group = next(group)) {
    if (!same(&live.group(group), &other.group(group))) {
      return fmt::format("group {}", group.value());
    }
  }
  return live.pending_drops() == other.pending_drops() ? "" : "announced drops";
}

}  // namespace mnm::ops
