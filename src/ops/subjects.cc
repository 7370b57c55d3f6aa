#include "ops/subjects.h"

#include "base/canary.h"
#include "state/views.h"

namespace mnm::ops {
namespace {

using event::Event;

class Lister {
 public:
  Lister(const Event& event, const std::function<UserNo(NodeNo)>& user_of,
         const std::function<void(Subject)>& visit)
      : event_(event), user_of_(user_of), visit_(visit) {}

  void list() {
    if (event_.actor().user() != 0) visit_(Subject::acts(UserNo(event_.actor().user())));
    if (!of_nodes()) of_others();
  }

 private:
  void acts(std::uint32_t node) { visit_(Subject::acts(user_of_(NodeNo(node)))); }
  void named(std::uint32_t user) {
    if (user != 0 && user != event_.actor().user()) visit_(Subject::gets(UserNo(user)));
  }
  void group(std::uint32_t number) {
    if (number != 0) visit_(Subject::of(GroupNo(number)));
  }

  bool of_nodes() {
    switch (event_.fact_case()) {
      case Event::kRegistered:
        visit_(Subject::acts(UserNo(event_.registered().user())));
        return true;
      case Event::kNodeAdded:
        visit_(Subject::acts(UserNo(event_.node_added().user())));
        return true;
      case Event::kNodeDropAnnounced:
        acts(event_.node_drop_announced().node());
        return true;
      case Event::kNodeDropVetoed:
        acts(event_.node_drop_vetoed().node());
        return true;
      case Event::kNodeDropped:
        acts(event_.node_dropped().node());
        return true;
      case Event::kStored:
        stored(event_.stored());
        return true;
      case Event::kExpired:
        copies_end(event_.expired());
        return true;
      case Event::kWithdrawn:
        copies_end(event_.withdrawn());
        return true;
      default:
        return false;
    }
  }

  void of_others() {
    switch (event_.fact_case()) {
      case Event::kStarted:
      case Event::kEpochStarted:
      case Event::kSuppressed:
        visit_(Subject::relay());
        break;
      case Event::kAliasAdded:
        named(event_.alias_added().user());
        break;
      case Event::kAliasRetired:
        named(event_.alias_retired().user());
        break;
      case Event::kMemberSet:
        group(event_.member_set().group());
        named(event_.member_set().user());
        break;
      case Event::kReceiveOnlySet:
        named(event_.receive_only_set().user());
        break;
      case Event::kOhiEdited:
        for (const std::uint32_t target : event_.ohi_edited().targets()) named(target);
        break;
      default:
        break;
    }
  }

  template <class Fact>
  void copies_end(const Fact& fact) {
    visit_(Subject::of(Lsn(fact.id())));
    state::for_each_delta<NodeNo>(fact.nodes(),
                                  [this](NodeNo node) { visit_(Subject::gets(user_of_(node))); });
  }

  void stored(const event::Stored& fact) {
    state::for_each_delta<NodeNo>(fact.recipients(), [this](NodeNo node) {
      if (!MNM_CANARY("index-misses-copies")) visit_(Subject::gets(user_of_(node)));
    });
    state::for_each_delta<NodeNo>(fact.over_quota(),
                                  [this](NodeNo node) { visit_(Subject::acts(user_of_(node))); });
    for (const event::Target& target : fact.targets()) {
      named(target.user());
      group(target.group());
    }
    if (fact.post_id() != 0) visit_(Subject::of(Lsn(fact.post_id())));
  }

  const Event& event_;
  const std::function<UserNo(NodeNo)>& user_of_;
  const std::function<void(Subject)>& visit_;
};

}  // namespace

void for_each_subject(const Event& event, const std::function<UserNo(NodeNo)>& user_of,
                      const std::function<void(Subject)>& visit) {
  Lister(event, user_of, visit).list();
}

GivenName name_given(const Event& event) {
  switch (event.fact_case()) {
    case Event::kRegistered:
      return {GivenName::Kind::kUid, event.registered().uid(), event.registered().user()};
    case Event::kAliasAdded:
      return {GivenName::Kind::kAlias, event.alias_added().alias(), event.alias_added().user()};
    case Event::kMemberSet:
      return {GivenName::Kind::kGroup, event.member_set().gid(), event.member_set().group()};
    default:
      return {};
  }
}

}  // namespace mnm::ops
