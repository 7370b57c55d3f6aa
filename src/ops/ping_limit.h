// The limit of what users may send to aliases, which strangers hold: pings and invites, and guesses
// at aliases among them. Used by decide_ping and decide_group_invite. Engine's thread.
#pragma once

#include <string>

#include "ops/decision.h"

namespace mnm::ops {

// If the user has reached it, refuses the request and returns true. In either dialect an error like
// any other, though it passes with the window: a client that kept repeating would gain nothing.
[[nodiscard]] bool refused_by_ping_limit(const Context& context, Decision& decision);

// Refuses a ping or invite, which counts as one sent and as one failed. Always logged, whatever the
// budget of refusals: what isn't in the log isn't counted, and aliases could be guessed for ever.
// The limit itself bounds it.
void refuse_ping(const Context& context, std::string error, Decision& decision);

}  // namespace mnm::ops
