// What an operator may bound: each value is an option of mnmd (daemon/config). Read by decide; part
// of no event, since events record what was decided.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mnm::ops {

struct Limits {
  // Waiting for one node. Beyond either a node gets no new copies.
  std::uint64_t node_messages_max = 1'000'000;
  std::uint64_t node_bytes_max = std::uint64_t{16} << 30;
  // Of one user.
  std::uint32_t nodes_max = 100;  // the protocol's; live ones
  std::uint32_t aliases_max = 10'000;
  // Of one group.
  std::uint32_t members_max = 100'000;
  // Pings of one user in 24 hours of uptime; and failed ones in a row, after which it waits for the
  // next window.
  std::uint32_t pings_max = 1'000;
  std::uint32_t failed_pings_max = 100;
  // Uptime after which a post that no node of a recipient has acked is returned; 0 = never.
  std::uint64_t undelivered_hours = 0;
  // How long the announced drop of an older node can be vetoed, hours of uptime.
  std::uint64_t drop_delay_hours = 72;
  // Accounts that register from now on may not ping, post, invite.
  bool register_receive_only = false;
  // Sent to one session and not acked yet.
  std::uint32_t window_messages = 256;
  std::uint64_t window_bytes = std::uint64_t{1} << 20;  // one message is always allowed
  // Refusals that one address or user may have logged: a burst, and this many more an hour.
  std::uint32_t refusal_events_burst = 100;
  std::uint32_t refusal_events_per_hour = 600;
  // Accounts that one address beyond this machine may make.
  std::uint32_t registrations_burst = 100;
  std::uint32_t registrations_per_hour = 600;
  // Events that one user may cause, acks excepted; 0 an hour = no limit.
  std::uint32_t user_events_burst = 1'000'000;
  std::uint32_t user_events_per_hour = 0;
};

// The most that one turn of the engine takes, so that its record stays well below what a log takes
// at once.
inline constexpr std::size_t kTurnRequestsMax = 1024;
inline constexpr std::size_t kTurnBytesMax = std::size_t{1} << 20;
// Nodes that its events list, beyond which no more requests are taken: a short post to a large
// group makes a long event.
inline constexpr std::size_t kTurnNodesMax = std::size_t{1} << 20;

}  // namespace mnm::ops
