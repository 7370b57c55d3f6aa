#include "daemon/admin_commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <future>

#include "base/text.h"
#include "ops/live_sessions.h"
#include "state/views.h"

namespace mnm::daemon {
namespace {

using boost::json::object;

constexpr std::chrono::seconds kEngineWithin{60};

template <class Answer>
Result<Answer> await(std::future<Answer>& future) {
  if (future.wait_for(kEngineWithin) != std::future_status::ready) {
    return fail(ErrorCode::kUnavailable, "the engine did not answer within a minute");
  }
  try {
    return future.get();
  } catch (const std::future_error&) {  // the engine's log failed, and it forgot what it had taken
    return fail(ErrorCode::kUnavailable, "the relay is ending");
  }
}

// Has the engine look at its views, after `first` if that is given, and waits for it.
template <class Answer>
Result<Answer> ask_engine(ops::Inbox& inbox, std::function<Answer(const state::Views&)> look,
                          std::vector<ops::Request> first = {}) {
  auto promise = std::make_shared<std::promise<Answer>>();
  auto future = promise->get_future();
  first.push_back(
      {.command = ops::Inspect{[promise = std::move(promise), look](const state::Views& views) {
         promise->set_value(look(views));
       }}});
  for (ops::Request& request : first) {
    if (inbox.offer(std::move(request)) == ops::Inbox::Offer::kClosed) {
      return fail(ErrorCode::kUnavailable, "the relay is ending");
    }
  }
  return await(future);
}

Result<object> status(const AdminPorts& ports) {
  const log::Position durable = ports.log.durable();
  object out{{"version", ports.version},
             {"pid", ::getpid()},
             {"boot_id", hex_encode(ports.boot_id)},
             {"epoch", durable.epoch.value()},
             {"lsn", durable.lsn.value()},
             {"links", ports.links()},
             {"disk_low", ports.disk_low()}};
  boost::json::array addresses;
  for (const std::string& address : ports.addresses) addresses.emplace_back(address);
  out["addresses"] = std::move(addresses);
  return out;
}

Result<object> digest(const AdminPorts& ports) {
  return ask_engine<object>(ports.inbox, [](const state::Views& views) {
    return object{{"epoch", views.epoch().value()},
                  {"lsn", views.applied().value()},
                  {"digest", hex_encode(as_bytes(views.digest()))}};
  });
}

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

// Of all nodes, or of the one whose number is given.
Result<object> sessions(const AdminPorts& ports, const object& request) {
  const auto* node = request.if_contains("node");
  std::uint64_t only = 0;
  if (node != nullptr) {
    if (!node->is_int64()) return fail(ErrorCode::kUsage, "\"node\" is a node's number");
    only = static_cast<std::uint64_t>(node->get_int64());
  }
  auto promise = std::make_shared<std::promise<object>>();
  auto future = promise->get_future();
  ops::Inspect inspect;
  inspect.look_at_sessions = [promise = std::move(promise), only](const state::Views& views,
                                                                  const ops::LiveSessions& live) {
    boost::json::array found;
    live.for_each([&](const ops::LiveSession& session) {
      if ((only == 0 || session.node.value() == only) && found.size() < kSessionsMax) {
        found.push_back(describe(views, session));
      }
    });
    promise->set_value(
        {{"lsn", views.applied().value()}, {"count", live.size()}, {"sessions", std::move(found)}});
  };
  if (ports.inbox.offer({.command = std::move(inspect)}) == ops::Inbox::Offer::kClosed) {
    return fail(ErrorCode::kUnavailable, "the relay is ending");
  }
  return await(future);
}

// For tools that look objects up in the checkpoint. How far it is they see there.
constexpr std::chrono::milliseconds kCheckpointWithin{2'000};

Result<object> checkpoint(const AdminPorts& ports) {
  if (ports.checkpoint(kCheckpointWithin)) return object{};
  return fail(ErrorCode::kUnavailable, "the checkpoint takes longer");
}

Result<object> receive_only(const AdminPorts& ports, const object& request) {
  const auto* uid = request.if_contains("uid");
  const auto* on = request.if_contains("on");
  if (uid == nullptr || !uid->is_string() || on == nullptr || !on->is_bool()) {
    return fail(ErrorCode::kUsage, "receive-only needs \"uid\" and \"on\"");
  }
  const std::string name(uid->as_string());
  std::vector<ops::Request> first;
  first.push_back({.command = ops::SetReceiveOnly{name, on->as_bool()}});
  const auto found = ask_engine<bool>(
      ports.inbox,
      [name](const state::Views& views) { return static_cast<bool>(views.find_user(name)); },
      std::move(first));
  if (!found) return fail(found.error());
  if (!*found) return fail(ErrorCode::kNegative, fmt::format("no user {}", name));
  return object{{"uid", name}, {"receive_only", on->as_bool()}};
}

Result<object> scrub(const AdminPorts& ports) {
  if (auto done = ports.scrub(); !done) return fail(done.error());
  return object{};
}

Result<object> heads_key(const AdminPorts& ports) {
  std::string_view line = ports.heads_key;
  if (line.ends_with('\n')) line.remove_suffix(1);
  return object{{"key", line}};
}

Result<object> heads_sign(const AdminPorts& ports) {
  const Result<log::Head> head = ports.sign_head();
  if (!head) return fail(head.error());
  return object{{"head", head->number},
                {"epoch", head->position.epoch.value()},
                {"lsn", head->position.lsn.value()},
                {"records", head->records}};
}

}  // namespace

std::map<std::string, AdminCommand> admin_commands(AdminPorts given) {
  const auto ports = std::make_shared<const AdminPorts>(std::move(given));
  return {
      {"status", [ports](const object&) { return status(*ports); }},
      {"digest", [ports](const object&) { return digest(*ports); }},
      {"receive-only", [ports](const object& request) { return receive_only(*ports, request); }},
      {"heads-key", [ports](const object&) { return heads_key(*ports); }},
      {"heads-sign", [ports](const object&) { return heads_sign(*ports); }},
      {"checkpoint", [ports](const object&) { return checkpoint(*ports); }},
      {"sessions", [ports](const object& request) { return sessions(*ports, request); }},
      {"scrub", [ports](const object&) { return scrub(*ports); }},
  };
}

}  // namespace mnm::daemon
