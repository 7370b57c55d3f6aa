// What a link may hold and how long it may take: all bounds of the network side, with unit and
// reason.
//
// Constants only; any thread. What an operator may change is in SessionLimits and ServerLimits.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "net/frame.h"

namespace mnm::net {

// Never wall time: nothing on a link may depend on a clock that somebody sets.
using TimePoint = std::chrono::steady_clock::time_point;

// --- what a client may take its time for ------------------------------------------------------
// From accepting the link to a whole Register or Login, absolute: dribbled octets extend nothing. A
// TLS handshake is a part of it.
inline constexpr std::chrono::seconds kLoginWithin{5};
// TMTP: after login, without an octet. Its client pulses after 115 s.
inline constexpr std::chrono::seconds kTmtpIdle{120};
// A header that has begun; far above any real path, far below what ties a link up.
inline constexpr std::chrono::seconds kHeaderWithin{10};
// A body: this, and a second for each 64 KiB of it, the slowest link that we wait for.
inline constexpr std::chrono::seconds kBodyWithin{30};
inline constexpr std::uint64_t kBodyBytesPerSecondMin = 64 << 10;
// A send queue that makes no progress: the peer is there (TCP says so) but doesn't read.
inline constexpr std::chrono::seconds kSendStall{60};
// The last words of a link that we close, until the peer has taken them.
inline constexpr std::chrono::seconds kCloseWithin{5};
// From our last octet until the peer closes as well.
inline constexpr std::chrono::seconds kLingerWithin{2};
// The same when the server ends, for which people wait.
inline constexpr std::chrono::milliseconds kLingerAtEndWithin{250};
// The end of the server: what is queued may leave this long.
inline constexpr std::chrono::seconds kStopWithin{2};
// How often a net thread looks at the deadlines of its links: what they may be late.
inline constexpr std::chrono::milliseconds kSweepEvery{250};

// --- what a link may hold ---------------------------------------------------------------------
// A body up to this size lies in its message row, above it in a file of its own.
inline constexpr std::uint64_t kRowBodyBytesMax = 64 << 10;
// A large body moves in pieces of this size, one at a time, either way.
inline constexpr std::size_t kChunkBytes = 64 << 10;
// Octets taken from a link at once, into a buffer that all links of a thread share.
inline constexpr std::size_t kReadBytes = 128 << 10;
// Above this many octets in its send queue, a link isn't read: whoever doesn't take answers may not
// ask for more. The engine's credit bounds deliveries; this bounds answers.
inline constexpr std::size_t kSendPauseBytes = 1 << 20;
// Above this the link ends: presence is pushed to it and nothing else holds it back.
inline constexpr std::size_t kSendBytesMax = 64 << 20;
// The same in answers, deliveries and presence that wait behind a streamed body or a message that
// is being read: beyond the first the link isn't read, beyond the second it ends.
inline constexpr std::size_t kWaitingPause = 4096;
inline constexpr std::size_t kWaitingMax = 256 << 10;
// A streamed body's next chunk is read when no more than this waits to be sent.
inline constexpr std::size_t kSendLowBytes = kChunkBytes;
// Buffers in one gathering write; the kernel takes 1,024, more than 64 gained nothing.
inline constexpr std::size_t kGatherMax = 64;
// The kernel's send buffer for a link: enough for 64 KiB in flight at once, and what a peer that
// doesn't read can cost us.
inline constexpr int kSocketSendBytes = 256 << 10;

static_assert(kSendLowBytes < kSendPauseBytes, "a streamed body must not stop its link's requests");
static_assert(kSendPauseBytes < kSendBytesMax);
static_assert(kReadBytes > kLengthDigits + kHeaderBytesMax, "a header fits one read");

// --- the text of a ping or an invite ----------------------------------------------------------
inline constexpr std::uint64_t kTextBytesMax = 420;
inline constexpr std::size_t kTextUnitsMax = 140;  // UTF-16
static_assert(kTextBytesMax == 3 * kTextUnitsMax, "three octets of UTF-8 at most a UTF-16 unit");
static_assert(kTextBytesMax <= kRowBodyBytesMax);

// --- half-open links ---------------------------------------------------------------------------
inline constexpr int kKeepAliveIdle_s = 20;
inline constexpr int kKeepAliveEvery_s = 5;
inline constexpr int kKeepAliveCount = 3;
inline constexpr int kTcpUserTimeout_ms = 35'000;

// --- WebSocket ----------------------------------------------------------------------------------
// A ping so often; what answers none of two is gone. Proxies close what is silent for a minute.
inline constexpr std::chrono::seconds kPingEvery{25};

// --- HTTP ---------------------------------------------------------------------------------------
// A request's head, from its first octet; for the first one from accepting the link.
inline constexpr std::chrono::seconds kHttpHeadWithin{10};
// From one request's answer to the next request.
inline constexpr std::chrono::seconds kHttpIdle{60};
// Between octets of a request's body. How long all of it may take is the session's to say.
inline constexpr std::chrono::seconds kHttpBodyStall{30};
// What a page (health, figures) may take to answer.
inline constexpr std::chrono::seconds kHttpPageWithin{5};
// Server-sent events are never silent for longer, for the proxies between.
inline constexpr std::chrono::seconds kHttpHeartbeat{20};
// The longest that a poll may wait.
inline constexpr std::chrono::seconds kHttpWaitMax{120};
// Octets that follow a request whose answer isn't done: more isn't read.
inline constexpr std::size_t kHttpAheadBytes = 64 << 10;
// Answers up to this size are sent with their length, all at once.
inline constexpr std::size_t kHttpAnswerBytes = 64 << 10;
// What frames and their headers may add to a body in one request.
inline constexpr std::uint64_t kHttpBodyMargin = 1 << 20;
// Presence that waits for a session's next receiver; older notices are forgotten.
inline constexpr std::size_t kHttpPresenceMax = 256;

// Threads of one kind; more than there are processors gain nothing, far more cost memory.
inline constexpr std::size_t kThreadsMax = 256;

// What an operator may change about one link.
struct SessionLimits {
  // The longest body that is taken at all; longer ones end the link before an octet is stored.
  std::uint64_t body_bytes_max = std::uint64_t{1} << 30;
  // MMTP has no pulse that clients must send, so no idle limit unless asked for. 0: none.
  std::chrono::seconds mmtp_idle{0};
  std::chrono::seconds tmtp_idle = kTmtpIdle;
};

// What an operator may change about all links together.
struct ServerLimits {
  std::size_t links_max = 20'000;
  // Of these, links that are not logged in; so that strangers can't crowd out users. Links from
  // this machine are not counted here.
  std::size_t strangers_percent = 25;
  // Links from one address (IPv6: one /64) that are not logged in.
  std::size_t strangers_per_address = 1'000;
};

}  // namespace mnm::net
