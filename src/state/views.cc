#include "state/views.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <algorithm>

#include "state/stored_rows.h"

namespace mnm::state {

const Member* Group::member(UserNo user) const {
  const auto at = std::ranges::lower_bound(members, user, {}, &Member::user);
  return at != members.end() && at->user == user ? &*at : nullptr;
}

const Member* Group::member_by_alias(std::string_view alias) const {
  const auto at = std::ranges::find(members, alias, &Member::alias);
  return at != members.end() ? &*at : nullptr;
}

void Views::evolve(Lsn lsn, const event::Event& event, Changes& changes) {
  CHECK(lsn > applied_) << "event " << lsn.value() << " after " << applied_.value();
  fold_fact(lsn, event, changes);
  applied_ = lsn;
}

void Views::fold_fact(Lsn lsn, const event::Event& event, Changes& changes) {
  using event::Event;
  switch (event.fact_case()) {
    case Event::kStarted:
      return end_all_sessions(changes);
    case Event::kEpochStarted:
      epoch_ = Epoch(event.epoch_started().epoch());
      return;
    case Event::kTick:
      uptime_hours_ = event.tick().uptime_hours();
      return;
    case Event::kRegistered:
      return on(event, event.registered(), changes);
    case Event::kLoggedIn:
      return on(event, event.logged_in(), changes);
    case Event::kSessionEnded:
      return on(event, event.session_ended(), changes);
    case Event::kRefused:
      return on(event, event.refused(), changes);
    case Event::kNodeAdded:
      return on(event, event.node_added(), changes);
    case Event::kNodeDropAnnounced:
      return on(event, event.node_drop_announced(), changes);
    case Event::kNodeDropVetoed:
      return on(event, event.node_drop_vetoed(), changes);
    case Event::kNodeDropped:
      return on(event, event.node_dropped(), changes);
    case Event::kAliasAdded:
      return on(event, event.alias_added(), changes);
    case Event::kAliasRetired:
      return on(event, event.alias_retired(), changes);
    case Event::kMemberSet:
      return on(event, event.member_set(), changes);
    case Event::kOhiEdited:
      return on(event, event.ohi_edited(), changes);
    case Event::kStored:
      return on(lsn, event, event.stored(), changes);
    case Event::kAcked:
      return on(event, event.acked(), changes);
    case Event::kExpired:
      return on(event, event.expired(), changes);
    case Event::kWithdrawn:
      return on(event, event.withdrawn(), changes);
    case Event::kReceiveOnlySet:
      return on(event, event.receive_only_set(), changes);
    case Event::kTrimmed:
      trimmed_ = Lsn(event.trimmed().lsn());
      return;
    case Event::kBackedUp:
    case Event::kRekeyed:
    case Event::kSuppressed:
      return;
    case Event::FACT_NOT_SET:
      break;
  }
  LOG(FATAL) << "event " << lsn.value() << " holds no fact that this version knows";
}

const User& Views::user(UserNo number) const { return users_[number]; }
const Node& Views::node(NodeNo number) const { return nodes_[number]; }
const Group& Views::group(GroupNo number) const { return groups_[number]; }

User& Views::at(UserNo number) {
  require(number && number < next_user(), "there is no such user");
  return is_whole() || users_.holds(number) ? users_[number] : fetch(number);
}
Node& Views::at(NodeNo number) {
  require(number && number < next_node(), "there is no such node");
  return is_whole() || nodes_.holds(number) ? nodes_[number] : fetch(number);
}
Group& Views::at(GroupNo number) {
  require(number && number < next_group(), "there is no such group");
  return is_whole() || groups_.holds(number) ? groups_[number] : fetch(number);
}

void Views::index_user(UserNo number, const User& user) {
  if (!is_whole()) return;
  CHECK(index_uid(number, user.uid)) << "uid " << user.uid << " is taken";
  if (const Identity* identity = this->identity(number)) ++accounts_[identity->subject];
}

// False if it is taken. The uid itself is the user's: a table of a million need not have it twice.
bool Views::index_uid(UserNo number, const std::string& uid) {
  for (std::uint64_t hash = TextHash()(uid);; ++hash) {
    const auto [at, fresh] = uids_.emplace(hash, number);
    if (fresh) return true;
    if (user(at->second).uid == uid) return false;
  }
}

void Views::index_name(const std::string& name, const NameOwner& owner) {
  if (!is_whole()) return;
  CHECK(names_.emplace(name, owner).second)
      << "alias or gid of user " << owner.user.value() << " is taken";
}

void Views::misfit(std::string_view what) const {
  const std::string text =
      fmt::format("the event after {} doesn't fit the views: {}", applied_.value(), what);
  if (is_whole()) LOG(FATAL) << text;
  throw StoredRows::Unreadable({ErrorCode::kCorruption, "checkpoint: " + text});
}

UserNo Views::find_user(std::string_view uid) const {
  for (std::uint64_t hash = TextHash()(uid);; ++hash) {
    const auto at = uids_.find(hash);
    if (at == uids_.end() || user(at->second).uid == uid) {
      return at != uids_.end() ? at->second : UserNo();
    }
  }
}

const Identity* Views::identity(UserNo user) const {
  const auto at = identities_.find(user);
  return at != identities_.end() ? &at->second : nullptr;
}

std::uint32_t Views::accounts_of(const Hash& subject) const {
  const auto at = accounts_.find(subject);
  return at != accounts_.end() ? at->second : 0;
}

const NameOwner* Views::find_name(std::string_view name) const {
  const auto at = names_.find(name);
  return at != names_.end() ? &at->second : nullptr;
}

GroupNo Views::find_group(std::string_view gid) const {
  const NameOwner* owner = find_name(gid);
  return owner != nullptr ? owner->group : GroupNo();
}

UserNo Views::find_alias(std::string_view alias) const {
  const NameOwner* owner = find_name(alias);
  return owner != nullptr && !owner->retired ? owner->user : UserNo();
}

std::vector<Lsn> Views::messages_until(message::Kind kind, std::uint64_t hours) const {
  std::vector<Lsn> ids;
  messages_.for_each([&](Lsn id, const Message& message) {
    if (message.kind == kind && message.at_hours <= hours) ids.push_back(id);
  });
  std::ranges::sort(ids);  // which they are, but in a part
  return ids;
}

}  // namespace mnm::state
