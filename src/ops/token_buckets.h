// Token buckets: so much at once, so much more in an hour.
//
// One thread; time is handed in and never goes back. A bucket is one number, the time at which it
// will be full again, so a full one needs no place at all.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ops/limits.h"

namespace mnm::ops {

// When it will be full, or was; ms of the clock that all calls use.
struct TokenBucket {
  double full_at_ms = 0;
};

// What all buckets of a kind have in common.
class TokenRate {
 public:
  explicit TokenRate(const Budget& budget)
      : unlimited_(budget.per_hour == 0 && budget.burst != 0),
        ms_per_token_(budget.per_hour == 0 ? 0 : kHourMs / budget.per_hour),
        burst_(budget.burst) {}

  // Everything is allowed, nothing counted.
  [[nodiscard]] bool unlimited() const { return unlimited_; }
  [[nodiscard]] bool has_token(TokenBucket bucket, std::uint64_t now_ms) const {
    if (unlimited_) return true;
    return bucket.full_at_ms - static_cast<double>(now_ms) <= (burst_ - 1) * ms_per_token_ &&
           burst_ >= 1;
  }
  // Takes `count` tokens, or what is left of them.
  void take(TokenBucket& bucket, double count, std::uint64_t now_ms) const {
    const auto now = static_cast<double>(now_ms);
    const double full_at_ms = std::max(bucket.full_at_ms, now) + count * ms_per_token_;
    bucket.full_at_ms = std::min(full_at_ms, now + burst_ * ms_per_token_);
  }

 private:
  static constexpr double kHourMs = 3600.0 * 1000.0;

  bool unlimited_;
  double ms_per_token_;
  double burst_;
};

// Buckets by name, at most kTokenBucketsMax. When more are wanted, the fullest tenth goes, and from
// then on a new name begins with what the emptiest of those had. So nobody, however many names he
// comes under, gets a bucket back fuller than he left it.
template <class Name, class Hasher = std::hash<Name>>
class TokenBuckets {
 public:
  explicit TokenBuckets(const Budget& budget) : rate_(budget) {}

  [[nodiscard]] bool has_token(const Name& who, std::uint64_t now_ms) const {
    if (rate_.unlimited()) return true;
    const auto at = buckets_.find(who);
    return rate_.has_token(at != buckets_.end() ? at->second : newcomer_, now_ms);
  }
  void take(const Name& who, double count, std::uint64_t now_ms) {
    if (rate_.unlimited()) return;
    auto at = buckets_.find(who);
    if (at == buckets_.end()) {
      if (buckets_.size() >= kTokenBucketsMax) make_room();
      at = buckets_.emplace(who, newcomer_).first;
    }
    rate_.take(at->second, count, now_ms);
  }
  [[nodiscard]] std::size_t size() const { return buckets_.size(); }

 private:
  void make_room() {
    std::vector<double> times;
    times.reserve(buckets_.size());
    for (const auto& [who, bucket] : buckets_) times.push_back(bucket.full_at_ms);
    const auto last = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 10);
    std::nth_element(times.begin(), last, times.end());
    newcomer_.full_at_ms = std::max(newcomer_.full_at_ms, *last);
    erase_if(buckets_,
             [bound = *last](const auto& entry) { return entry.second.full_at_ms <= bound; });
  }

  const TokenRate rate_;
  TokenBucket newcomer_;
  boost::unordered_flat_map<Name, TokenBucket, Hasher> buckets_;
};

}  // namespace mnm::ops
