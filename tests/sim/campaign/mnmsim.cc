// mnmsim: runs simulated worlds by seed. See doc/testing.md.
#include <fmt/format.h>
#include <glog/logging.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "sim/simulation.h"

namespace mnm::sim {
namespace {

struct Totals {
  std::uint64_t seeds = 0;
  std::uint64_t failed = 0;
  std::uint64_t requests = 0;
  std::uint64_t delivered = 0;
  std::uint64_t events = 0;
  std::uint64_t starts = 0;
  std::uint64_t refused = 0;
  std::uint64_t sealed = 0;
  std::uint64_t searches = 0;
  std::uint64_t data_keys = 0;
  Micros simulated{0};
  std::array<std::uint64_t, kFaultKinds> hits{};

  void add(const Report& report) {
    ++seeds;
    failed += report.faults.empty() ? 0 : 1;
    requests += report.requests;
    delivered += report.counts.delivered;
    events += report.events;
    starts += report.starts;
    refused += report.refused_starts;
    sealed += report.sealed ? 1 : 0;
    searches += report.searches;
    data_keys += report.data_keys;
    simulated += report.simulated;
    for (std::size_t i = 0; i < kFaultKinds; ++i) hits.at(i) += report.hits.at(i);
  }
  void print(bool with_kinds) const {
    std::uint64_t all = 0;
    for (const std::uint64_t count : hits) all += count;
    fmt::print(
        "{} seeds, {} of them sealed with {} data keys, {} failed, {:.1f} simulated hours, {} "
        "requests, {} deliveries, {} events, {} starts, {} damaged logs refused, {} faults, {} "
        "searches of the disk\n",
        seeds, sealed, data_keys, failed, static_cast<double>(simulated / 1s) / 3600, requests,
        delivered, events, starts, refused, all, searches);
    for (std::size_t i = 0; with_kinds && i < kFaultKinds; ++i) {
      fmt::print("  {:<20} {}\n", name_of(static_cast<Fault>(i)), hits.at(i));
    }
    (void)std::fflush(stdout);  // only figures
  }
};

void print_failure(const Report& report) {
  fmt::print("seed {} failed; see it again: {}\n", report.seed, command_for(report));
  for (const std::string& fault : report.faults) fmt::print("  {}\n", fault);
  fmt::print("  switched on: {}\n", report.switched_on);
}

}  // namespace
}  // namespace mnm::sim

int main(int argc, char** argv) {
  using namespace mnm::sim;
  using Clock = std::chrono::steady_clock;
  google::InitGoogleLogging(argv[0]);
  FLAGS_minloglevel = google::GLOG_FATAL;  // warnings of what is meant to go wrong
  CLI::App app("Simulated worlds: a relay, its clients, and all that goes wrong, by seed.");
  std::uint64_t seed = 1;
  std::uint64_t count = 1;
  std::uint64_t seconds = 0;
  bool verbose = false;
  bool kinds = false;
  bool go_on = false;
  bool sealed = false;
  bool plain = false;
  app.add_option("--seed", seed, "The first seed");
  app.add_option("--count", count, "How many seeds");
  app.add_option("--seconds", seconds, "Rather than a number of seeds: for how long");
  app.add_flag("--verbose", verbose, "Say what happens, with its virtual time");
  app.add_flag("--kinds", kinds, "Count the faults by kind");
  app.add_flag("--go-on", go_on, "After a seed that failed, too");
  auto* const seals =
      app.add_flag("--sealed", sealed, "All worlds sealed, rather than one in three");
  app.add_flag("--plain", plain, "None")->excludes(seals);
  CLI11_PARSE(app, argc, argv);
  const Sealing sealing = sealed ? Sealing::kSealed : plain ? Sealing::kPlain : Sealing::kBySeed;

  Totals totals;
  const auto begin = Clock::now();
  const auto is_done = [&] {
    return seconds > 0 ? Clock::now() - begin >= std::chrono::seconds(seconds)
                       : totals.seeds >= count;
  };
  for (std::uint64_t next = seed; !is_done(); ++next) {
    const Report report = simulate({.seed = next, .sealing = sealing, .verbose = verbose});
    totals.add(report);
    if (!report.faults.empty()) print_failure(report);
    if (!report.faults.empty() && !go_on) break;
    if (totals.seeds % 1000 == 0) totals.print(false);
  }
  totals.print(kinds);
  return totals.failed == 0 ? 0 : 1;
}
