// Deciding: what a request means, given the views. decide() reads the views and the context, and
// writes a Decision: events, messages, and what to tell sessions. It changes nothing else and knows
// no clock, randomness or I/O.
//
// On the engine's thread. One file decide_<op>.cc per command; a test of the same name.
#pragma once

#include <google/protobuf/arena.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "event.pb.h"
#include "ops/command.h"
#include "ops/effects.h"
#include "ops/limits.h"
#include "ops/message.h"
#include "state/views.h"

namespace mnm::ops {

// What a session did so far, for its closing event.
struct SessionCounts {
  std::uint64_t sent = 0;  // handed to the link
  std::uint64_t acked = 0;
  std::uint64_t stray_acks = 0;
  std::uint64_t pulses = 0;     // Request::pulses of its last request
  std::uint64_t no_change = 0;  // requests that made no event, acks apart
};

// The engine's book of live sessions.
class Sessions {
 public:
  virtual ~Sessions() = default;
  [[nodiscard]] virtual SessionCounts counts(SessionId session) const = 0;
  // Where the session came from; null when that isn't known. Valid while the session lives.
  [[nodiscard]] virtual const Origin* origin(SessionId session) const = 0;
};

class Lookalikes;  // ops/lookalikes.h

// All that a decision may know beyond the request.
struct Context {
  const state::Views& views;
  const Limits& limits;
  const Request& request;
  std::uint64_t now_ns = 0;  // UTC; for people, and for "posted"
  // The session's account; none before it is logged in, and on requests of the relay itself.
  UserNo user;
  NodeNo node;
  const Sessions& sessions;
  bool over_budget = false;  // its address, session or user has caused too many events
  bool disk_low = false;     // nothing new may be stored; what makes room goes on
  const Lookalikes* lookalikes = nullptr;  // null: names that look like others are allowed
  const Origin* session_origin = nullptr;  // where the session logged in from, if it has

  // Where it comes from; null where that isn't known.
  [[nodiscard]] const Origin* origin() const {
    return request.origin != nullptr ? request.origin.get() : session_origin;
  }
  [[nodiscard]] const state::User& own_user() const { return views.user(user); }
  [[nodiscard]] const state::Node& own_node() const { return views.node(node); }
  [[nodiscard]] DialectRules rules() const { return rules_of(request.dialect); }
};

// A message to put into the log beside its event.
struct NewRow {
  MessageHandle message;
  std::string head;                     // ops/message.h
  std::shared_ptr<log::Upload> upload;  // to release before it is put
};

struct Told {
  SessionId session;
  Effect effect;
  Outlet* outlet = nullptr;  // filled by the engine
};

// Filled by decide. Events and their LSNs are one to one, from `first`.
class Decision {
 public:
  Decision(Lsn first, google::protobuf::Arena& arena) : first_(first), arena_(arena) {}

  // Room for what so many requests make, as a rule.
  void expect(std::size_t requests) {
    events.reserve(requests);
    rows.reserve(requests);
    told.reserve(requests);
  }
  // Adds an event with time, actor and cause; the caller sets its fact. The reference stays valid.
  event::Event& add(const Context& context);
  // The LSN that the next added event gets.
  [[nodiscard]] Lsn next_lsn() const { return first_ + events.size(); }

  // To the session that asked.
  void answer(const Context& context, Effect effect);
  void tell(SessionId session, Effect effect) {
    told.push_back({session, std::move(effect), nullptr});
  }

  std::vector<event::Event*> events;  // on the arena
  std::vector<NewRow> rows;           // ascending by id
  std::vector<Told> told;
  std::size_t listed_nodes = 0;  // by the events that store messages
  NodeNo attached;               // the session that asked is now this node's
  Lsn trim_before;               // events below it go once this is durable; 0: none do
  std::size_t stray_acks = 0;    // of the request: those that changed nothing
  // A Refused event was added that goes again if the budget for them is spent.
  bool refused = false;

 private:
  Lsn first_;
  google::protobuf::Arena& arena_;
};

// Decides whatever the context's request asks for: refuses for now what the budget or the disk
// doesn't allow, else calls the command's own decide().
void decide_request(const Context& context, Decision& decision);

void decide(const Context& context, const Register& command, Decision& decision);
void decide(const Context& context, const Login& command, Decision& decision);
void decide(const Context& context, const UserEdit& command, Decision& decision);
void decide(const Context& context, const OhiEdit& command, Decision& decision);
void decide(const Context& context, const GroupInvite& command, Decision& decision);
void decide(const Context& context, const GroupEdit& command, Decision& decision);
void decide(const Context& context, const Post& command, Decision& decision);
void decide(const Context& context, const Ping& command, Decision& decision);
void decide(const Context& context, const Ack& command, Decision& decision);
void decide(const Context& context, const Quit& command, Decision& decision);
void decide(const Context& context, const Lost& command, Decision& decision);
void decide(const Context& context, const TurnedDown& command, Decision& decision);
void decide(const Context& context, const TickHour& command, Decision& decision);
void decide(const Context& context, const SetReceiveOnly& command, Decision& decision);
void decide(const Context& context, const Withdraw& command, Decision& decision);
void decide(const Context& context, const EndSessions& command, Decision& decision);
void decide(const Context& context, const DropNode& command, Decision& decision);
void decide(const Context& context, const NoteBackup& command, Decision& decision);
void decide(const Context& context, const NoteRekey& command, Decision& decision);
void decide(const Context& context, const Trim& command, Decision& decision);

}  // namespace mnm::ops
