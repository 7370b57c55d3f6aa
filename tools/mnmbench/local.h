// The layers alone, without a relay: codec, decide and evolve, append by size of batch, replay,
// events as JSON lines.
// Google Benchmark runs them and prints.
#pragma once

#include <string>

#include "base/error.h"

namespace mnm::bench {

struct LocalOptions {
  std::string directory = ".";  // where the logs are made, and removed again
  std::string filter;           // a regular expression over the names; empty: all
  double seconds = 0.5;         // at least, of each
  bool json = false;
};
// kNegative when a layer failed, kUsage when the filter matches none.
[[nodiscard]] Result<> run_local(const LocalOptions& options);

}  // namespace mnm::bench
