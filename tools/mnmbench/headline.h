// The headline: many clients in the cycle of the protocol's own simulation, without its pauses.
// Each logs in, takes what waits for it, posts 15 messages to two users and two to its group, logs
// out, and begins again, until so many deliveries are due; then all come once more, and all must
// have arrived.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "mnmbench/load.h"

namespace mnm::bench {

struct HeadlineLoad {
  Load base;  // address, dialect, sizes, process
  std::size_t clients = 1000;
  std::size_t group_size = 100;
  std::uint64_t deliveries = 1'000'000;
  std::string data;  // the relay's directory, to say how large it is in the end; empty: unknown
};

struct HeadlineFigures {
  double seconds = 0;
  std::uint64_t cycles = 0;
  std::uint64_t posts = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t delivered_bytes = 0;  // of bodies
  double relay_cpu_s = 0;
  double own_cpu_s = 0;
  std::uint64_t rss_bytes_max = 0;  // seen once a second
  std::uint64_t written_bytes = 0;
  std::uint64_t data_bytes = 0;
  std::vector<std::string> faults;
};

// kUnavailable when it can't connect or register; what goes wrong later is a fault.
[[nodiscard]] Result<HeadlineFigures> run_headline(const HeadlineLoad& load);
[[nodiscard]] std::string as_text(const HeadlineLoad& load, const HeadlineFigures& figures);
[[nodiscard]] std::string as_json(const HeadlineLoad& load, const HeadlineFigures& figures);

}  // namespace mnm::bench
