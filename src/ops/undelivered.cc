#include "ops/undelivered.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "base/canary.h"
#include "ops/store.h"

namespace mnm::ops {
namespace {

struct Copy {
  Lsn id;
  NodeNo node;
  friend auto operator<=>(const Copy&, const Copy&) = default;
};

bool holds(const std::vector<NodeNo>& sorted, NodeNo node) {
  return std::ranges::binary_search(sorted, node);
}

// The copies of `ids` (ascending), by id and node. One walk over the fronts of all queues.
std::vector<Copy> copies_of(const state::Views& views, const std::vector<Lsn>& ids,
                            const std::vector<NodeNo>& dropped) {
  std::vector<Copy> copies;
  for (NodeNo node(1); node < views.next_node(); node = next(node)) {
    if (holds(dropped, node)) continue;
    for (const std::uint64_t value :
         views.node(node).queue.lane(state::lane_of(message::DELIVERY)).entries()) {
      if (value > ids.back().value()) break;
      if (std::ranges::binary_search(ids, Lsn(value))) copies.push_back({Lsn(value), node});
    }
  }
  std::ranges::sort(copies);
  return copies;
}

// As many of them as one tick returns: bounded in messages, and in their copies, since all that it
// returns is one record.
void bound(const state::Views& views, std::vector<Lsn>& ids) {
  std::size_t kept = 0;
  for (std::size_t copies = 0;
       kept < ids.size() && kept < kReturnsPerTickMax && copies < kTurnNodesMax; ++kept) {
    copies += views.message(ids[kept])->copies;
  }
  ids.resize(kept);
}

// One message's copies end.
void expire(const Context& context, std::span<const Copy> copies,
            const std::vector<NodeNo>& dropped, Decision& decision) {
  const Lsn id = copies.front().id;
  const std::string reason =
      fmt::format("not delivered within {} hours", context.limits.undelivered_hours);
  std::vector<NodeNo> nodes;
  for (const Copy& copy : copies) nodes.push_back(copy.node);
  event::Expired& expired = *decision.add(context).mutable_expired();
  expired.set_id(id.value());
  state::put_deltas(nodes, expired.mutable_nodes());
  expired.set_reason(reason);
  return_post(context, context.views.message(id).value().sender, id,
              unreached_users(context.views, id, nodes), reason, dropped, decision);
}

}  // namespace

std::vector<UserNo> unreached_users(const state::Views& views, Lsn id,
                                    const std::vector<NodeNo>& nodes) {
  const UserNo sender = views.message(id).value().sender;
  const std::vector<UserNo>& had_by = views.message_extras(id).had_by;
  std::set<UserNo> unreached;
  for (const NodeNo node : nodes) {
    const UserNo user = views.node(node).user;
    const bool has_it = user == sender || std::ranges::binary_search(had_by, user);
    if (!has_it) unreached.insert(user);
  }
  return {unreached.begin(), unreached.end()};
}

void return_post(const Context& context, UserNo sender, Lsn post,
                 const std::vector<UserNo>& unreached, std::string_view reason,
                 const std::vector<NodeNo>& without, Decision& decision) {
  std::vector<NodeNo> nodes = live_nodes(context.views, sender);
  std::erase_if(nodes, [&](NodeNo node) { return holds(without, node); });
  for (std::size_t at = 0; at < unreached.size(); at += kReturnedUsersMax) {
    NewMessage message;
    message.header.set_kind(message::UNDELIVERED);
    message.header.set_info(std::string(reason));
    const std::size_t end = std::min(unreached.size(), at + kReturnedUsersMax);
    for (std::size_t i = at; i < end; ++i) {
      message.header.add_for_uids(context.views.user(unreached[i]).uid);
    }
    message.recipients = nodes;
    message.post_id = post;
    store(context, std::move(message), decision);
  }
}

std::set<UserNo> without_room(const Context& context, const Decision& decision) {
  const event::Stored& stored = decision.events.back()->stored();
  if (stored.over_quota_size() == 0 || MNM_CANARY("full-queue-untold")) return {};
  std::set<UserNo> full;
  const auto user_of = [&](NodeNo node) { return context.views.node(node).user; };
  state::for_each_delta<NodeNo>(stored.over_quota(),
                                [&](NodeNo node) { full.insert(user_of(node)); });
  state::for_each_delta<NodeNo>(stored.recipients(),
                                [&](NodeNo node) { full.erase(user_of(node)); });
  full.erase(context.user);
  return full;
}

void return_if_full(const Context& context, Lsn id, const std::set<UserNo>& full,
                    Decision& decision) {
  return_post(context, context.user, id, {full.begin(), full.end()}, "queue full", {}, decision);
}

void expire_posts(const Context& context, std::uint64_t uptime_hours,
                  const std::vector<NodeNo>& dropped, Decision& decision) {
  const std::uint64_t hours = context.limits.undelivered_hours;
  if (hours == 0 || uptime_hours < hours) return;
  std::vector<Lsn> ids = context.views.messages_until(message::DELIVERY, uptime_hours - hours);
  if (ids.empty()) return;
  bound(context.views, ids);
  const std::vector<Copy> copies = copies_of(context.views, ids, dropped);
  for (auto first = copies.begin(); first != copies.end();) {
    const Lsn id = first->id;
    const auto last = std::find_if(first, copies.end(), [id](Copy copy) { return copy.id != id; });
    expire(context, {first, last}, dropped, decision);
    first = last;
  }
}

}  // namespace mnm::ops
