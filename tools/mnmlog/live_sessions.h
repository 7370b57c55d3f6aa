// What a running relay knows of its sessions: who is connected, and what each has been sent and has
// not acked. Of this moment, and nowhere on disk.
//
// Main thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/ids.h"

namespace mnm::mnmlog {

struct LiveSession {
  SessionId session;
  std::uint64_t sent = 0;  // messages handed to the link, in this session
  std::uint64_t acked = 0;
  std::uint64_t in_flight = 0;  // sent and not acked: the window that is taken
  std::uint64_t in_flight_bytes = 0;
};
using LiveSessions = std::map<NodeNo, LiveSession>;

// None when no relay answers. Of one node, if that is given.
[[nodiscard]] std::optional<LiveSessions> ask_live_sessions(const std::string& directory,
                                                            NodeNo only = {});

}  // namespace mnm::mnmlog
