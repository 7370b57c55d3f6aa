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

struct Options {
  std::uint64_t seed = 1;
  Micros length = 1h;
  bool verbose = false;
};

struct Report {
  std::uint64_t seed = 0;
  std::vector<std::string> faults;  // what the oracle found; empty when all is well
  std::string switched_on;
  std::array<std::uint64_t, kFaultKinds> hits{};
  Oracle::Counts counts;
  Micros simulated{0};
  std::uint64_t requests = 0;
  std::uint64_t events = 0;  // in the log
  std::uint64_t starts = 0;
  std::uint64_t refused_starts = 0;  // after damage, as it must be
};

[[nodiscard]] Report simulate(const Options& options);

// How to see it again.
[[nodiscard]] std::string command_for(std::uint64_t seed);

}  // namespace mnm::sim
