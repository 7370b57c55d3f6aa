#include "daemon/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace mnm::daemon {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kDurations = {Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000},
                                   Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
constexpr std::array kSizes = {Unit{"", 1},
                               Unit{"B", 1},
                               Unit{"KiB", std::uint64_t{1} << 10},
                               Unit{"MiB", std::uint64_t{1} << 20},
                               Unit{"GiB", std::uint64_t{1} << 30},
                               Unit{"TiB", std::uint64_t{1} << 40}};

// What "N unit" comes to; nothing if it isn't that, or is beyond `max`.
template <class Units>
bool measure(std::string_view text, const Units& units, std::uint64_t max, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  if (value == 0 && name.empty()) return true;
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (value > max / unit.factor) return false;
    value *= unit.factor;
    return true;
  }
  return false;
}

template <class Units>
std::string format(std::uint64_t value, const Units& units) {
  const Unit* largest = units.data();
  for (const Unit& unit : units) {
    if (value % unit.factor == 0) largest = &unit;
  }
  if (value == 0) return "0";
  return fmt::format("{}{}", value / largest->factor, largest->name);
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::uint64_t kMax = std::uint64_t{100} * 365 * 86'400'000;  // a century
  std::uint64_t value = 0;
  if (measure(text, kDurations, kMax, value)) return std::chrono::milliseconds(value);
  return fail(ErrorCode::kUsage,
              fmt::format("'{}' is no duration; write a number and ms, s, m, h or d: 10m", text));
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  std::uint64_t value = 0;
  if (measure(text, kSizes, std::numeric_limits<std::int64_t>::max(), value)) return value;
  return fail(ErrorCode::kUsage,
              fmt::format("'{}' is no size; write a number and KiB, MiB, GiB or TiB: 64MiB", text));
}

Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t min, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (whole && value >= min && value <= max) return value;
  return fail(ErrorCode::kUsage, fmt::format("'{}' is no number from {} to {}", text, min, max));
}

std::string format_duration(std::chrono::milliseconds value) {
  return format(static_cast<std::uint64_t>(value.count()), kDurations);
}

std::string format_bytes(std::uint64_t value) { return format(value, kSizes); }

}  // namespace mnm::daemon
