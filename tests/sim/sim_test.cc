// Seeds, one after the other, for as long as MNM_SIM_SECONDS says (180 by default); each must come
// out without a fault. MNM_SIM_SEED is the first one, by default another each day of the year.
#include <fmt/format.h>
#include <glog/logging.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

#include "sim/simulation.h"
#include "support/number_from.h"

namespace mnm::sim {
namespace {

void expect_well(const Report& report) {
  if (report.faults.empty()) return;
  std::string text = "see it again: " + command_for(report);
  for (const std::string& fault : report.faults) text += "\n  " + fault;
  ADD_FAILURE() << text;
}

// Down to the last octet on the disk, also where keys and nonces are.
TEST(Simulation, IsTheSameForTheSameSeed) {
  for (const Sealing sealing : {Sealing::kPlain, Sealing::kSealed}) {
    const Report first = simulate({.seed = 7, .sealing = sealing, .length = 10min});
    const Report second = simulate({.seed = 7, .sealing = sealing, .length = 10min});
    EXPECT_EQ(first.sealed, sealing == Sealing::kSealed);
    EXPECT_EQ(first.events, second.events);
    EXPECT_EQ(first.requests, second.requests);
    EXPECT_EQ(first.counts.delivered, second.counts.delivered);
    EXPECT_EQ(first.hits, second.hits);
    EXPECT_EQ(first.disk, second.disk);
    const Report other = simulate({.seed = 8, .sealing = sealing, .length = 10min});
    EXPECT_NE(first.disk, other.disk);
  }
}

TEST(Simulation, SealsAboutOneWorldInThree) {
  int sealed = 0;
  constexpr int kWorlds = 60;
  for (int seed = 1; seed <= kWorlds; ++seed) {
    sealed += simulate({.seed = static_cast<std::uint64_t>(seed), .length = 1s}).sealed ? 1 : 0;
  }
  EXPECT_GT(sealed, kWorlds / 5);
  EXPECT_LT(sealed, kWorlds / 2);
}

TEST(Simulation, HasFortyKindsOfFaultsAndMore) {
  EXPECT_GE(kFaultKinds, 40U);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kFaultKinds; ++i) names.insert(name_of(static_cast<Fault>(i)));
  EXPECT_EQ(names.size(), kFaultKinds);
}

TEST(Simulation, FindsNothingLostWhateverHappens) {
  using Clock = std::chrono::steady_clock;
  const auto day = std::chrono::duration_cast<std::chrono::hours>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count() /
                   24;
  const std::uint64_t first =
      testing::number_from("MNM_SIM_SEED", static_cast<std::uint64_t>(day) * 100'000);
  FLAGS_minloglevel = google::GLOG_FATAL;  // warnings of what is meant to go wrong
  const auto end =
      Clock::now() + std::chrono::seconds(testing::number_from("MNM_SIM_SECONDS", 180));
  std::uint64_t seeds = 0;
  std::uint64_t requests = 0;
  std::uint64_t starts = 0;
  Micros simulated{0};
  std::array<std::uint64_t, kFaultKinds> hits{};
  while (Clock::now() < end && !HasFailure()) {
    const Report report = simulate({.seed = first + seeds++});
    expect_well(report);
    requests += report.requests;
    starts += report.starts;
    simulated += report.simulated;
    for (std::size_t i = 0; i < kFaultKinds; ++i) hits.at(i) += report.hits.at(i);
  }
  std::uint64_t all = 0;
  for (const std::uint64_t count : hits) all += count;
  fmt::print("{} seeds from {}, {:.1f} simulated hours, {} requests, {} starts, {} faults\n", seeds,
             first, static_cast<double>(simulated / 1s) / 3600, requests, starts, all);
}

}  // namespace
}  // namespace mnm::sim
