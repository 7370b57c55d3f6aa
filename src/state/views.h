// The views: what the log's events add up to. A pure fold: same events, same views, on any machine.
//
// Not thread-safe; the engine, the projector and each tool own one. Knows no clock, randomness, I/O
// or thread. evolve cannot fail: an event that doesn't fit what came before is a bug of decide, and
// a CHECK. (Partial views throw instead.)
#pragma once

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/ids.h"
#include "event.pb.h"
#include "log/log.h"
#include "state/message_table.h"
#include "state/object_table.h"
#include "state/objects.h"
#include "state/touched.h"

namespace mnm::state {

// Names the meaning of evolve: a checkpoint of another version is rebuilt from the log.
inline constexpr std::uint32_t kFoldVersion = 4;
// A node's accepted requests that are remembered: the last one always, the others for this long.
inline constexpr std::size_t kRecentRequestsMax = 65;
inline constexpr std::uint64_t kRecentRequestHours = 24;
inline constexpr std::uint64_t kPingWindowHours = 24;

// A stretch of a queue's lane by absolute index: what a checkpoint writes as one row.
inline constexpr std::uint64_t kSegmentEntries = 256;
struct QueueSegment {
  NodeNo node;
  Lane lane = Lane::kNormal;
  std::uint64_t number = 0;  // absolute index / kSegmentEntries
  friend auto operator<=>(const QueueSegment&, const QueueSegment&) = default;
};
struct QueueSegmentHash {
  using is_avalanching = void;
  std::size_t operator()(const QueueSegment& segment) const {
    std::size_t hash = 0;
    boost::hash_combine(hash, segment.node.value());
    boost::hash_combine(hash, segment.number << 1 | static_cast<std::uint64_t>(segment.lane));
    return hash;
  }
};

// What events did, for those who act on it. Appended to, so that one object serves a whole turn.
struct Changes {
  struct Queued {
    NodeNo node;
    Lsn id;
  };
  std::vector<log::MessagePurge> purges;  // messages that wait for nobody any more
  std::vector<Queued> queued;
  std::vector<Queued> withdrawn;  // copies that ended without an ack, though the node goes on

  // Objects whose rows differ now; filled only when `track` is set (the projector's use).
  bool track = false;
  // All rows differ, and none that isn't the views' may stay. For a replay from the beginning, in
  // which nearly everything changes: instead of `track`.
  bool everything = false;
  Touched<UserNo> users;
  Touched<NodeNo> nodes;
  Touched<QueueSegment, QueueSegmentHash> queues;
  Touched<GroupNo> groups;
  Touched<Lsn> messages;

  void touch(UserNo user) {
    if (track) users.insert(user);
  }
  void touch(NodeNo node) {
    if (track) nodes.insert(node);
  }
  void touch(GroupNo group) {
    if (track) groups.insert(group);
  }
  void touch(Lsn message) {
    if (track) messages.insert(message);
  }
};

class StoredRows;

class Views {
 public:
  // Views that hold only what events needed, with the rest in `rows`, of a checkpoint at
  // `applied`: for a fold that writes what it touches back there. It knows no names, costs or
  // sources of presence, and evolve() alone may be called, and what asks for an object that was
  // touched. They and evolve() throw StoredRows::Unreadable. (partial_views.cc)
  [[nodiscard]] static Views partial(StoredRows& rows, Lsn applied);
  [[nodiscard]] bool is_whole() const { return stored_ == nullptr; }
  // Of partial views, when all that they touched is in the rows: lets go of what was needed
  // neither since the last call nor in the interval before it.
  void settle();

  // Folds one event; `lsn` is its own. Events come in order, none twice.
  void evolve(Lsn lsn, const event::Event& event, Changes& changes);

  // The last event folded.
  [[nodiscard]] Lsn applied() const { return applied_; }
  [[nodiscard]] Epoch epoch() const { return epoch_; }
  [[nodiscard]] std::uint64_t uptime_hours() const { return uptime_hours_; }
  // The last event that was given up, and may be gone from the log.
  [[nodiscard]] Lsn trimmed() const { return trimmed_; }

