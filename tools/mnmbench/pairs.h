// The same load on a relay and on the floor, in turns: machines and disks drift, a ratio of two
// runs one after the other drifts less.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "mnmbench/load.h"

namespace mnm::bench {

struct Pair {
  Figures floor;
  Figures relay;
  [[nodiscard]] double posts_ratio() const {
    return floor.posts > 0 ? relay.posts_per_s() / floor.posts_per_s() : 0;
  }
  [[nodiscard]] double ack_ratio() const {
    const auto least = floor.ack.quantile_ns(0.5);
    return least > 0 ? static_cast<double>(relay.ack.quantile_ns(0.5)) / static_cast<double>(least)
                     : 0;
  }
};

// Runs `count` pairs; each floor is a fresh process with its file in `directory`. Stops after one
// with a fault.
[[nodiscard]] Result<std::vector<Pair>> run_pairs(const Load& load, std::size_t count,
                                                  const std::string& directory);
[[nodiscard]] std::string as_text(const Load& load, const std::vector<Pair>& pairs);
[[nodiscard]] std::string as_json(const Load& load, const std::vector<Pair>& pairs);

}  // namespace mnm::bench
