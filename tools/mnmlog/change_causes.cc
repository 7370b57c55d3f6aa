// Which events made a change: what each kind of event touches.
#include <map>
#include <tuple>

#include "mnmlog/object_difference.h"
#include "mnmlog/walk.h"

namespace mnm::mnmlog {
namespace {

using event::Event;

class CauseFinder {
 public:
  CauseFinder(const ObjectMaker& maker, std::vector<Change>& changes)
      : maker_(maker), changes_(changes) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const Change& change = changes[i];
      wanted_[{change.object, change.number, change.field}].emplace(change.item, i);
    }
  }

  void look(const EventView& view) {
    view_ = &view;
    const Event& event = view.event;
    switch (event.fact_case()) {
      case Event::kStarted:
        return sessions_ended();
      case Event::kEpochStarted:
        return touch("log", 0, "epoch");
      case Event::kTick:
        return touch("log", 0, "uptime_hours");
      case Event::kTrimmed:
        return touch("log", 0, "trimmed_lsn");
      case Event::kRegistered:
        touch("user", event.registered().user(), "");
        return node_made(event.registered().user(), event.registered().node());
      case Event::kNodeAdded:
        if (event.node_added().copy_of() != 0) {
          touch_all("queue", event.node_added().node(), "messages");
        }
        return node_made(event.node_added().user(), event.node_added().node());
      case Event::kLoggedIn:
      case Event::kSessionEnded:
        return session(event.actor().node());
      case Event::kNodeDropAnnounced:
        return touch("node", event.node_drop_announced().node(), "drop_due_uptime_hours");
      case Event::kNodeDropVetoed:
        return touch("node", event.node_drop_vetoed().node(), "drop_due_uptime_hours");
      case Event::kNodeDropped:
        return node_dropped(event.node_dropped().node());
      case Event::kAliasAdded:
        return alias(event.alias_added().user(), event.alias_added().alias());
      case Event::kAliasRetired:
        return alias(event.alias_retired().user(), event.alias_retired().alias());
      case Event::kReceiveOnlySet:
        return touch("user", event.receive_only_set().user(), "receive_only");
      case Event::kMemberSet:
        return member(event.member_set());
      case Event::kOhiEdited:
        for (const std::uint32_t target : event.ohi_edited().targets()) {
          touch("user", event.actor().user(), "presence_targets",
                [&] { return maker_.name(UserNo(target)); });
        }
        return;
      case Event::kRefused:
        return pings(event.actor().user());
      default:
        return copies(event);
    }
  }

 private:
  using Place = std::tuple<std::string_view, std::uint32_t, std::string_view>;

  template <class Item>
  void touch(std::string_view object, std::uint32_t number, std::string_view field, Item item) {
    const auto place = wanted_.find({object, number, field});
    if (place == wanted_.end()) return;
    const auto found = place->second.find(item());
    if (found != place->second.end()) add_cause(changes_[found->second]);
  }
  void touch(std::string_view object, std::uint32_t number, std::string_view field) {
    touch(object, number, field, [] { return std::string(); });
  }
  void touch_all(std::string_view object, std::uint32_t number, std::string_view field) {
    const auto place = wanted_.find({object, number, field});
    if (place == wanted_.end()) return;
    for (const auto& [item, index] : place->second) add_cause(changes_[index]);
  }

  void add_cause(Change& change) {
    const Event& event = view_->event;
    if (change.causes.size() == kCausesMax) change.causes.erase(change.causes.begin());
    const bool member = event.has_member_set() && !event.member_set().act().empty();
    std::string actor;
    if (event.actor().node() != 0) {
      actor = maker_.name(NodeNo(event.actor().node()));
    } else if (event.actor().user() != 0) {
      actor = maker_.name(UserNo(event.actor().user()));
    }
    change.causes.push_back(
        {view_->lsn,
         member ? maker_.text(event.member_set().act()) : std::string(event_name(event)),
         std::move(actor)});
  }

  void node_made(std::uint32_t user, std::uint32_t node) {
    touch("node", node, "");
    touch("user", user, "nodes", [&] { return maker_.name(NodeNo(node)); });
  }
  void session(std::uint32_t node) {
    for (const std::string_view field : {"online", "session", "seen"}) touch("node", node, field);
  }
  // A start ends all sessions.
  void sessions_ended() {
    for (const auto& [place, items] : wanted_) {
      const std::string_view field = std::get<2>(place);
      if (field != "online" && field != "session" && field != "presence_targets") continue;
      for (const auto& [item, index] : items) add_cause(changes_[index]);
    }
  }
  void node_dropped(std::uint32_t node) {
    session(node);
    touch("node", node, "dropped");
    touch("node", node, "drop_due_uptime_hours");
    touch_all("node", node, "requests");
    touch_all("queue", node, "messages");
  }
  void alias(std::uint32_t user, const std::string& name) {
    touch("user", user, "aliases", [&] { return maker_.text(name); });
  }
  void member(const event::MemberSet& fact) {
    if (!fact.gid().empty()) touch("group", fact.group(), "");
    touch("group", fact.group(), "members", [&] { return maker_.name(UserNo(fact.user())); });
    touch("user", fact.user(), "groups", [&] { return maker_.name(GroupNo(fact.group())); });
  }
  void pings(std::uint32_t user) {
    for (const std::string_view field : {"pings_sent", "pings_failed", "ping_window_start_hours"}) {
      touch("user", user, field);
    }
  }
  void copy(std::uint32_t node, Lsn id) {
    touch("queue", node, "messages", [&] { return message_id(id); });
  }
  void copies(const Event& event) {
    if (event.has_stored()) {
      state::for_each_delta<NodeNo>(event.stored().recipients(),
                                    [&](NodeNo node) { copy(node.value(), view_->lsn); });
      if (event.stored().counts_as_ping()) pings(event.actor().user());
      touch("node", event.actor().node(), "requests", [&] { return message_id(view_->lsn); });
    } else if (event.has_acked()) {
      for (const std::uint64_t id : event.acked().ids()) copy(event.actor().node(), Lsn(id));
    } else if (event.has_expired()) {
      copies_of(event.expired());
    } else if (event.has_withdrawn()) {
      copies_of(event.withdrawn());
    }
  }
  template <class Fact>
  void copies_of(const Fact& fact) {
    state::for_each_delta<NodeNo>(fact.nodes(),
                                  [&](NodeNo node) { copy(node.value(), Lsn(fact.id())); });
  }

  const ObjectMaker& maker_;
  std::vector<Change>& changes_;
  std::map<Place, std::map<std::string, std::size_t>> wanted_;
  const EventView* view_ = nullptr;
};

}  // namespace

Result<> find_causes(const log::Reader& reader, const Range& range, const ObjectMaker& maker,
                     std::vector<Change>& changes) {
  if (changes.empty()) return {};
  CauseFinder finder(maker, changes);
  return walk_forward(reader, range, [&finder](const EventView& view) {
    finder.look(view);
    return true;
  });
}

}  // namespace mnm::mnmlog
