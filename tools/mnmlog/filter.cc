#include "mnmlog/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/terminal.h"
#include "mnmlog/event_view.h"

namespace mnm::mnmlog {
namespace {

using event::Event;

template <class Id, class Find>
Result<> look_up(const std::vector<std::string>& texts, std::string_view what, Find find,
                 std::set<Id>& out) {
  for (const std::string& text : texts) {
    const Id found = find(text);
    if (!found) return fail(ErrorCode::kNegative, fmt::format("no {} {}", what, text));
    out.insert(found);
  }
  return {};
}

bool names_user(const Event& event, const std::set<UserNo>& users) {
  const auto has = [&users](std::uint32_t number) { return users.contains(UserNo(number)); };
  if (has(event.actor().user())) return true;
  switch (event.fact_case()) {
    case Event::kRegistered:
      return has(event.registered().user());
    case Event::kNodeAdded:
      return has(event.node_added().user());
    case Event::kAliasAdded:
      return has(event.alias_added().user());
    case Event::kAliasRetired:
      return has(event.alias_retired().user());
    case Event::kMemberSet:
      return has(event.member_set().user());
    case Event::kReceiveOnlySet:
      return has(event.receive_only_set().user());
    case Event::kOhiEdited:
      return std::ranges::any_of(event.ohi_edited().targets(), has);
    case Event::kStored:
      return std::ranges::any_of(event.stored().targets(), [&has](const event::Target& target) {
        return has(target.user());
      });
    default:
      return false;
  }
}

template <class Deltas>
bool any_delta(const Deltas& deltas, const std::set<NodeNo>& nodes) {
  bool any = false;
  state::for_each_delta<NodeNo>(deltas, [&](NodeNo node) { any |= nodes.contains(node); });
  return any;
}

bool names_node(const Event& event, const std::set<NodeNo>& nodes) {
  const auto has = [&nodes](std::uint32_t number) { return nodes.contains(NodeNo(number)); };
  if (nodes.empty()) return false;
  if (has(event.actor().node())) return true;
  switch (event.fact_case()) {
    case Event::kRegistered:
      return has(event.registered().node());
    case Event::kNodeAdded:
      return has(event.node_added().node()) || has(event.node_added().copy_of());
    case Event::kNodeDropAnnounced:
      return has(event.node_drop_announced().node());
    case Event::kNodeDropVetoed:
      return has(event.node_drop_vetoed().node());
    case Event::kNodeDropped:
      return has(event.node_dropped().node());
    case Event::kStored:
      return any_delta(event.stored().recipients(), nodes) ||
             any_delta(event.stored().over_quota(), nodes);
    case Event::kExpired:
      return any_delta(event.expired().nodes(), nodes);
    case Event::kWithdrawn:
      return any_delta(event.withdrawn().nodes(), nodes);
    default:
      return false;
  }
}

bool names_group(const Event& event, const std::set<GroupNo>& groups) {
  const auto has = [&groups](std::uint32_t number) { return groups.contains(GroupNo(number)); };
  if (event.has_member_set()) return has(event.member_set().group());
  return event.has_stored() &&
         std::ranges::any_of(event.stored().targets(),
                             [&has](const event::Target& target) { return has(target.group()); });
}

bool names_message(Lsn lsn, const Event& event, const std::set<Lsn>& messages) {
  const auto has = [&messages](std::uint64_t id) { return messages.contains(Lsn(id)); };
  switch (event.fact_case()) {
    case Event::kStored:
      return messages.contains(lsn) || has(event.stored().post_id());
    case Event::kAcked:
      return std::ranges::any_of(event.acked().ids(), has);
    case Event::kExpired:
      return has(event.expired().id());
    case Event::kWithdrawn:
      return has(event.withdrawn().id());
    default:
      return false;
  }
}

}  // namespace

bool Filter::needs_names(const FilterOptions& options) {
  return !options.users.empty() || !options.groups.empty() || !options.nodes.empty() ||
         !options.where.empty() || !options.grep.empty();
}

Result<Filter> Filter::make(const FilterOptions& options, const Names& names, tools::Zone zone) {
  Filter filter;
  filter.names_ = &names;
  for (const std::string& op : options.ops) {
    if (!is_op_or_event_name(op)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--op {}: no such op or event; doc/mnmlog.md lists them", op));
    }
    filter.ops_.insert(op);
  }
  const auto user = [&](const std::string& text) { return names.find_user(text); };
  const auto group = [&](const std::string& text) { return names.find_group(text); };
  const auto node = [&](const std::string& text) { return names.find_node(text); };
  if (auto found = look_up(options.users, "user", user, filter.users_); !found) {
    return fail(found.error());
  }
  if (auto found = look_up(options.groups, "group", group, filter.groups_); !found) {
    return fail(found.error());
  }
  if (auto found = look_up(options.nodes, "node", node, filter.nodes_); !found) {
    return fail(found.error());
  }
  for (const UserNo each : filter.users_) {
    for (const NodeNo own : names.nodes_of(each)) filter.user_nodes_.insert(own);
  }
  if (Result<> added = filter.add_numbers(options); !added) return fail(added.error());
  if (!options.where.empty()) {
    Result<Where> where = Where::make(options.where, zone, tools::now_ns());
    if (!where) return fail(where.error());
    filter.where_ = std::move(*where);
  }
  if (!options.grep.empty()) {
    Result<Pattern> grep = Pattern::make(options.grep);
    if (!grep) return fail(ErrorCode::kUsage, "--grep: " + grep.error().text);
    filter.grep_ = std::move(*grep);
  }
  return filter;
}

Result<> Filter::add_numbers(const FilterOptions& options) {
  for (const std::string& text : options.messages) {
    const Lsn id = parse_message_id(text);
    if (!id) {
      return fail(ErrorCode::kUsage, fmt::format("--msgid {}: an id has 16 hex digits", text));
    }
    messages_.insert(id);
  }
  for (const std::string& text : options.sessions) {
    std::uint64_t session = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), session);
    if (error != std::errc() || end != text.data() + text.size()) {
      return fail(ErrorCode::kUsage, fmt::format("--session {}: not a number", text));
    }
    sessions_.insert(session);
  }
  return {};
}

