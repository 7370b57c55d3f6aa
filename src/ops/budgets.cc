#include "ops/budgets.h"

#include <algorithm>
#include <utility>

namespace mnm::ops {
namespace {

constexpr const char* kOthers = "others";

// The address that the request comes from; null on this machine, where a peer has other means to
// fill the disk, and on requests of the relay itself.
const std::string* network_of(const Context& context) {
  const Origin* origin = context.request.origin.get();
  return origin != nullptr && !origin->network.empty() ? &origin->network : nullptr;
}

// Whom the request counts for, and what a person reads of it in the log.
struct Payer {
  std::string name;
  std::string text;
};

Payer payer_of(const Context& context) {
  if (context.user) {
    const std::string& uid = context.own_user().uid;
    return {"user " + uid, "user " + uid};
  }
  const Origin* origin = context.request.origin.get();
  if (origin == nullptr) return {"relay", "relay"};
  if (origin->network.empty()) return {"this machine", "this machine"};
  // Ports don't count. All of an IPv6 /64 is one; the log shows the address that came last.
  return {"address " + origin->network,
          "address " + origin->peer.substr(0, origin->peer.rfind(':'))};
}

// The user that a login asks to be.
UserNo claimed(const Context& context) {
  const auto* login = std::get_if<Login>(&context.request.command);
  return login != nullptr ? context.views.find_user(login->uid) : UserNo();
}

}  // namespace

Budgets::Budgets(const Limits& limits)
    : refusals_(limits.refusal_events),
      registrations_(limits.registrations),
      session_rate_(limits.session_events),
      user_events_(limits.user_events),
      address_events_(limits.address_events) {}

bool Budgets::over(const Context& context, const TokenBucket* session, std::uint64_t now_ms) const {
  const std::string* network = network_of(context);
  if (network != nullptr && !address_events_.has_token(*network, now_ms)) return true;
  if (std::holds_alternative<Register>(context.request.command)) {
    return network != nullptr && !registrations_.has_token(*network, now_ms);
  }
  if (session != nullptr && !session_rate_.has_token(*session, now_ms)) return true;
  const UserNo user = context.user ? context.user : claimed(context);
  return user && !user_events_.has_token(user, now_ms);
}

void Budgets::spend(const Context& context, TokenBucket* session, UserNo entered,
                    std::size_t events, std::uint64_t now_ms) {
  const std::string* network = network_of(context);
  const bool registers = std::holds_alternative<Register>(context.request.command);
  if (registers && network != nullptr) registrations_.take(*network, 1, now_ms);
  if (events == 0) return;
  const auto count = static_cast<double>(events);
  if (network != nullptr) address_events_.take(*network, count, now_ms);
  if (session != nullptr) session_rate_.take(*session, count, now_ms);
  const UserNo user = context.user ? context.user : entered;
  if (user) user_events_.take(user, count, now_ms);
}

bool Budgets::log_refusal(const Context& context, std::uint64_t now_ms) {
  const Payer payer = payer_of(context);
  if (refusals_.has_token(payer.name, now_ms)) {
    refusals_.take(payer.name, 1, now_ms);
    return true;
  }
  const bool room = not_logged_.size() < kSuppressedNamesMax || not_logged_.contains(payer.name);
  Suppressed& suppressed = not_logged_[room ? payer.name : kOthers];
  suppressed.who = room ? payer.text : kOthers;
  ++suppressed.count;
  return false;
}

std::vector<Budgets::Suppressed> Budgets::take_suppressed() {
  std::vector<Suppressed> all;
  for (auto& [name, suppressed] : std::exchange(not_logged_, {})) all.push_back(suppressed);
  return all;
}

}  // namespace mnm::ops
