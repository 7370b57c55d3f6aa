// The way in to all decisions, and what is refused before it is decided: for now, for reasons that
// lie outside the views.
#include <fmt/format.h>

#include "base/canary.h"
#include "ops/store.h"

namespace mnm::ops {
namespace {

constexpr std::uint32_t kRetryAfter_s = 15;  // what the TMTP client does by itself

// Requests that add to the log or the disk for good, and that an account may be asked to repeat.
struct Adds {
  bool operator()(const UserEdit&) const { return true; }
  bool operator()(const OhiEdit&) const { return true; }
  bool operator()(const GroupInvite&) const { return true; }
  bool operator()(const GroupEdit&) const { return true; }
  bool operator()(const Post&) const { return true; }
  bool operator()(const Ping&) const { return true; }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

// decide() for whatever command it is; some are the engine's own and decide nothing.
struct Decide {
  const Context& context;
  Decision& decision;
  void operator()(const Inspect&) const {}
  void operator()(const DiskLow&) const {}
  template <class Other>
  void operator()(const Other& command) const {
    decide(context, command, decision);
  }
};

bool refused_for_now(const Context& context, Decision& decision) {
  if (!context.over_budget && (!context.disk_low || MNM_CANARY("full-disk-filled"))) return false;
  const Command& command = context.request.command;
  if (std::holds_alternative<Register>(command)) {
    log_refusal(context, "register failure", {}, true, decision);
    decision.answer(context, Dismissed{"register failure"});
    return true;
  }
  if (std::holds_alternative<Login>(command)) {
    if (!context.over_budget) return false;
    constexpr const char* kReason = "too many requests";
    log_refusal(context, kReason, std::get<Login>(command).uid, true, decision);
    // The TMTP client takes "login failed" for final, and a link that ends for an accident.
    decision.answer(context, Dismissed{context.rules().passing_refusal_silent ? "" : kReason});
    return true;
  }
  if (!std::visit(Adds{}, command)) return false;
  const char* reason = context.disk_low ? "the disk is nearly full: nothing was stored"
                                        : "too many requests: nothing was stored";
  refuse_for_now(context, reason, kRetryAfter_s, decision);
  return true;
}

}  // namespace

void decide_request(const Context& context, Decision& decision) {
  if (refused_for_now(context, decision)) return;
  std::visit(Decide{context, decision}, context.request.command);
}

}  // namespace mnm::ops
