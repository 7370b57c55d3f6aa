#include "common/duration.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <limits>

namespace mnm::tools {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t ns;
};
constexpr std::uint64_t kMinuteNs = 60 * kSecondNs;
constexpr std::uint64_t kHourNs = 60 * kMinuteNs;
constexpr std::uint64_t kDayNs = 24 * kHourNs;
constexpr std::array<Unit, 9> kUnits = {{{"w", 7 * kDayNs},
                                         {"d", kDayNs},
                                         {"h", kHourNs},
                                         {"min", kMinuteNs},
                                         {"m", kMinuteNs},
                                         {"s", kSecondNs},
                                         {"ms", 1'000'000},
                                         {"us", 1'000},
                                         {"ns", 1}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes exactly `digits` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// ".118" as nanoseconds.
std::optional<std::uint64_t> take_fraction(std::string_view& text) {
  std::uint64_t ns = 0;
  std::uint64_t unit = kSecondNs;
  bool any = false;
  while (!text.empty() && is_digit(text.front())) {
    unit /= 10;
    ns += unit * static_cast<std::uint64_t>(text.front() - '0');
    text.remove_prefix(1);
    any = true;
  }
  if (!any) return std::nullopt;
  return ns;
}

struct Clock {
  std::tm parts{};
  std::uint64_t ns = 0;
};

std::optional<Clock> take_clock(std::string_view& text) {
  Clock clock;
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || *year < 1970 || *month < 1 || *month > 12 || *day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  clock.parts.tm_year = *year - 1900;
  clock.parts.tm_mon = *month - 1;
  clock.parts.tm_mday = *day;
  clock.parts.tm_isdst = -1;
  if (!take(text, 'T') && !take(text, ' ')) return clock;
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  clock.parts.tm_hour = *hour;
  clock.parts.tm_min = *minute;
  if (!take(text, ':')) return clock;
  const auto second = take_number(text, 2);
  if (!second || *second > 60) return std::nullopt;
  clock.parts.tm_sec = *second;
  if (!take(text, '.')) return clock;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  clock.ns = *fraction;
  return clock;
}

// "Z", "+01:00", or nothing. Seconds east of UTC; none when there is no zone.
struct Offset {
  bool given = false;
  int seconds = 0;
};
std::optional<Offset> take_offset(std::string_view& text) {
  if (text.empty()) return Offset{};
  if (take(text, 'Z') || take(text, 'z')) return Offset{.given = true};
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = take_number(text, 2);
  (void)take(text, ':');  // "+0100" is as good
  const auto minutes = take_number(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return Offset{.given = true, .seconds = sign * (*hours * 3600 + *minutes * 60)};
}

std::tm parts_of(std::uint64_t time_ns, Zone zone) {
  const auto seconds = static_cast<std::time_t>(time_ns / kSecondNs);
  std::tm parts{};
  if (zone == Zone::kUtc) {
    (void)::gmtime_r(&seconds, &parts);  // fills `parts` for every year that 64 bits of ns reach
  } else {
    (void)::localtime_r(&seconds, &parts);
  }
  return parts;
}

// So many decimal digits, with zeros in front.
template <int kDigits>
void put_digits(char* at, std::uint32_t value) {
  for (int i = kDigits; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::optional<std::uint64_t> parse_duration_ns(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  while (!text.empty()) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end == text.data()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::size_t letters = 0;
    while (letters < text.size() && !is_digit(text[letters])) ++letters;
    const Unit* unit = nullptr;
    for (const Unit& each : kUnits) {
      if (each.name == text.substr(0, letters)) unit = &each;
    }
    if (unit == nullptr) return std::nullopt;
    text.remove_prefix(letters);
    if (count > (std::numeric_limits<std::uint64_t>::max() - total) / unit->ns) return std::nullopt;
    total += count * unit->ns;
  }
  return total;
}

std::string format_duration(std::uint64_t duration_ns) {
  const auto two = [duration_ns](std::uint64_t large, char large_name, std::uint64_t small,
                                 char small_name) {
    return fmt::format("{}{} {}{}", duration_ns / large, large_name, duration_ns % large / small,
                       small_name);
  };
  if (duration_ns >= kDayNs) return two(kDayNs, 'd', kHourNs, 'h');
  if (duration_ns >= kHourNs) return two(kHourNs, 'h', kMinuteNs, 'm');
  if (duration_ns >= kMinuteNs) return two(kMinuteNs, 'm', kSecondNs, 's');
  if (duration_ns >= kSecondNs) return fmt::format("{}s", duration_ns / kSecondNs);
  return fmt::format("{}ms", duration_ns / 1'000'000);
}

std::optional<std::uint64_t> parse_time_ns(std::string_view text, Zone zone) {
  std::optional<Clock> clock = take_clock(text);
  if (!clock) return std::nullopt;
  const std::optional<Offset> offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const bool local = !offset->given && zone == Zone::kLocal;
  std::time_t seconds = local ? std::mktime(&clock->parts) : ::timegm(&clock->parts);
  seconds -= offset->seconds;
  constexpr std::uint64_t kSecondsMax = std::numeric_limits<std::uint64_t>::max() / kSecondNs - 1;
  if (seconds < 0 || static_cast<std::uint64_t>(seconds) > kSecondsMax) return std::nullopt;
  return static_cast<std::uint64_t>(seconds) * kSecondNs + clock->ns;
}

std::string format_time(std::uint64_t time_ns, Zone zone) {
  const std::tm parts = parts_of(time_ns, zone);
  std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}", parts.tm_year + 1900,
                                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                                parts.tm_sec, time_ns % kSecondNs / 1'000'000);
  if (zone == Zone::kUtc) return out += 'Z';
  const long minutes = parts.tm_gmtoff / 60;
  const long size = minutes < 0 ? -minutes : minutes;
  return out += fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

void append_time_exact(std::string& out, std::uint64_t time_ns) {
  using std::chrono::sys_days;
  const std::uint64_t seconds = time_ns / kSecondNs;
  const std::chrono::year_month_day date(
      sys_days(std::chrono::days(static_cast<int>(seconds / 86400))));
  const auto in_day = static_cast<std::uint32_t>(seconds % 86400);
  const std::size_t before = out.size();
  out += "0000-00-00T00:00:00.000000000Z";
  char* const at = out.data() + before;
  put_digits<4>(at, static_cast<std::uint32_t>(static_cast<int>(date.year())));
  put_digits<2>(at + 5, static_cast<unsigned>(date.month()));
  put_digits<2>(at + 8, static_cast<unsigned>(date.day()));
  put_digits<2>(at + 11, in_day / 3600);
  put_digits<2>(at + 14, in_day / 60 % 60);
  put_digits<2>(at + 17, in_day % 60);
  const auto ns = static_cast<std::uint32_t>(time_ns % kSecondNs);
  put_digits<3>(at + 20, ns / 1'000'000);
  put_digits<3>(at + 23, ns / 1'000 % 1'000);
  put_digits<3>(at + 26, ns % 1'000);
}

std::uint64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

std::uint64_t midnight_ns(std::uint64_t time_ns, Zone zone) {
  std::tm parts = parts_of(time_ns, zone);
  parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
  parts.tm_isdst = -1;
  const std::time_t seconds = zone == Zone::kUtc ? ::timegm(&parts) : std::mktime(&parts);
  return seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds) * kSecondNs;
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array<std::string_view, 4> kNames = {"KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t name = 0;
  while (value >= 1023.95 && name + 1 < kNames.size()) {
    value /= 1024;
    ++name;
  }
  return fmt::format("{:.1f} {}", value, kNames[name]);
}

}  // namespace mnm::tools
