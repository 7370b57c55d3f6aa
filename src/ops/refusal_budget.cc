#include "ops/refusal_budget.h"

#include <algorithm>

namespace mnm::ops {
namespace {
constexpr double kHourMs = 3600.0 * 1000.0;
}

RefusalBudget::Bucket& RefusalBudget::bucket(std::string_view who, std::uint64_t now_ms) {
  const double burst = limits_.refusal_events_burst;
  auto at = buckets_.find(who);
  if (at == buckets_.end()) {
    if (buckets_.size() >= kBucketsMax) make_room();
    at = buckets_.emplace(std::string(who), Bucket{.tokens = burst, .at_ms = now_ms}).first;
  }
  Bucket& bucket = at->second;
  if (now_ms > bucket.at_ms) {
    const double gained =
        static_cast<double>(now_ms - bucket.at_ms) / kHourMs * limits_.refusal_events_per_hour;
    bucket.tokens = std::min(burst, bucket.tokens + gained);
    bucket.at_ms = now_ms;
  }
  return bucket;
}

// Those with nothing to report go; if that frees too little, all go: each then has a fresh burst,
// which is the price of ten thousand addresses at once.
void RefusalBudget::make_room() {
  std::erase_if(buckets_, [](const auto& entry) { return entry.second.not_logged == 0; });
  if (buckets_.size() >= kBucketsMax) buckets_.clear();
}

bool RefusalBudget::allows(std::string_view who, std::uint64_t now_ms) {
  return bucket(who, now_ms).tokens >= 1;
}

void RefusalBudget::spend(std::string_view who, std::uint64_t now_ms) {
  Bucket& spent = bucket(who, now_ms);
  if (spent.tokens >= 1) {
    spent.tokens -= 1;
  } else {
    ++spent.not_logged;
  }
}

std::vector<RefusalBudget::Overdrawn> RefusalBudget::take_overdrawn() {
  std::vector<Overdrawn> overdrawn;
  for (auto& [who, bucket] : buckets_) {
    if (bucket.not_logged == 0) continue;
    overdrawn.push_back({who, bucket.not_logged});
    bucket.not_logged = 0;
  }
  return overdrawn;
}

}  // namespace mnm::ops
