// What strangers do to a relay, for a while: links that say nothing, links that say a login octet
// by octet, links full of noise that come and go. None of them ever logs in. To be run beside a
// load, whose figures then tell what it costs the others.
//
// One thread, which also holds all links.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "net/server_address.h"

namespace mnm::bench {

struct HostileLoad {
  net::ListenAddress address;
  std::size_t idle = 1000;      // silent links, opened again when the relay has closed them
  std::size_t dribblers = 100;  // an octet each kTick_ms
  std::size_t floods = 20;      // links a tick that send noise and leave
  double seconds = 5;
};

struct HostileFigures {
  std::uint64_t opened = 0;
  std::uint64_t refused = 0;  // nobody took them
  std::uint64_t closed = 0;   // by the relay
};

// kUnavailable when not one link could be opened.
[[nodiscard]] Result<HostileFigures> run_hostile(const HostileLoad& load);

}  // namespace mnm::bench
