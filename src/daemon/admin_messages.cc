#include "daemon/admin_messages.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "state/views.h"

namespace mnm::daemon {
namespace {

using boost::json::object;

constexpr std::size_t kReasonBytesMax = 1000;

}  // namespace

Result<std::string> text_of(const object& request, std::string_view name) {
  const auto* value = request.if_contains(name);
  if (value == nullptr || !value->is_string() || value->get_string().empty()) {
    return fail(ErrorCode::kUsage, fmt::format("the command needs a text \"{}\"", name));
  }
  return std::string(value->get_string());
}

std::string peer_of(const object& request) {
  const auto* peer = request.if_contains(kAdminPeerKey);
  return peer != nullptr && peer->is_string() ? std::string(peer->get_string()) : std::string();
}

Result<object> withdraw_message(AdminEngine& engine, ops::WithdrawHow how, const object& request) {
  const auto name = text_of(request, "msgid");
  if (!name) return fail(name.error());
  const auto reason = text_of(request, "reason");
  if (!reason) return fail(reason.error());
  const Lsn id = parse_message_id(*name);
  if (!id) return fail(ErrorCode::kUsage, *name + ": a message's id has 16 hex digits");
  if (reason->size() > kReasonBytesMax) {
    return fail(ErrorCode::kUsage, fmt::format("a reason has at most {} octets", kReasonBytesMax));
  }
  const auto copies = engine.look([id](const state::Views& views) -> std::uint64_t {
    const std::optional<state::Message> message = views.message(id);
    return message ? message->copies : 0;
  });
  if (!copies) return fail(copies.error());
  const auto done =
      engine.carry_out(ops::Withdraw{.id = id, .how = how, .reason = *reason}, peer_of(request));
  if (!done) return fail(done.error());
  return object{{"msgid", message_id(id)}, {"copies_ended", *copies}};
}

}  // namespace mnm::daemon