std::vector<ops::Subject> Filter::subjects() const {
  std::vector<ops::Subject> subjects;
  std::set<UserNo> users = users_;
  // Different ones mean "and": one kind is enough.
  if (users.empty()) {
    for (const NodeNo node : nodes_) users.insert(names_->user_of(node));
  }
  if (users.contains(UserNo())) return {};  // a number that nobody has
  for (const UserNo user : users) {
    subjects.push_back(ops::Subject::acts(user));
    subjects.push_back(ops::Subject::gets(user));
  }
  if (!subjects.empty()) return subjects;
  for (const GroupNo group : groups_) subjects.push_back(ops::Subject::of(group));
  return subjects;
}

bool Filter::passes_op(const Event& event) const {
  return ops_.contains(event_name(event)) || ops_.contains(op_name(event));
}

bool Filter::passes(const EventView& view) {
  const Event& event = view.event;
  if (!ops_.empty() && !passes_op(event)) return false;
  if (!sessions_.empty() && !sessions_.contains(event.actor().session())) return false;
  if (!messages_.empty() && !names_message(view.lsn, event, messages_)) return false;
  if (!groups_.empty() && !names_group(event, groups_)) return false;
  if (!nodes_.empty() && !names_node(event, nodes_)) return false;
  if (!users_.empty() && !names_user(event, users_) && !names_node(event, user_nodes_)) {
    return false;
  }
  if (where_ && !where_->passes(view, *names_)) return false;
  return !grep_ || grep_->matches(actor_text(event, *names_) + " " + sentence(view, *names_));
}

}  // namespace mnm::mnmlog
