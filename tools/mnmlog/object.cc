#include "mnmlog/object.h"

#include "common/terminal.h"
#include "mnmlog/event_view.h"

namespace mnm::mnmlog {
namespace {

std::string_view lane_name(state::Lane lane) {
  return lane == state::Lane::kUrgent ? "urgent" : "normal";
}

}  // namespace

std::string ObjectMaker::name(UserNo number) const {
  return reader_ == Reader::kPerson ? names_.user(number) : names_.uid(number);
}

std::string ObjectMaker::name(NodeNo number) const {
  return reader_ == Reader::kPerson ? names_.node(number) : names_.node_id(number);
}

std::string ObjectMaker::name(GroupNo number) const {
  return reader_ == Reader::kPerson ? names_.group(number) : names_.gid(number);
}

std::string ObjectMaker::text(const std::string& chosen) const {
  return reader_ == Reader::kPerson ? tools::escaped(chosen) : chosen;
}

Object ObjectMaker::log() const {
  return {"log",
          {},
          0,
          {{"epoch", std::uint64_t{views_.epoch().value()}},
           {"uptime_hours", views_.uptime_hours()},
           {"trimmed_lsn", views_.trimmed().value()}}};
}

Items ObjectMaker::groups_of(UserNo number) {
  if (groups_.empty()) {
    groups_.resize(views_.next_user().value());
    for (GroupNo group(1); group < views_.next_group(); group = next(group)) {
      for (const state::Member& member : views_.group(group).members) {
        groups_.at(member.user.value()).push_back(group);
      }
    }
  }
  Items items{"group", {}};
  for (const GroupNo group : groups_.at(number.value())) {
    const state::Member& member = *views_.group(group).member(number);
    if (member.status == event::MEMBER_NONE) continue;
    items.items.push_back(
        {name(group),
         {{"alias", text(member.alias)}, {"status", std::string(status_name(member.status))}}});
  }
  return items;
}

Object ObjectMaker::user(UserNo number) {
  const state::User& user = views_.user(number);
  Items aliases{"alias", {}};
  for (const state::Alias& alias : user.aliases) {
    aliases.items.push_back({text(alias.name), {{"once", alias.once}, {"retired", alias.retired}}});
  }
  Items nodes{"node", {}};
  for (const NodeNo node : user.nodes) nodes.items.push_back({name(node), {}});
  Items targets{"user", {}};
  for (const UserNo target : user.presence->targets) targets.items.push_back({name(target), {}});
  const state::Identity* identity = views_.identity(number);
  return {"user",
          name(number),
          number.value(),
          {{"uid", text(user.uid)},
           {"number", std::uint64_t{number.value()}},
           {"receive_only", user.receive_only},
           {"groups_made", std::uint64_t{user.groups_made}},
           {"issuer", identity != nullptr ? text(identity->issuer) : std::string()},
           {"nodes", nodes},
           {"aliases", aliases},
           {"groups", groups_of(number)},
           {"presence_targets", targets},
           {"ping_window_start_hours", user.pings.window_start_hours},
           {"pings_sent", std::uint64_t{user.pings.sent}},
           {"pings_failed", std::uint64_t{user.pings.failed}}}};
}

Object ObjectMaker::node(NodeNo number) const {
  const state::Node& node = views_.node(number);
  Items requests{"msgid", {}};
  for (const state::RecentRequest& request : node.requests) {
    requests.items.push_back({message_id(request.message), {}});
  }
  return {"node",
          name(number),
          number.value(),
          {{"user", name(node.user)},
           {"ordinal", std::uint64_t{node.ordinal.value()}},
           {"number", std::uint64_t{number.value()}},
           {"name", text(*node.name)},
           {"dropped", node.dropped},
           {"drop_due_uptime_hours", node.drop_due_hours},
           {"online", static_cast<bool>(node.session)},
           {"session", node.session.value()},
           {"seen", Time{node.seen_ns}},
           {"requests", requests}}};
}

Object ObjectMaker::queue(NodeNo number) const {
  const state::Queue& queue = views_.node(number).queue;
  Items messages{"msgid", {}};
  for (const state::Lane lane : state::kLanes) {
    for (const std::uint64_t id : queue.lane(lane).entries()) {
      Item item{message_id(Lsn(id)), {{"class", std::string(lane_name(lane))}}};
      if (const std::optional<state::Message> message = views_.message(Lsn(id))) {
        item.rest.emplace_back("kind", std::string(kind_name(message->kind)));
        if (message->sender) item.rest.emplace_back("from", name(message->sender));
        item.rest.emplace_back("data_bytes", message->data_bytes);
      }
      messages.items.push_back(std::move(item));
    }
  }
  return {"queue",
          name(number),
          number.value(),
          {{"waiting", std::uint64_t{queue.size()}},
           {"cost_bytes", queue.cost_bytes()},
           {"messages", messages}}};
}

Object ObjectMaker::group(GroupNo number) const {
  const state::Group& group = views_.group(number);
  Items members{"user", {}};
  for (const state::Member& member : group.members) {
    if (member.status == event::MEMBER_NONE) continue;
    members.items.push_back(
        {name(member.user),
         {{"alias", text(member.alias)}, {"status", std::string(status_name(member.status))}}});
  }
  return {
      "group",
      name(number),
      number.value(),
      {{"gid", text(group.gid)}, {"number", std::uint64_t{number.value()}}, {"members", members}}};
}

}  // namespace mnm::mnmlog
