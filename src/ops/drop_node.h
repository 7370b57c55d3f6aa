// Dropping a node: at once, or announced so that the user's other nodes can prevent it. A stolen
// node may drop itself and younger ones, never an older one behind the user's back. Used by
// decide_user_edit, decide_tick and decide_admin. Engine's thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/decision.h"

namespace mnm::ops {

inline constexpr std::string_view kNodeDropped = "node dropped";  // why its session ended

enum class DropWay : std::uint8_t {
  kNothing,   // it is dropped or announced already
  kAtOnce,    // the node that asks, or one that is younger
  kAnnounce,  // an older one: after limits.drop_delay_hours, unless a node of the user vetoes
};
struct DropPlan {
  std::string error;  // if not empty, it can't be dropped
  NodeNo node;
  DropWay way = DropWay::kNothing;
};
// What a request to drop this node of the asking user comes to. `adds_node`: the same request also
// adds one.
[[nodiscard]] DropPlan plan_drop(const Context& context, std::uint32_t ordinal, bool adds_node);
// The user's node of this number, dropped or not; none if there never was one.
[[nodiscard]] NodeNo node_of_ordinal(const Context& context, std::uint32_t ordinal);

// Ends its session and queue and refuses its password from now on. Says so to its session. `gone`:
// nodes that this decision has dropped before.
void drop_at_once(const Context& context, NodeNo node, Decision& decision,
                  std::span<const NodeNo> gone = {});
void announce_drop(const Context& context, NodeNo node, Decision& decision);
void veto_drop(const Context& context, NodeNo node, Decision& decision);
// A `user` message that a drop is "announced", "vetoed" or "dropped", in the name of the context's
// user.
void tell_drop(const Context& as_user, const state::Node& node, const char* state,
               std::vector<NodeNo> recipients, Decision& decision);

}  // namespace mnm::ops
