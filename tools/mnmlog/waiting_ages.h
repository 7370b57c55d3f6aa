// How long the copies that wait have waited, by node: a histogram with doubling limits would tell
// less than these.
//
// Main thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/duration.h"
#include "mnmlog/names.h"
#include "mnmlog/source.h"

namespace mnm::mnmlog {

struct AgeClass {
  std::string_view name;  // "up to"; the last one has no limit
  std::uint64_t limit_ns;
};
inline constexpr std::uint64_t kMinuteNs = 60 * tools::kSecondNs;
inline constexpr std::array kAgeClasses = {
    AgeClass{"1m", kMinuteNs},        AgeClass{"10m", 10 * kMinuteNs},
    AgeClass{"1h", 60 * kMinuteNs},   AgeClass{"6h", 360 * kMinuteNs},
    AgeClass{"1d", 1440 * kMinuteNs}, AgeClass{"1w", 10080 * kMinuteNs},
    AgeClass{"older", UINT64_MAX},
};

struct WaitingAges {
  struct Row {
    NodeNo node;  // none: all nodes
    std::uint64_t copies = 0;
    std::array<std::uint64_t, kAgeClasses.size()> by_age{};
  };
  std::vector<Row> nodes;  // the fullest last
  std::uint64_t nodes_left_out = 0;
  Row all;
};

// Where an age ends is found in the log by bisection, once a class; among messages that are older
// than a trimmed log, in their rows.
[[nodiscard]] Result<WaitingAges> waiting_ages(Source& source, std::uint64_t now_ns,
                                               std::size_t nodes_max);
[[nodiscard]] std::string ages_as_text(const WaitingAges& ages, const Names& names, bool aligned);
[[nodiscard]] std::string ages_as_json(const WaitingAges& ages, const Names& names);

}  // namespace mnm::mnmlog
