// What a client asks for, in no dialect: the input of the engine. A codec (net/) makes it from a
// frame; one file src/ops/decide_*.cc a command decides it.
//
// Made on a session's thread, moved to the engine's. Syntax and lengths are checked already; what
// is left to decide depends on the views.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/crypto.h"
#include "base/ids.h"
#include "event.pb.h"
#include "ops/message.h"

namespace mnm::state {
class Views;
}

namespace mnm::ops {

class Outlet;  // ops/effects.h

enum class Dialect : std::uint8_t { kMmtp, kTmtp };

// Where two dialects of one protocol differ in what happens, not in how it is written.
struct DialectRules {
  bool login_takes_over;         // a connected node's second login: takes over, or is refused
  bool notices_to_own_node;      // user and login messages also go to the node that caused them
  bool retries_across_sessions;  // a repeated request is recognised without being marked as one
  bool passing_refusal_silent;   // not answered at all, since the client takes an error for final
};
[[nodiscard]] constexpr DialectRules rules_of(Dialect dialect) {
  return dialect == Dialect::kTmtp ? DialectRules{false, true, true, true}
                                   : DialectRules{true, false, false, false};
}

// A password made for a node that doesn't exist yet. The text goes to the client; only the verifier
// is remembered.
struct FreshSecret {
  std::string text;  // 40 characters
  Hash verifier{};   // HMAC-SHA-256 under the server's key over the node's uid and the password's
                     // octets
};

// Who somebody is to a third party, as that has vouched for.
struct Identity {
  std::string issuer;
  Hash subject{};  // HMAC-SHA-256 under the server's key over the issuer and its subject
};

struct Register {
  std::string node_name;
  std::optional<std::string> alias;
  std::string uid;  // fresh: 32 characters, 160 random bits
  FreshSecret secret;
  std::optional<Identity> identity;  // whom a third party's token names, if one was given and holds
  std::string_view token_fault;      // else why the one that was given doesn't; of static storage
};

struct Login {
  std::string uid;
  Hash verifier{};  // of the password given
};

// MMTP: the caller's own, to be checked against the session's node.
struct Credentials {
  std::string uid;
  Hash verifier{};
};

// Exactly one change in TMTP, any in MMTP.
struct UserEdit {
  std::optional<Credentials> credentials;
  std::optional<std::string> new_node;
  FreshSecret secret;  // when new_node is set
  std::optional<std::string> new_alias;
  bool once = false;
  std::optional<std::uint32_t> drop_node;  // ordinals
  std::optional<std::uint32_t> keep_node;
  std::optional<std::string> drop_alias;
};

enum class OhiType : std::uint8_t { kAdd, kDrop, kInit };
struct OhiEdit {
  OhiType type = OhiType::kAdd;
  std::vector<std::string> for_uids;  // not empty
};

struct GroupInvite {
  std::string gid;
  std::string from;
  std::string to;
  Body text;  // empty when none
};

enum class GroupAct : std::uint8_t { kJoin, kAlias, kDrop };
struct GroupEdit {
  GroupAct act = GroupAct::kJoin;
  std::string gid;
  std::string new_alias;  // join (may be empty), alias
  std::string to;         // drop
};

enum class TargetType : std::uint8_t { kUser = 1, kGroupWithSelf = 2, kGroupWithoutSelf = 3 };
struct Target {
  std::string id;
  TargetType type = TargetType::kUser;
};

struct Post {
  std::vector<Target> to;
  std::uint64_t head_bytes = 0;
  std::uint64_t data_sum = 0;
  Body body;

  // Op 8: a second, shorter message about this one.
  struct Note {
    std::vector<Target> to;
    bool not_self = false;
    std::uint64_t head_bytes = 0;
    std::uint64_t data_sum = 0;
    Body body;
  };
  std::optional<Note> note;
};

struct Ping {
  std::string from;
  std::string to;
  Body text;
};

// Of messages that a session acks in a row, one command (ops/inbox.h).
struct Ack {
  Lsn id;                      // 0 when the text was no message id: harmless, counted
  std::vector<Lsn> more = {};  // those right after it

