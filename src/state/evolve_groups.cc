// How groups and their members change.
#include <algorithm>

#include "base/canary.h"
#include "state/views.h"

namespace mnm::state {

void Views::on(const event::Event&, const event::MemberSet& fact, Changes& changes) {
  const GroupNo number(fact.group());
  if (number == next_group()) {
    groups_.push_back({.gid = fact.gid()});
    index_name(fact.gid(), {.group = number});
    // The first member is who makes it.
    ++at(UserNo(fact.user())).groups_made;
    changes.touch(UserNo(fact.user()));
  }
  std::vector<Member>& members = at(number).members;
  const UserNo user(fact.user());
  require(user && user < next_user(), "the member is no user");
  auto place = std::ranges::lower_bound(members, user, {}, &Member::user);
  if (place == members.end() || place->user != user) place = members.insert(place, {.user = user});
  place->alias = fact.alias();
  place->status = fact.status();
  if (!MNM_CANARY("checkpoint-misses-group")) changes.touch(number);
}

}  // namespace mnm::state
