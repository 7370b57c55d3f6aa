#include "daemon/admin_commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <future>

#include "base/text.h"
#include "state/views.h"

namespace mnm::daemon {
namespace {

using boost::json::object;

constexpr std::chrono::seconds kEngineWithin{60};

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
  if (future.wait_for(kEngineWithin) != std::future_status::ready) {
    return fail(ErrorCode::kUnavailable, "the engine did not answer within a minute");
  }
  try {
    return future.get();
  } catch (const std::future_error&) {  // the engine's log failed, and it forgot what it had taken
    return fail(ErrorCode::kUnavailable, "the relay is ending");
  }
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
      {"scrub", [ports](const object&) { return scrub(*ports); }},
  };
}

}  // namespace mnm::daemon
