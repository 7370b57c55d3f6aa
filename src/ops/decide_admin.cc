// What an administrator asks of the relay, on no session.
#include <fmt/format.h>

#include "ops/store.h"

namespace mnm::ops {

void decide(const Context& context, const SetReceiveOnly& command, Decision& decision) {
  const UserNo user = context.views.find_user(command.uid);
  if (!user) {
    return refuse(context, fmt::format("SetReceiveOnly: uid {} not found", command.uid), decision);
  }
  event::ReceiveOnlySet& set = *decision.add(context).mutable_receive_only_set();
  set.set_user(user.value());
  set.set_on(command.on);
  acknowledge(context, Lsn(), decision);
}

}  // namespace mnm::ops
