#include "daemon/admin_people.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <limits>

#include "daemon/admin_messages.h"
#include "state/views.h"

namespace mnm::daemon {
namespace {

using boost::json::array;
using boost::json::object;

object node_as_json(const state::Node& node) {
  object out{{"node", node.ordinal.value()},
             {"name", *node.name},
             {"connected", static_cast<bool>(node.session)},
             {"waiting", node.queue.size()},
             {"waiting_bytes", node.queue.cost_bytes()},
             {"last_seen_ns", node.seen_ns}};
  if (node.session) out["session"] = node.session.value();
  if (node.dropped) out["dropped"] = true;
  if (node.drop_due_hours != 0) out["drop_due_uptime_hours"] = node.drop_due_hours;
  return out;
}

object user_as_json(const state::Views& views, const state::User& user) {
  array nodes;
  for (const NodeNo number : user.nodes) nodes.push_back(node_as_json(views.node(number)));
  array aliases;
  for (const state::Alias& alias : user.aliases) {
    aliases.push_back(
        object{{"alias", alias.name}, {"once", alias.once}, {"retired", alias.retired}});
  }
  return {{"uid", user.uid},
          {"receive_only", user.receive_only},
          {"nodes", std::move(nodes)},
          {"aliases", std::move(aliases)}};
}

// 0 when it is absent.
Result<std::uint32_t> ordinal_of(const object& request) {
  const auto* node = request.if_contains("node");
  if (node == nullptr) return 0;
  if (!node->is_int64() || node->get_int64() < 0 ||
      node->get_int64() > std::numeric_limits<std::uint32_t>::max()) {
    return fail(ErrorCode::kUsage, "\"node\" is the number of one of the user's nodes");
  }
  return static_cast<std::uint32_t>(node->get_int64());
}

}  // namespace

Result<object> show_user(AdminEngine& engine, const object& request) {
  const auto uid = text_of(request, "uid");
  if (!uid) return fail(uid.error());
  auto shown = engine.look([uid = *uid](const state::Views& views) {
    const UserNo user = views.find_user(uid);
    return user ? user_as_json(views, views.user(user)) : object{};
  });
  if (shown && shown->empty()) {
    return fail(ErrorCode::kNegative, fmt::format("no user {}", *uid));
  }
  return shown;
}

Result<object> list_sessions(AdminEngine& engine) {
  return engine.look([](const state::Views& views) {
    array sessions;
    for (NodeNo number(1); number < views.next_node(); number = next(number)) {
      const state::Node& node = views.node(number);
      if (!node.session) continue;
      object session = node_as_json(node);
      session["uid"] = views.user(node.user).uid;
      sessions.push_back(std::move(session));
    }
    return object{{"sessions", std::move(sessions)}};
  });
}

Result<object> kick_sessions(AdminEngine& engine, const object& request) {
  const auto uid = text_of(request, "uid");
  if (!uid) return fail(uid.error());
  const auto ordinal = ordinal_of(request);
  if (!ordinal) return fail(ordinal.error());
  const auto done = engine.carry_out(ops::EndSessions{*uid, *ordinal}, peer_of(request));
  if (!done) return fail(done.error());
  return object{};
}

Result<object> drop_node(AdminEngine& engine, const object& request) {
  const auto uid = text_of(request, "uid");
  if (!uid) return fail(uid.error());
  const auto ordinal = ordinal_of(request);
  if (!ordinal) return fail(ordinal.error());
  const auto done = engine.carry_out(ops::DropNode{*uid, *ordinal}, peer_of(request));
  if (!done) return fail(done.error());
  return object{};
}

}  // namespace mnm::daemon
