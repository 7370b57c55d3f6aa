// What the group ops share: setting a member, and the `member` message that tells of it. Engine's
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ops/decision.h"

namespace mnm::ops {

// A change of one member, as decided.
struct MemberChange {
  GroupNo group;
  std::string_view gid;
  UserNo user;
  std::string_view alias;
  event::MemberStatus status = event::MEMBER_NONE;
  std::string_view act;
};
// Adds the event. `creates`: it is the group's first, and makes it.
void set_member(const Context& context, const MemberChange& change, bool creates,
                Decision& decision);

// The nodes of the group's joined members but `without`.
[[nodiscard]] std::vector<NodeNo> joined_nodes(const Context& context, GroupNo group,
                                               UserNo without);
// The `member` message. `answers`: it is the one by which a repeated request is known.
void tell_members(const Context& context, const MemberChange& change, std::string_view new_alias,
                  std::vector<NodeNo> recipients, bool answers, Decision& decision);

}  // namespace mnm::ops
