#include "ops/budgets.h"

#include <algorithm>
#include <utility>

namespace mnm::ops {
namespace {

constexpr double kHourMs = 3600.0 * 1000.0;
constexpr std::size_t kNotLoggedMax = 10'000;

std::string_view address_of(const Origin& origin) {
  const std::string_view peer = origin.peer;
  const bool has_port = origin.transport == event::TCP || origin.transport == event::TLS;
  return has_port ? peer.substr(0, peer.rfind(':')) : peer;
}

// A peer on this machine has other means to fill its disk.
bool is_local(const Origin& origin) {
  const std::string_view address = address_of(origin);
  const bool remote = origin.transport == event::TCP || origin.transport == event::TLS;
  return !remote || address.starts_with("127.") || address == "[::1]";
}

std::string name_of(const Context& context) {
  if (context.user) return "user " + context.own_user().uid;
  if (context.request.origin == nullptr) return "relay";
  return "address " + std::string(address_of(*context.request.origin));
}

bool registers_from_afar(const Context& context) {
  return std::holds_alternative<Register>(context.request.command) &&
         context.request.origin != nullptr && !is_local(*context.request.origin);
}

}  // namespace

TokenBuckets::Bucket& TokenBuckets::bucket(std::string_view who, std::uint64_t now_ms) {
  auto at = buckets_.find(who);
  if (at == buckets_.end()) {
    // Beyond ten thousand names at once all begin anew: the price is a fresh burst each.
    if (buckets_.size() >= kBucketsMax) buckets_.clear();
    at = buckets_.emplace(std::string(who), Bucket{.tokens = burst_, .at_ms = now_ms}).first;
  }
  Bucket& bucket = at->second;
  if (now_ms > bucket.at_ms) {
    const double gained = static_cast<double>(now_ms - bucket.at_ms) / kHourMs * per_hour_;
    bucket.tokens = std::min(burst_, bucket.tokens + gained);
    bucket.at_ms = now_ms;
  }
  return bucket;
}

bool TokenBuckets::has_token(std::string_view who, std::uint64_t now_ms) {
  return bucket(who, now_ms).tokens >= 1;
}

void TokenBuckets::take(std::string_view who, double count, std::uint64_t now_ms) {
  double& tokens = bucket(who, now_ms).tokens;
  tokens = std::max(0.0, tokens - count);
}

Budgets::Budgets(const Limits& limits)
    : limits_(limits),
      refusals_(limits.refusal_events_burst, limits.refusal_events_per_hour),
      registrations_(limits.registrations_burst, limits.registrations_per_hour),
      events_(limits.user_events_burst, limits.user_events_per_hour) {}

bool Budgets::over(const Context& context, std::uint64_t now_ms) {
  if (registers_from_afar(context)) return !registrations_.has_token(name_of(context), now_ms);
  if (!context.user || limits_.user_events_per_hour == 0) return false;
  return !events_.has_token(context.own_user().uid, now_ms);
}

void Budgets::spend(const Context& context, std::size_t events, std::uint64_t now_ms) {
  if (registers_from_afar(context)) registrations_.take(name_of(context), 1, now_ms);
  if (!context.user || limits_.user_events_per_hour == 0) return;
  events_.take(context.own_user().uid, static_cast<double>(events), now_ms);
}

bool Budgets::log_refusal(const Context& context, std::uint64_t now_ms) {
  const std::string who = name_of(context);
  if (refusals_.has_token(who, now_ms)) {
    refusals_.take(who, 1, now_ms);
    return true;
  }
  const bool room = not_logged_.size() < kNotLoggedMax || not_logged_.contains(who);
  ++not_logged_[room ? who : "others"];
  return false;
}

std::vector<Budgets::Suppressed> Budgets::take_suppressed() {
  std::vector<Suppressed> suppressed;
  for (auto& [who, count] : std::exchange(not_logged_, {})) suppressed.push_back({who, count});
  return suppressed;
}

}  // namespace mnm::ops