  // By number, which must exist.
  [[nodiscard]] const User& user(UserNo number) const;
  [[nodiscard]] const Node& node(NodeNo number) const;
  [[nodiscard]] const Group& group(GroupNo number) const;
  // None when nobody waits for it.
  [[nodiscard]] std::optional<Message> message(Lsn id) const { return messages_.find(id); }
  // The default where there is none. Good until the next event.
  [[nodiscard]] const MessageExtras& message_extras(Lsn id) const { return messages_.extras(id); }
  // By name; none if unknown.
  [[nodiscard]] UserNo find_user(std::string_view uid) const;
  [[nodiscard]] GroupNo find_group(std::string_view gid) const;
  // Null if nobody has or had it.
  [[nodiscard]] const NameOwner* find_name(std::string_view name) const;
  // The user that an alias reaches now; none for groups and retired aliases.
  [[nodiscard]] UserNo find_alias(std::string_view alias) const;

  // Null if nobody vouched for the user.
  [[nodiscard]] const Identity* identity(UserNo user) const;
  // How many users registered as this one.
  [[nodiscard]] std::uint32_t accounts_of(const Hash& subject) const;

  // One more than the highest number in use: what the next of its kind gets.
  [[nodiscard]] UserNo next_user() const { return users_.next(); }
  [[nodiscard]] NodeNo next_node() const { return nodes_.next(); }
  [[nodiscard]] GroupNo next_group() const { return groups_.next(); }
  [[nodiscard]] std::size_t message_count() const { return messages_.size(); }
  // Nodes whose drop is announced.
  [[nodiscard]] const std::set<NodeNo>& pending_drops() const { return pending_drops_; }
  // Ids of waiting messages of this kind stored at `hours` of uptime or before, ascending. Walks
  // all messages.
  [[nodiscard]] std::vector<Lsn> messages_until(message::Kind kind, std::uint64_t hours) const;

  // SHA-256 over the rows of all objects in the order of their keys (rows.h). Walks everything.
  [[nodiscard]] Hash digest() const;

 private:
  friend class RowWriter;  // rows.h: objects to rows, and back from a checkpoint
  friend class RowReader;

