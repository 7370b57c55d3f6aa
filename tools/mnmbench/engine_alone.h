// The engine without a network and without a disk: what a command costs the one thread that all
// commands share. Turns of posts, then turns of posts and the acks of the deliveries before.
//
// Processor time of the thread, so that a busy machine disturbs it little.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"

namespace mnm::bench {

struct EngineLoad {
  std::size_t users = 16;
  std::size_t fanout = 2;
  std::size_t posts_per_turn = 64;
  std::size_t body_bytes = 1024;
  std::size_t turns = 2000;
  bool no_acks = false;  // all that is posted stays waiting
  bool group = false;    // each post goes to one group of all users instead; not for fill
};

struct EngineFigures {
  double engine_ns_per_command = 0;  // posts and acks alike; without the record
  double record_ns_per_command = 0;  // hashing and framing the events
  double engine_ns_per_post = 0;     // with its acks
  double event_bytes_per_post = 0;   // with its acks
};

[[nodiscard]] Result<EngineFigures> run_engine_alone(const EngineLoad& load);
// The same load into the log of a relay that is not running, so that its restart and its tools can
// be measured. Returns how many events that made.
[[nodiscard]] Result<std::uint64_t> fill(const EngineLoad& load, const std::string& directory);
[[nodiscard]] std::string as_text(const EngineLoad& load, const EngineFigures& figures);

}  // namespace mnm::bench
