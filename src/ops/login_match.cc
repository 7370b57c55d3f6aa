#include "ops/login_match.h"

#include <algorithm>

#include "base/canary.h"

namespace mnm::ops {

LoginMatch match_login(const state::Views& views, std::string_view uid, const Hash& verifier) {
  static constexpr Hash kNobodys{};
  const std::vector<NodeNo>& nodes = views.user(views.find_user(uid)).nodes;  // nobody has none
  LoginMatch match;
  const std::size_t rounds = std::max(nodes.size(), kLoginComparisonsMin);
  for (; match.compared < rounds; ++match.compared) {
    const bool real = match.compared < nodes.size();
    const NodeNo number = real ? nodes[match.compared] : NodeNo();
    const Hash& other = real ? views.node(number).verifier : kNobodys;
    const bool same =
        equal_constant_time(as_bytes(other), as_bytes(verifier)) || MNM_CANARY("any-password");
    if (same && real && (!views.node(number).dropped || MNM_CANARY("dropped-node-enters")))
      match.node = number;
  }
  return match;
}

}  // namespace mnm::ops