  // evolve_users.cc
  void on(const event::Event& event, const event::Registered& fact, Changes& changes);
  void on(const event::Event& event, const event::LoggedIn& fact, Changes& changes);
  void on(const event::Event& event, const event::SessionEnded& fact, Changes& changes);
  void on(const event::Event& event, const event::Refused& fact, Changes& changes);
  void on(const event::Event& event, const event::NodeAdded& fact, Changes& changes);
  void on(const event::Event& event, const event::NodeDropAnnounced& fact, Changes& changes);
  void on(const event::Event& event, const event::NodeDropVetoed& fact, Changes& changes);
  void on(const event::Event& event, const event::NodeDropped& fact, Changes& changes);
  void on(const event::Event& event, const event::AliasAdded& fact, Changes& changes);
  void on(const event::Event& event, const event::AliasRetired& fact, Changes& changes);
  void on(const event::Event& event, const event::ReceiveOnlySet& fact, Changes& changes);
  // evolve_presence.cc
  void on(const event::Event& event, const event::OhiEdited& fact, Changes& changes);
  void end_session(NodeNo number, std::uint64_t time_ns, Changes& changes);
  void set_target(UserNo source, UserNo target, bool on, Changes& changes);
  void forget_source(UserNo target, UserNo source);
  void end_all_sessions(Changes& changes);
  // evolve_groups.cc
  void on(const event::Event& event, const event::MemberSet& fact, Changes& changes);
  // evolve_queues.cc
  void on(Lsn lsn, const event::Event& event, const event::Stored& fact, Changes& changes);
  void on(const event::Event& event, const event::Acked& fact, Changes& changes);
  void on(const event::Event& event, const event::Expired& fact, Changes& changes);
  void on(const event::Event& event, const event::Withdrawn& fact, Changes& changes);
  void end_copies(Lsn id, const google::protobuf::RepeatedField<std::uint32_t>& nodes,
                  Changes& changes);
  void remember_request(Lsn lsn, const event::Event& event, const event::Stored& fact,
                        Changes& changes);
  void add_copy(NodeNo number, Lsn id, Message& message, Changes& changes);
  bool end_copy(NodeNo number, Lsn id, Changes& changes);
  void copy_queue(NodeNo from, NodeNo to, Changes& changes);
  void drop_queue(NodeNo number, Changes& changes);
  [[nodiscard]] bool waits_at_another(const Node& node, NodeNo number, Lsn id);
  // partial_views.cc
  User& fetch(UserNo number);
  Node& fetch(NodeNo number);
  Group& fetch(GroupNo number);
  bool fetch_message(Lsn id);
  void hold_connected();
  // views.cc
  void fold_fact(Lsn lsn, const event::Event& event, Changes& changes);
  [[nodiscard]] User& at(UserNo number);
  [[nodiscard]] Node& at(NodeNo number);
  [[nodiscard]] Group& at(GroupNo number);
  // MessageTable::change(). False when it waits for nobody.
  template <class Change>
  [[nodiscard]] bool change_message(Lsn id, const Change& change) {
    if (messages_.change(id, change)) return true;
    return !is_whole() && fetch_message(id) && messages_.change(id, change);
  }
  // That the event fits what came before. If not: a bug of decide, which ends the program, or, of
  // partial views, other rows than those that came before, which is thrown.
  void require(bool fits, std::string_view what) const {
    if (!fits) [[unlikely]]
      misfit(what);
  }
  [[noreturn]] void misfit(std::string_view what) const;
  // What is derived, and partial views have none of.
  void index_user(UserNo number, const User& user);
  bool index_uid(UserNo number, const std::string& uid);
  void index_name(const std::string& name, const NameOwner& owner);

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  // A subject is an HMAC: any of its octets are as good as a hash.
  struct SubjectHash {
    std::size_t operator()(const Hash& subject) const {
      std::size_t octets = 0;
      std::memcpy(&octets, subject.data(), sizeof octets);
      return octets;
    }
  };
  template <class Value>
  using ByText = boost::unordered_flat_map<std::string, Value, TextHash, std::equal_to<>>;

  Lsn applied_;
  Epoch epoch_;
  std::uint64_t uptime_hours_ = 0;
  Lsn trimmed_;
  ObjectTable<UserNo, User> users_;
  ObjectTable<NodeNo, Node> nodes_;
  ObjectTable<GroupNo, Group> groups_;
  MessageTable messages_;
  boost::unordered_flat_map<UserNo, Identity, std::hash<UserNo>> identities_;  // never iterated
  // Derived; not in rows.
  boost::unordered_flat_map<std::uint64_t, UserNo> uids_;  // by a hash of it, or the next free
  ByText<NameOwner> names_;
  std::set<NodeNo> pending_drops_;
  boost::unordered_flat_map<Hash, std::uint32_t, SubjectHash> accounts_;
  // Of partial views.
  StoredRows* stored_ = nullptr;                    // null: they are whole
  Lsn settled_;                                     // applied() at the last settle()
  boost::unordered_flat_set<std::uint64_t> ended_;  // messages whose rows are still there
};

// A sorted list of numbers as differences, the first from 0, and back.
template <class Repeated, class Numbers>
void put_deltas(const Numbers& numbers, Repeated* out) {
  std::uint32_t previous = 0;
  for (const auto number : numbers) {
    out->Add(number.value() - previous);
    previous = number.value();
  }
}
template <class Id, class Repeated, class Visit>
void for_each_delta(const Repeated& deltas, Visit visit) {
  std::uint32_t number = 0;
  for (const std::uint32_t delta : deltas) visit(Id(number += delta));
}

}  // namespace mnm::state
