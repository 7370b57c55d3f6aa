// The objects of the views: users, nodes, groups, messages. Plain data; what it means is decided in
// ops/, how it changes in evolve_*.cc, how it is stored in rows.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/ids.h"
#include "base/rare.h"
#include "event.pb.h"
#include "log/log.h"
#include "message.pb.h"
#include "state/queue.h"

namespace mnm::state {

struct Alias {
  std::string name;
  bool once = false;     // retires with the first ping or invite that reaches it
  bool retired = false;  // reaches nobody and is never given to anyone else
};

// Pings and invites of one user, in windows of 24 hours of uptime.
struct PingCount {
  std::uint64_t window_start_hours = 0;
  std::uint32_t sent = 0;    // in the window
  std::uint32_t failed = 0;  // one after the other, up to now
};

// The targets are told while at least one of the nodes is connected; all of it ends with the last
// one.
struct Presence {
  std::vector<UserNo> targets;  // ascending
  std::vector<NodeNo> nodes;    // ascending: connected nodes that sent an OhiEdit
  std::vector<UserNo> sources;  // ascending: users that have this one among their targets
  friend bool operator==(const Presence&, const Presence&) = default;
};

struct User {
  std::string uid;
  std::vector<NodeNo> nodes;  // all there ever were, by ordinal from 1
  std::vector<Alias> aliases;
  bool receive_only = false;
  std::uint32_t groups_made = 0;
  PingCount pings;
  Rare<Presence> presence;
};

// An accepted request that may be sent again: its answer.
struct RecentRequest {
  Hash digest{};
  Lsn message;  // whose id and time the ack shows
  std::uint64_t posted_ns = 0;
  SessionId session;
  std::uint64_t at_hours = 0;  // uptime
};

// There may be millions: 120 octets each.
struct Node {
  UserNo user;
  NodeOrdinal ordinal;
  Rare<std::string> name;  // as its user calls it
  Hash verifier{};
  bool dropped = false;
  SessionId session;                    // while connected
  std::uint64_t seen_ns = 0;            // when it last logged in or its session ended; for people
  std::uint64_t drop_due_hours = 0;     // uptime at which an announced drop happens; 0 = none
  Lsn login_notice;                     // the one that waits for it, at most one
  std::vector<RecentRequest> requests;  // oldest first; see kRecentRequestsMax
  Queue queue;
};

static_assert(sizeof(Node) == 120);

struct Member {
  UserNo user;
  std::string alias;
  event::MemberStatus status = event::MEMBER_NONE;
};

struct Group {
  std::string gid;
  std::vector<Member> members;  // ascending by user

  // Null if there is none.
  [[nodiscard]] const Member* member(UserNo user) const;
  [[nodiscard]] const Member* member_by_alias(std::string_view alias) const;
};

// The longest body: the costs of millions can be summed up.
inline constexpr std::uint64_t kDataBytesMax = std::uint64_t{1} << 40;

// A message that still waits for somebody. There may be millions: 32 octets each, or less
// (packed_messages.h).
struct Message {
  std::uint32_t copies = 0;     // queues it is in
  std::uint32_t row_bytes = 0;  // with data_bytes: what a copy costs
  std::uint64_t data_bytes = 0;
  UserNo sender;
  std::uint32_t at_hours = 0;  // uptime when it was stored
  message::Kind kind = message::KIND_NONE;

  [[nodiscard]] std::uint64_t cost_bytes() const { return row_bytes + data_bytes; }
};

static_assert(sizeof(Message) == 32);

// What few messages have.
struct MessageExtras {
  log::BodyFile file;
  // Users that acked it while another of their nodes had not; ascending.
  std::vector<UserNo> had_by;
  friend bool operator==(const MessageExtras&, const MessageExtras&) = default;
};

// Whom a third party vouched for when a user registered.
struct Identity {
  std::string issuer;
  Hash subject{};  // HMAC over issuer and subject
};

// Who has a name: aliases and group ids share one namespace.
struct NameOwner {
  UserNo user;
  GroupNo group;
  bool once = false;
  bool retired = false;
};

[[nodiscard]] constexpr Lane lane_of(message::Kind kind) {
  return kind == message::USER ? Lane::kUrgent : Lane::kNormal;
}

}  // namespace mnm::state
