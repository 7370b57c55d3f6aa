// What strangers and users may cost the log. An audited log must not be a tool to fill the disk:
// refusals that one address or user has logged, accounts that one address makes, events that one
// user causes, each has a token bucket.
//
// On the engine's thread. Time is handed in. Bounded: at most kBucketsMax buckets of a kind.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ops/decision.h"
#include "ops/limits.h"

namespace mnm::ops {

// Buckets by name, all of one size: `burst` tokens at first and at most, `per_hour` more in an
// hour.
class TokenBuckets {
 public:
  static constexpr std::size_t kBucketsMax = 10'000;

  TokenBuckets(std::uint32_t burst, std::uint32_t per_hour) : burst_(burst), per_hour_(per_hour) {}

  [[nodiscard]] bool has_token(std::string_view who, std::uint64_t now_ms);
  // Takes `count` tokens, or what is left of them.
  void take(std::string_view who, double count, std::uint64_t now_ms);

 private:
  struct Bucket {
    double tokens = 0;
    std::uint64_t at_ms = 0;
  };
  Bucket& bucket(std::string_view who, std::uint64_t now_ms);

  const double burst_;
  const double per_hour_;
  std::map<std::string, Bucket, std::less<>> buckets_;
};

class Budgets {
 public:
  // Refusals that were not logged, for the event that says so.
  struct Suppressed {
    std::string who;
    std::uint64_t count = 0;
  };

  explicit Budgets(const Limits& limits);

  // Whether what the request asks for is beyond what its address (Register) or its user may cause.
  [[nodiscard]] bool over(const Context& context, std::uint64_t now_ms);
  // It was decided, and made so many events.
  void spend(const Context& context, std::size_t events, std::uint64_t now_ms);
  // One refusal more: true if it may be logged; else it is counted.
  [[nodiscard]] bool log_refusal(const Context& context, std::uint64_t now_ms);
  // What was not logged since the last call.
  [[nodiscard]] std::vector<Suppressed> take_suppressed();

 private:
  const Limits& limits_;
  TokenBuckets refusals_;
  TokenBuckets registrations_;
  TokenBuckets events_;
  std::map<std::string, std::uint64_t, std::less<>> not_logged_;
};

}  // namespace mnm::ops
