// Ping: a short text to the user whom an alias reaches. Strangers may send one, so how many, and
// how many that reach nobody, is limited.
#include <fmt/format.h>

#include "ops/ping_limit.h"
#include "ops/store.h"
#include "ops/undelivered.h"

namespace mnm::ops {

void decide(const Context& context, const Ping& command, Decision& decision) {
  if (answer_repeated(context, decision)) return;
  if (context.own_user().receive_only) {
    return refuse(context, std::string(kReceiveOnlyError), decision);
  }
  if (refused_by_ping_limit(context, decision)) return;
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
  return_if_full(context, id, without_room(context, decision), decision);
  use_alias(context, command.to, decision);
  acknowledge(context, id, decision);
}

}  // namespace mnm::ops
