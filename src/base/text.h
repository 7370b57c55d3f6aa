// Small text helpers: hex, the protocol's base32, a cut of UTF-8, lower case. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mnm {

[[nodiscard]] std::string hex_encode(std::string_view bytes);                // lowercase
[[nodiscard]] std::optional<std::string> hex_decode(std::string_view text);  // either case

// The protocol's base32: RFC 4648's scheme over the alphabet "%+123456789BCDFGHJKLMNPQRSTVWXYZ",
// '=' pads to a multiple of 8 characters.
[[nodiscard]] std::string base32_encode(std::string_view bytes);
[[nodiscard]] std::optional<std::string> base32_decode(std::string_view text);

// A to Z alone are changed, in any locale.
[[nodiscard]] std::string ascii_lower(std::string_view text);

// As much of valid UTF-8 as fits in so many octets, cut between characters.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max);

}  // namespace mnm
