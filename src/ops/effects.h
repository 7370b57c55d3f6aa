// What the engine says to sessions once a turn is durable: answers to their requests and messages
// to deliver.
//
// Made on the engine's thread, posted once a turn to each outlet, carried out on the sessions' own
// threads in the order given.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "ops/command.h"
#include "ops/message.h"

namespace mnm::ops {

// The session is registered and logged in.
struct Registered {
  std::string uid;
  std::string secret;
  NodeOrdinal ordinal;
  std::string error;  // of the alias asked for; empty when it went well
};

struct LoggedIn {
  std::vector<std::string> online;  // uids whose presence this user is told of
};

// The answer to a request that has an id. With an error nothing was stored.
struct Acknowledged {
  event::Op op = event::OP_NONE;
  std::string id;
  std::string error;
  Lsn message;                      // 0 when the op shows none
  std::uint64_t posted_ns = 0;      // with message
  std::uint32_t retry_after_s = 0;  // the error may pass
};

// MMTP's answer to UserEdit.
struct Updated {
  std::string secret;  // of the new node
  // When not 0 the secret and ordinal aren't at hand: they are in this message's row, while that is
  // kept (a retried request).
  Lsn secret_in;
  NodeOrdinal ordinal;
  std::string error;
  std::uint32_t retry_after_s = 0;  // the error may pass
};

// The last word on the link, which is then closed. Empty text: close without a word.
struct Dismissed {
  std::string text;
};

// Presence: not stored, not acked.
struct Ohi {
  std::string from_uid;
  std::uint32_t status = 1;  // 1 here, 2 gone
};

// A message to send. Whoever sends it holds the order: what follows a message that must be read
// first, waits.
struct Delivery {
  Lsn id;
  std::uint64_t bytes = 0;  // what it costs of the session's credit
  MessageHandle message;    // null: not in memory, read it; if it is gone by then, skip it
};

// A message that was handed over is gone: what of it isn't sent never will be, and a link in the
// middle of its octets ends. Comes out of turn: it isn't for the client.
struct Revoked {
  Lsn id;
};

using Effect =
    std::variant<Registered, LoggedIn, Acknowledged, Updated, Dismissed, Ohi, Delivery, Revoked>;

struct SessionEffects {
  SessionId session;
  std::vector<Effect> effects;
};

// Where a group of sessions (those of one network thread) takes its effects from.
class Outlet {
 public:
  virtual ~Outlet() = default;
  // From the engine's thread, at most once a turn; must not block. Sessions that are gone are
  // passed over.
  virtual void post(std::vector<SessionEffects> effects) = 0;
  // The inbox has room again after offer() said that it was full. From the engine's thread; must
  // not block.
  virtual void resume() = 0;
};

}  // namespace mnm::ops
