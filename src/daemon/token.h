// Judging an OpenID Connect ID token: who signed it for whom, about whom, until when.
//
// Pure: keys and time are handed in. Any thread. What is refused is said in words of ours, never in
// the token's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "daemon/key_set.h"

namespace mnm::daemon {

inline constexpr std::size_t kTokenBytesMax = 16 << 10;
inline constexpr std::size_t kSubjectBytesMax = 255;  // OpenID Connect Core 1.0, section 2
// By how much the issuer's clock may differ from ours.
inline constexpr std::int64_t kClockLeeway_s = 60;

// A third party whose word is taken.
struct Issuer {
  std::string name;                    // "iss", exactly
  std::string audience;                // our client id there, "aud"
  std::shared_ptr<const KeySet> keys;  // null: not known yet
};

enum class TokenFault : std::uint8_t {
  kNone,
  kTooLong,
  kMalformed,
  kAlgorithm,   // none of ours
  kIssuer,      // none of ours
  kAudience,    // made for somebody else
  kNoKeys,      // we have none of the issuer yet
  kUnknownKey,  // the issuer has none of that name, as far as we know
  kSignature,
  kExpired,
  kNotYetValid,
  kSubject,  // missing, or too long
};
[[nodiscard]] std::string_view words_for(TokenFault fault);

struct TokenVerdict {
  TokenFault fault = TokenFault::kNone;
  std::size_t issuer = 0;  // its index, once it is known
  std::string subject;     // without a fault; personal
};

// `now_s`: UTC seconds since 1970.
[[nodiscard]] TokenVerdict judge_token(std::string_view token, std::span<const Issuer> issuers,
                                       std::int64_t now_s);

}  // namespace mnm::daemon
