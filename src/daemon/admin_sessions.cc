#include "daemon/admin_sessions.h"

#include <boost/json.hpp>

#include "ops/live_sessions.h"
#include "state/views.h"

namespace mnm::daemon {
namespace {

using boost::json::object;

constexpr std::size_t kSessionsMax = 100'000;  // in one answer

object describe(const state::Views& views, const ops::LiveSession& session) {
  return {{"session", session.id.value()},
          {"node", session.node.value()},
          {"uid", views.user(session.user).uid},
          {"ordinal", views.node(session.node).ordinal.value()},
          {"sent", session.counts.sent},
          {"acked", session.counts.acked},
          {"in_flight", session.in_flight.size()},
          {"in_flight_bytes", session.in_flight_bytes}};
}

}  // namespace

Result<object> live_sessions(AdminEngine& engine, const object& request) {
  const auto* node = request.if_contains("node");
  if (node != nullptr && !node->is_int64()) {
    return fail(ErrorCode::kUsage, "\"node\" is a node's number");
  }
  const auto only = node != nullptr ? static_cast<std::uint64_t>(node->get_int64()) : 0;
  return engine.look([only](const state::Views& views, const ops::LiveSessions& live) {
    boost::json::array found;
    live.for_each([&](const ops::LiveSession& session) {
      if ((only == 0 || session.node.value() == only) && found.size() < kSessionsMax) {
        found.push_back(describe(views, session));
      }
    });
    return object{
        {"lsn", views.applied().value()}, {"count", live.size()}, {"sessions", std::move(found)}};
  });
}

}  // namespace mnm::daemon
