// Times, durations and sizes as people write and read them.
//
// Any thread; no state but the time zone (TZ), for those who ask for local time. All times are
// nanoseconds of UTC since 1970.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mnm::tools {

inline constexpr std::uint64_t kSecondNs = 1'000'000'000;

enum class Zone : std::uint8_t { kLocal, kUtc };

// "90s", "2h", "1h30m", "3d", "1w", "10min", "250ms". None when it isn't one, or overflows.
[[nodiscard]] std::optional<std::uint64_t> parse_duration_ns(std::string_view text);
// The two largest units: "2h 11m", "41d 3h", "12s", "38ms".
[[nodiscard]] std::string format_duration(std::uint64_t duration_ns);

// "2026-01-02", "2026-01-02T03:04", "...:05", "...:05.118"; a blank does for the T. Ends with Z for
// UTC or +01:00 for an offset; else it is in `zone`.
[[nodiscard]] std::optional<std::uint64_t> parse_time_ns(std::string_view text, Zone zone);
// "2026-01-02T03:04:05.118Z", or local with the offset, "2026-01-02T04:04:05.118+01:00".
[[nodiscard]] std::string format_time(std::uint64_t time_ns, Zone zone);
// All nine digits, UTC: "2026-01-02T03:04:05.118000000Z". Appends.
void append_time_exact(std::string& out, std::uint64_t time_ns);

[[nodiscard]] std::uint64_t now_ns();
// The last midnight.
[[nodiscard]] std::uint64_t midnight_ns(std::uint64_t time_ns, Zone zone);

// "0 B", "18.2 KiB".
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);
// "1 message", "3 messages".
[[nodiscard]] std::string plural(std::uint64_t count, std::string_view noun);

}  // namespace mnm::tools
