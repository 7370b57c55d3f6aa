#include "ops/ping_limit.h"

#include "base/canary.h"
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

}  // namespace

bool refused_by_ping_limit(const Context& context, Decision& decision) {
  if (!limit_reached(context) || MNM_CANARY("ping-limit-ignored")) return false;
  log_refusal(context, kPingLimit, {}, true, decision);
  decision.answer(context, Acknowledged{.op = op_of(context.request.command),
                                        .id = context.request.id,
                                        .error = kPingLimit});
  return true;
}

void refuse_ping(const Context& context, std::string error, Decision& decision) {
  refuse(context, std::move(error), decision);
  decision.events.back()->mutable_refused()->set_counts_as_ping(!MNM_CANARY("guess-not-counted"));
  decision.refused = false;
}

}  // namespace mnm::ops
