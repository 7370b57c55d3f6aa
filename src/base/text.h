// Small text helpers: hex, and the protocol's base32. Any thread.
#pragma once

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

}  // namespace mnm
