// The word that begins all that is personal in a simulated world: letters, aliases, the names of
// nodes and groups. Nothing else has it, so that it can be searched for on a disk.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace mnm::sim {

inline constexpr std::string_view kMarker = "plainly-";

// The first word of a letter, which no other letter has.
inline std::string letter_token(std::uint64_t serial, std::string_view sender) {
  return fmt::format("{}{:08x}/{}", kMarker, serial, sender);
}

// Of the letter that begins at `octets`, if one does.
inline std::optional<std::uint64_t> letter_serial(std::string_view octets) {
  constexpr std::size_t kDigits = 8;
  if (!octets.starts_with(kMarker)) return std::nullopt;
  octets.remove_prefix(kMarker.size());
  if (octets.size() <= kDigits || octets[kDigits] != '/') return std::nullopt;
  std::uint64_t serial = 0;
  const char* const end = octets.data() + kDigits;
  const auto parsed = std::from_chars(octets.data(), end, serial, 16);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return serial;
}

}  // namespace mnm::sim
