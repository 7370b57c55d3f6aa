// UTF-8 and the escaping of JSON strings on output. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mnm::net {

inline constexpr std::uint32_t kReplacement = 0xfffd;

// The size of the valid UTF-8 sequence that `text` begins with, 0 when there is none.
[[nodiscard]] std::size_t utf8_size(std::string_view text);
void append_utf8(std::string& out, std::uint32_t code_point);

// Appends `text` as it stands between the quotes of a JSON string: < > & U+2028 U+2029 and controls
// escaped, the rest raw; \ufffd for an octet that is not UTF-8. Stops before a character with which
// more than `bytes_max` octets would be appended.
void append_escaped(std::string& out, std::string_view text,
                    std::size_t bytes_max = std::string::npos);
// The octets that append_escaped() appends.
[[nodiscard]] std::size_t escaped_size(std::string_view text);

}  // namespace mnm::net
