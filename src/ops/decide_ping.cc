// Ping: a short text to the user whom an alias reaches. Strangers may send one, so how many, and
// how many that reach nobody, is limited.
#include <fmt/format.h>

#include "ops/store.h"

namespace mnm::ops {
namespace {

constexpr const char* kPingLimit = "ping limit reached";

bool limit_reached(const Context& context) {
  const state::PingCount& pings = context.own_user().pings;
  const bool same_window =
      context.views.uptime_hours() < pings.window_start_hours + state::kPingWindowHours;
  return same_window && (pings.sent >= context.limits.pings_max ||
                         pings.failed >= context.limits.failed_pings_max);
}

// In either dialect an error like any other, though it passes with the window: a client that kept
// repeating would gain nothing.
void refuse_by_limit(const Context& context, Decision& decision) {
  log_refusal(context, kPingLimit, {}, true, decision);
  decision.answer(
      context,
      Acknowledged{.op = op_of(context.request), .id = context.request.id, .error = kPingLimit});
}

// Always logged, whatever the budget of refusals: what isn't in the log isn't counted, and aliases
// could be guessed for ever. The limit itself bounds it.
void refuse_ping(const Context& context, std::string error, Decision& decision) {
  refuse(context, std::move(error), decision);
  decision.refused = false;
}

}  // namespace

void decide(const Context& context, const Ping& command, Decision& decision) {
  if (answer_repeated(context, decision)) return;
  if (context.own_user().receive_only) {
    return refuse(context, std::string(kReceiveOnlyError), decision);
  }
  if (limit_reached(context)) return refuse_by_limit(context, decision);
  if (!has_alias(context.views, context.user, command.from)) {
    return refuse_ping(context, "from must identify sender", decision);
  }
  const UserNo to = context.views.find_alias(command.to);
  if (!to) {
    return refuse_ping(context, fmt::format("Lookup: iAlias {} not found", command.to), decision);
  }
  NewMessage message;
  message.header.set_kind(message::PING);
  message.header.set_alias(command.from);
  message.header.set_to(command.to);
  message.recipients = other_nodes(context);
  append_live_nodes(context.views, to, message.recipients);
  message.body = &command.text;
  message.counts_as_ping = true;
  message.answers_request = true;
  const Lsn id = store(context, std::move(message), decision);
  use_alias(context, command.to, decision);
  acknowledge(context, id, decision);
}

}  // namespace mnm::ops
