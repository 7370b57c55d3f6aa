// A world of people, a relay that is killed again and again, and an hour of virtual time: all of it
// from one seed.
//
// One thread; a run depends on nothing but its options.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/faults.h"
#include "sim/oracle.h"
#include "sim/timeline.h"

namespace mnm::sim {

// Whether the world's disk is sealed.
enum class Sealing : std::uint8_t { kBySeed, kPlain, kSealed };

struct Options {
  std::uint64_t seed = 1;
  Sealing sealing = Sealing::kBySeed;  // one world in three
  Micros length = 1h;
  bool verbose = false;
};

struct Report {
  std::uint64_t seed = 0;
  Sealing sealing = Sealing::kBySeed;  // as asked for
  bool sealed = false;
  std::vector<std::string> faults;  // what the oracle found; empty when all is well
  std::string switched_on;
  std::array<std::uint64_t, kFaultKinds> hits{};
  Oracle::Counts counts;
  Micros simulated{0};
  std::uint64_t requests = 0;
  std::uint64_t events = 0;  // in the log
  std::uint64_t starts = 0;
  std::uint64_t refused_starts = 0;  // after damage, as it must be
  std::uint64_t searches = 0;        // of the whole disk
  std::uint64_t data_keys = 0;       // of a sealed one, in all
  Hash disk{};                       // of all octets on it at the end
};

[[nodiscard]] Report simulate(const Options& options);

// How to see it again.
[[nodiscard]] std::string command_for(const Report& report);

}  // namespace mnm::sim
