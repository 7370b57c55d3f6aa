// How many refusals an address or a user may have logged: failed logins are what an auditor looks
// for, but the log must not be a tool to fill the disk. A token bucket each; what isn't logged is
// counted, and the count is logged later.
//
// On the engine's thread. Time is handed in. Bounded: beyond kBucketsMax the fullest buckets are
// forgotten first.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ops/limits.h"

namespace mnm::ops {

class RefusalBudget {
 public:
  static constexpr std::size_t kBucketsMax = 10'000;
  struct Overdrawn {
    std::string who;
    std::uint64_t count = 0;
  };

  explicit RefusalBudget(const Limits& limits) : limits_(limits) {}

  // Whether `who` has a token left. Takes none: see spend().
  [[nodiscard]] bool allows(std::string_view who, std::uint64_t now_ms);
  // One refusal of `who` was decided: takes a token, or counts it as not logged.
  void spend(std::string_view who, std::uint64_t now_ms);
  // What was not logged since the last call.
  [[nodiscard]] std::vector<Overdrawn> take_overdrawn();

 private:
  struct Bucket {
    double tokens = 0;
    std::uint64_t at_ms = 0;
    std::uint64_t not_logged = 0;
  };
  Bucket& bucket(std::string_view who, std::uint64_t now_ms);
  void make_room();

  const Limits& limits_;
  std::map<std::string, Bucket, std::less<>> buckets_;
};

}  // namespace mnm::ops
