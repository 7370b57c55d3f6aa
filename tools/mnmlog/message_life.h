// What became of one message, as far as the log tells: who got a copy when, in which sessions it
// can have been sent, how each copy ended, and when the last one did.
//
// Main thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mnmlog/source.h"

namespace mnm::mnmlog {

struct Instant {
  Lsn lsn;  // none: it didn't happen, or before what is known
  std::uint64_t time_ns = 0;
};

// A session of the node during which the copy waited.
struct SessionSpan {
  SessionId id;
  Instant begun;  // none: before the message
  Instant ended;  // none: it is open, as far as the log knows
  std::string reason;
  // From its end, or, while it is open, from the relay; none when it was cut off by a start of the
  // relay, or nobody could be asked.
  struct Counts {
    std::uint64_t sent = 0;
    std::uint64_t acked = 0;
  };
  std::optional<Counts> counts;
};

enum class CopyState : std::uint8_t {
  kWaiting,
  kAcked,
  kExpired,   // by time, unacked
  kDropped,   // with its node
  kReplaced,  // a login notice, by a newer one
  kRefused,   // never queued: the node was over its quota
  kPurged,    // by an administrator
  kRecalled,  // by an administrator, for the sender
};
[[nodiscard]] std::string_view copy_state_name(CopyState state);

struct CopyLife {
  NodeNo node;
  CopyState state = CopyState::kWaiting;
  Instant queued;
  Instant ended;
  std::string reason;                 // kExpired, kPurged, kRecalled
  SessionId acked_in;                 // kAcked
  std::vector<SessionSpan> sessions;  // the last ones, at most kSpansMax
  std::uint64_t session_count = 0;
  bool begins_before_log = false;  // its first sessions may be gone with the events given up
  static constexpr std::size_t kSpansMax = 16;
};

// Whether it was sent. The log counts what a session sent, and doesn't say which messages.
enum class Sent : std::uint8_t { kNo, kPerhaps, kYes };
[[nodiscard]] Sent was_sent(const CopyLife& copy);

// A message about this one: a notify, its return as undelivered.
struct Notice {
  Lsn id;
  message::Kind kind = message::KIND_NONE;
};

struct MessageLife {
  Epoch epoch;
  Lsn id;
  bool trimmed = false;          // its event is gone, and with it the epoch and all addressees
  event::Event posted;           // of a trimmed event: what the message row knows
  std::vector<CopyLife> copies;  // by node
  Instant last_end;              // of the last copy: the message is purged from then on
  bool stored = false;           // its row is still there
  std::uint64_t row_bytes = 0;
  std::string missing_file;  // of its body, though the row is there
  std::vector<Notice> notices;
  std::vector<std::string> gaps;  // what can't be told, and why
  std::optional<Error> damage;    // where the log couldn't be read on

  [[nodiscard]] std::size_t waiting() const;
};

// kNegative when there is no such message, or nothing is left of it.
[[nodiscard]] Result<MessageLife> life_of(Source& source, Lsn id);

}  // namespace mnm::mnmlog
