// Counts of events as they are folded behind the engine: by kind, and what they say of sessions,
// refusals and the time that messages wait.
//
// on() from one thread, the projector's; the figures from any. They are as far as that thread is.
#pragma once

#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/ids.h"
#include "daemon/tally.h"
#include "event.pb.h"

namespace mnm::daemon {

class EventFigures {
 public:
  // Facts have field numbers from 16; more than this are counted as 0, "other".
  static constexpr std::size_t kFactsMax = 64;
  static constexpr std::size_t kOps = event::Op_ARRAYSIZE;
  static constexpr std::size_t kTransports = 10;  // event.proto, server_address.h
  // Messages whose time is remembered until they are acked; of older ones the wait isn't told.
  static constexpr std::size_t kTimedMax = 65'536;

  enum class End : std::uint8_t { kQuit, kPeer, kIdle, kReplaced, kFault, kRelay, kOther };
  static constexpr std::array<std::string_view, 7> kEnds = {"quit",  "peer",  "idle", "replaced",
                                                            "fault", "relay", "other"};

  void on(Lsn lsn, const event::Event& event);

  Count applied;                            // the last LSN counted
  std::array<Count, kFactsMax> facts;       // by field number
  std::array<Count, kOps> refused;          // by op
  std::array<Count, kTransports> sessions;  // that are logged in, by transport
  std::array<Count, kEnds.size()> ended;    // sessions, by why
  Histogram<20> waited_ms{1};               // from stored to acked: 1 ms to 8.7 min

 private:
  void entered(const event::Actor& actor);
  void left(const event::Actor& actor);
  void timed(Lsn id, std::uint64_t time_ns);

  std::unordered_map<std::uint64_t, std::size_t> live_;  // sessions, by transport
  std::unordered_map<std::uint64_t, std::uint64_t> stored_ns_;
  std::deque<std::uint64_t> timed_;
};

// Why a session ended, from the few words of its SessionEnded event: as many kinds as fit a label.
[[nodiscard]] EventFigures::End end_of(std::string_view reason);

}  // namespace mnm::daemon
