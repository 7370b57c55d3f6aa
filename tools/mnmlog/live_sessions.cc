#include "mnmlog/live_sessions.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "common/admin_client.h"

namespace mnm::mnmlog {
namespace {

constexpr int kWithinMs = 5'000;

std::uint64_t number(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  boost::json::error_code failed;
  const auto found =
      value != nullptr && value->is_number() ? value->to_number<std::uint64_t>(failed) : 0;
  return failed ? 0 : found;
}

}  // namespace

std::optional<LiveSessions> ask_live_sessions(const std::string& directory, NodeNo only) {
  const std::string request = only ? fmt::format(R"({{"cmd":"sessions","node":{}}})", only.value())
                                   : R"({"cmd":"sessions"})";
  const Result<std::string> reply = tools::ask_admin(directory, request, kWithinMs);
  if (!reply) return std::nullopt;
  boost::json::error_code failed;
  const boost::json::value parsed = boost::json::parse(*reply, failed);
  const auto* object = failed ? nullptr : parsed.if_object();
  const auto* list = object != nullptr ? object->if_contains("sessions") : nullptr;
  if (list == nullptr || !list->is_array()) return std::nullopt;
  LiveSessions sessions;
  for (const boost::json::value& each : list->get_array()) {
    const auto* session = each.if_object();
    if (session == nullptr) continue;
    sessions[NodeNo(static_cast<std::uint32_t>(number(*session, "node")))] = {
        .session = SessionId(number(*session, "session")),
        .sent = number(*session, "sent"),
        .acked = number(*session, "acked"),
        .in_flight = number(*session, "in_flight"),
        .in_flight_bytes = number(*session, "in_flight_bytes")};
  }
  return sessions;
}

}  // namespace mnm::mnmlog
