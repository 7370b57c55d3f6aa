// Durations and sizes as operators write them: "90s", "10m", "72h", "3d"; "65536", "64KiB", "1GiB".
// Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace mnm::daemon {

// kUsage for anything but a decimal integer with one of ms, s, m, h, d; "0" needs no unit.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);
// kUsage for anything but a decimal integer with B, KiB, MiB, GiB or TiB, or none of them.
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text);
// kUsage for anything but a decimal integer from `min` to `max`.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t min,
                                                std::uint64_t max);
// Texts that are parsed to the same value again, in the largest unit that has it whole.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds value);
[[nodiscard]] std::string format_bytes(std::uint64_t value);

}  // namespace mnm::daemon
