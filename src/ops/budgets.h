// What strangers and users may cost the log, the disk and the others. An audited log must not be a
// tool to fill the disk: refusals that one address or user has logged, accounts that one address
// makes, logins that it tries, posts of one user and their octets, and events that one session, one
// user and one address cause each have a token bucket.
//
// On the engine's thread. Time is handed in. Bounded: at most kTokenBucketsMax buckets of a kind.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ops/decision.h"
#include "ops/limits.h"
#include "ops/token_buckets.h"

namespace mnm::ops {

class Budgets {
 public:
  // Refusals that were not logged, for the event that says so.
  struct Suppressed {
    std::string who;
    std::uint64_t count = 0;
  };

  explicit Budgets(const Limits& limits);

  // Whether what the request asks for is beyond what its address, its session or its user may
  // cause. `session` is null before there is one.
  [[nodiscard]] bool over(const Context& context, const TokenBucket* session,
                          std::uint64_t now_ms) const;
  // It was decided, and made so many events. `entered`: the user that it logged in, if any, who
  // pays for it.
  void spend(const Context& context, TokenBucket* session, UserNo entered, std::size_t events,
             std::uint64_t now_ms);
  // One refusal more: true if it may be logged; else it is counted.
  [[nodiscard]] bool log_refusal(const Context& context, std::uint64_t now_ms);
  // What was not logged since the last call.
  [[nodiscard]] std::vector<Suppressed> take_suppressed();

 private:
  [[nodiscard]] const std::string* network_of(const Context& context) const;
  void spend_on_kind(const Context& context, const std::string* network, UserNo entered,
                     std::size_t events, std::uint64_t now_ms);

  const bool limit_this_machine_;
  TokenBuckets<std::string> refusals_;
  TokenBuckets<std::string> registrations_;
  TokenBuckets<std::string> logins_;
  TokenBuckets<UserNo> posts_;
  TokenBuckets<UserNo> post_kib_;
  TokenRate session_rate_;
  TokenBuckets<UserNo> user_events_;
  TokenBuckets<std::string> address_events_;
  std::map<std::string, Suppressed> not_logged_;
};

}  // namespace mnm::ops
