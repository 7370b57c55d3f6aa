// What an operator may bound: each value is an option of mnmd (daemon/config). Read by decide; part
// of no event, since events record what was decided.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mnm::ops {

// What may happen at once, and how much more in an hour; 0 an hour = no limit, a burst of 0 =
// nothing.
struct Budget {
  std::uint32_t burst = 0;
  std::uint32_t per_hour = 0;
};

struct Limits {
  // Waiting for one node. Beyond either a node gets no new copies.
  std::uint64_t node_messages_max = 1'000'000;
  std::uint64_t node_bytes_max = std::uint64_t{16} << 30;
  // Of one user.
  std::uint32_t nodes_max = 100;  // the protocol's; live ones
  // Dropped ones included: each costs a look at every ack and post of its user, for ever.
  std::uint32_t nodes_ever_max = 2'000;
  std::uint32_t aliases_max = 10'000;
  std::uint32_t groups_max = 10'000;  // that the user has made
  // Of one group.
  std::uint32_t members_max = 100'000;
  // Pings and invites of one user in 24 hours of uptime, failed ones included; and failed ones in a
  // row, after which it waits for the next window.
  std::uint32_t pings_max = 1'000;
  std::uint32_t failed_pings_max = 100;
  // Uptime after which a post that no node of a recipient has acked is returned; 0 = never.
  std::uint64_t undelivered_hours = 0;
  // How long the announced drop of an older node can be vetoed, hours of uptime.
  std::uint64_t drop_delay_hours = 72;
  // Refuse names that people would take for one that is taken (ops/lookalikes.h), not only the
  // same.
  bool distinct_aliases = false;
  // Accounts that register from now on may not ping, post, invite.
  bool register_receive_only = false;
  // They need a third party's word.
  bool register_needs_identity = false;
  // Accounts of one whom a third party vouches for; 0 = no limit. More than one, since whoever has
  // lost all devices can only register anew.
  std::uint32_t accounts_per_identity = 10;
  // Sent to one session and not acked yet.
  std::uint32_t window_messages = 256;
  std::uint64_t window_bytes = std::uint64_t{1} << 20;  // one message is always allowed
  // Refusals that one address or user may have logged.
  Budget refusal_events{100, 600};
  // Accounts that one address beyond this machine may make.
  Budget registrations{100, 600};
  // Logins from one address beyond this machine; one that fails costs kFailedLoginCost of them.
  Budget address_logins{2'000, 20'000};
  // Posts of one user, and KiB in them; a post costs one at least. One that is larger than what is
  // left takes all.
  Budget user_posts{10'000, 0};
  Budget user_post_kib{1 << 20, 0};
  // Links from this machine count as from one address, too.
  bool limit_this_machine = false;
  // Events that requests of one session, one user and one address beyond this machine may cause,
  // acks excepted, which make room. A session has less than its user, so that one device that runs
  // wild doesn't silence the others; an account less than its address, so that accounts don't add
  // up. An honest client is far below: 500 requests a second, day and night.
  Budget session_events{2'000'000, 1'800'000};
  Budget user_events{4'000'000, 3'600'000};
  Budget address_events{20'000'000, 18'000'000};
};

// Whoever guesses passwords fails each time.
inline constexpr std::uint32_t kFailedLoginCost = 10;

// Addresses, or users, whose budgets are known one by one: about 1 MB of each kind.
inline constexpr std::size_t kTokenBucketsMax = 10'000;
// Addresses and users whose refusals are counted one by one, once they are not logged: an event
// each in a minute.
inline constexpr std::size_t kSuppressedNamesMax = 100;

// The most that one turn of the engine takes, so that its record stays well below what a log takes
// at once.
inline constexpr std::size_t kTurnRequestsMax = 1024;
inline constexpr std::size_t kTurnBytesMax = std::size_t{1} << 20;
// Acks, of which a request may have many: each may purge a message.
inline constexpr std::size_t kTurnAcksMax = 8192;
// Nodes that its events list, beyond which no more requests are taken: a short post to a large
// group makes a long event.
inline constexpr std::size_t kTurnNodesMax = std::size_t{1} << 20;

}  // namespace mnm::ops
