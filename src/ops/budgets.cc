#include "ops/budgets.h"

#include <algorithm>
#include <utility>

#include "base/canary.h"

namespace mnm::ops {
namespace {

constexpr const char* kOthers = "others";

constexpr std::uint64_t kKiB = 1024;

// What a post takes of its user's KiB.
double kib_of(const Post& post) {
  const std::uint64_t bytes = post.body.size + (post.note ? post.note->body.size : 0);
  return static_cast<double>(std::max<std::uint64_t>((bytes + kKiB - 1) / kKiB, 1));
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
  const Origin* origin = context.origin();
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
    : limit_this_machine_(limits.limit_this_machine),
      refusals_(limits.refusal_events),
      registrations_(limits.registrations),
      logins_(limits.address_logins),
      posts_(limits.user_posts),
      post_kib_(limits.user_post_kib),
      session_rate_(limits.session_events),
      user_events_(limits.user_events),
      address_events_(limits.address_events) {}

// The address that the request comes from; null on requests of the relay itself, and on this
// machine, where a peer has other means to fill the disk, unless that is to count, too.
const std::string* Budgets::network_of(const Context& context) const {
  static const std::string this_machine = "this machine";
  const Origin* origin = context.origin();
  if (origin == nullptr) return nullptr;
  if (!origin->network.empty()) return &origin->network;
  return limit_this_machine_ ? &this_machine : nullptr;
}

bool Budgets::over(const Context& context, const TokenBucket* session, std::uint64_t now_ms) const {
  const std::string* network = network_of(context);
  if (network != nullptr && !address_events_.has_token(*network, now_ms)) return true;
  if (std::holds_alternative<Register>(context.request.command)) {
    return network != nullptr && !registrations_.has_token(*network, now_ms);
  }
  const bool logs_in = std::holds_alternative<Login>(context.request.command);
  if (logs_in && network != nullptr && !logins_.has_token(*network, now_ms)) return true;
  if (session != nullptr && !session_rate_.has_token(*session, now_ms)) return true;
  const bool posts = std::holds_alternative<Post>(context.request.command);
  if (posts &&
      (!posts_.has_token(context.user, now_ms) || !post_kib_.has_token(context.user, now_ms))) {
    return true;
  }
  const UserNo user = context.user ? context.user : claimed(context);
  return user && !user_events_.has_token(user, now_ms);
}

void Budgets::spend(const Context& context, TokenBucket* session, UserNo entered,
                    std::size_t events, std::uint64_t now_ms) {
  const std::string* network = network_of(context);
  const bool registers = std::holds_alternative<Register>(context.request.command);
  if (registers && network != nullptr) registrations_.take(*network, 1, now_ms);
  // Not of what was refused for it: whoever keeps trying would never get anything back.
  if (!context.over_budget) spend_on_kind(context, network, entered, events, now_ms);
  if (events == 0) return;
  const auto count = static_cast<double>(events);
  if (network != nullptr) address_events_.take(*network, count, now_ms);
  if (session != nullptr) session_rate_.take(*session, count, now_ms);
  const UserNo user = context.user ? context.user : entered;
  if (user) user_events_.take(user, count, now_ms);
}

// A repeated post, which makes no event, costs nothing.
void Budgets::spend_on_kind(const Context& context, const std::string* network, UserNo entered,
                            std::size_t events, std::uint64_t now_ms) {
  const Command& command = context.request.command;
  if (std::holds_alternative<Login>(command) && network != nullptr) {
    logins_.take(*network, entered || MNM_CANARY("guesses-are-cheap") ? 1 : kFailedLoginCost,
                 now_ms);
  }
  if (const auto* post = std::get_if<Post>(&command);
      post != nullptr && events > 0 && !MNM_CANARY("post-rate-ignored")) {
    posts_.take(context.user, 1, now_ms);
    post_kib_.take(context.user, kib_of(*post), now_ms);
  }
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