  template <class Visit>
  void for_each(Visit visit) const {
    visit(id);
    for (const Lsn other : more) visit(other);
  }
};

struct Quit {};

// The link is gone: closed by the peer, by an error, by a deadline. The last request of every
// session that began.
struct Lost {
  std::string reason;
};

// What the session turned down itself, for the log, and to be answered in its turn.
struct TurnedDown {
  event::Op op = event::OP_NONE;
  std::string error;
  std::string uid;  // that of a login asked to be; empty when it isn't known
  // Of a request of a session that is logged in, which may come again then. 0: of a link that isn't
  // logged in, and has had its answer.
  std::uint32_t retry_after_s = 0;
};

// An hour more of uptime. From the relay itself, on no session.
struct TickHour {};

// From an administrator, on no session.
struct SetReceiveOnly {
  std::string uid;
  bool on = true;
};

// From an administrator: a message that waits is to wait for nobody any more, and its octets are to
// go.
enum class WithdrawHow : std::uint8_t {
  kPurge,   // nobody is told
  kRecall,  // for its sender, whose nodes get an `undelivered` for those who hadn't got it
};
struct Withdraw {
  Lsn id;
  WithdrawHow how = WithdrawHow::kPurge;
  std::string reason;  // the administrator's words, for the log
};

// From an administrator: the live sessions of a user's node, or of all its nodes (0), end.
struct EndSessions {
  std::string uid;
  std::uint32_t ordinal = 0;
};

// From an administrator: a node of a user is dropped, as if an older node had asked for it and
// nobody had objected.
struct DropNode {
  std::string uid;
  std::uint32_t ordinal = 0;
};

// From an administrator: a backup was written and verified.
struct NoteBackup {
  event::BackedUp fact;
};

// From an administrator, or found at a start: the keyring was sealed with another key.
struct NoteRekey {
  event::Rekeyed fact;
};

// From an administrator, or by the time that events are kept: the events through the fact's LSN go,
// once this is durable. The base there is on the disk.
struct Trim {
  event::Trimmed fact;
};

// From the relay itself: the disk has fallen below its reserve, or is above it again.
struct DiskLow {
  bool low = true;
};

class LiveSessions;  // ops/live_sessions.h

// From an administrator: a look at the views between two turns, when all that they hold is durable.
// It runs on the engine's thread and holds up everything else.
struct Inspect {
  std::function<void(const state::Views&)> look;
  // Also at the book of live sessions; may be empty.
  std::function<void(const state::Views&, const LiveSessions&)> look_at_sessions = {};
};

using Command = std::variant<Register, Login, UserEdit, OhiEdit, GroupInvite, GroupEdit, Post, Ping,
                             Ack, Quit, Lost, TurnedDown, TickHour, SetReceiveOnly, Withdraw,
                             EndSessions, DropNode, NoteBackup, NoteRekey, Trim, DiskLow, Inspect>;

struct Origin {
  event::Transport transport = event::TRANSPORT_NONE;
  std::string peer;
  std::string network;  // what counts as one address: of IPv6 the /64. Empty: this machine
};

struct Request {
  SessionId session;
  Outlet* outlet = nullptr;              // where effects for the session go; outlives the engine
  std::shared_ptr<const Origin> origin;  // may be left out once the session is logged in
  Dialect dialect = Dialect::kMmtp;
  std::string id;              // the client's, exactly; may hold any octet
  std::optional<Hash> digest;  // HMAC over op, id and content, for ops that store a message
  bool retry = false;          // the client says that it may have sent this before
  // What the session had so far that asks for nothing: pulses, version requests after its login.
  std::uint64_t pulses = 0;
  Command command;
};

// The octets that a request holds in memory, for the inbox's bound.
[[nodiscard]] std::size_t memory_of(const Request& request);
// The durable name of the op, for refusals.
[[nodiscard]] event::Op op_of(const Command& command);

}  // namespace mnm::ops
