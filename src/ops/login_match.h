// Whose password it is: one search for all logins, whatever comes of it.
//
// On the engine's thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/crypto.h"
#include "state/views.h"

namespace mnm::ops {

// A login compares at least this many verifiers, and takes all of them, so that whoever measures
// can't tell an unknown user from a wrong password or a dropped node. A user with more nodes than
// that (dropped ones included) takes some 10 ns longer for each.
inline constexpr std::size_t kLoginComparisonsMin = 128;

struct LoginMatch {
  NodeNo node;               // none: unknown user, wrong password, or the node was dropped
  std::size_t compared = 0;  // verifiers
};
[[nodiscard]] LoginMatch match_login(const state::Views& views, std::string_view uid,
                                     const Hash& verifier);

}  // namespace mnm::ops
