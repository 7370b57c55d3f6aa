#include "daemon/admin_commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "base/text.h"
#include "daemon/admin_engine.h"
#include "daemon/admin_messages.h"
#include "daemon/admin_people.h"
#include "daemon/admin_sessions.h"
#include "state/views.h"

namespace mnm::daemon {
namespace {

using boost::json::object;

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

Result<object> digest(AdminEngine& engine) {
  return engine.look([](const state::Views& views) {
    return object{{"epoch", views.epoch().value()},
                  {"lsn", views.applied().value()},
                  {"digest", hex_encode(as_bytes(views.digest()))}};
  });
}

// For tools that look objects up in the checkpoint. How far it is they see there.
constexpr std::chrono::milliseconds kCheckpointWithin{2'000};

Result<object> checkpoint(const AdminPorts& ports) {
  if (ports.checkpoint(kCheckpointWithin)) return object{};
  return fail(ErrorCode::kUnavailable, "the checkpoint takes longer");
}

Result<object> receive_only(AdminEngine& engine, const object& request) {
  const auto* uid = request.if_contains("uid");
  const auto* on = request.if_contains("on");
  if (uid == nullptr || !uid->is_string() || on == nullptr || !on->is_bool()) {
    return fail(ErrorCode::kUsage, "receive-only needs \"uid\" and \"on\"");
  }
  const std::string name(uid->as_string());
  const auto done = engine.carry_out(ops::SetReceiveOnly{name, on->as_bool()}, peer_of(request));
  if (!done) return fail(done.error());
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
  const auto engine = std::make_shared<AdminEngine>(ports->inbox);
  const auto withdraws = [engine](ops::WithdrawHow how) {
    return [engine, how](const object& request) { return withdraw_message(*engine, how, request); };
  };
  return {
      {"status", [ports](const object&) { return status(*ports); }},
      {"heads-key", [ports](const object&) { return heads_key(*ports); }},
      {"heads-sign", [ports](const object&) { return heads_sign(*ports); }},
      {"checkpoint", [ports](const object&) { return checkpoint(*ports); }},
      {"sessions", [engine](const object& request) { return live_sessions(*engine, request); }},
      {"digest", [engine](const object&) { return digest(*engine); }},
      {"receive-only", [engine](const object& request) { return receive_only(*engine, request); }},
      {"scrub", [ports](const object&) { return scrub(*ports); }},
      {"user-show", [engine](const object& request) { return show_user(*engine, request); }},
      {"session-list", [engine](const object&) { return list_sessions(*engine); }},
      {"session-kick", [engine](const object& request) { return kick_sessions(*engine, request); }},
      {"node-drop", [engine](const object& request) { return drop_node(*engine, request); }},
      {"message-purge", withdraws(ops::WithdrawHow::kPurge)},
      {"message-recall", withdraws(ops::WithdrawHow::kRecall)},
  };
}

}  // namespace mnm::daemon
