// Text that stands for itself, in JSON as on a terminal: most of what is ever shown.
//
// Any thread; no state.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace mnm::tools {

// Printable ASCII but " and \.
[[nodiscard]] constexpr bool is_plain(char c) {
  return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}
// The same of so many octets, without a way out in the middle, which becomes a few instructions.
template <std::size_t kBytes>
[[nodiscard]] constexpr bool is_plain_block(const char* text) {
  unsigned char odd = 0;
  for (std::size_t i = 0; i < kBytes; ++i) {
    const char c = text[i];
    odd |= static_cast<unsigned char>((c < ' ') | (c > '~') | (c == '"') | (c == '\\'));
  }
  return odd == 0;
}
// Of at least so many octets, block by block; the last one ends with the text.
template <std::size_t kBytes>
[[nodiscard]] constexpr bool is_plain_in_blocks(std::string_view text) {
  const char* const last = text.data() + text.size() - kBytes;
  for (const char* at = text.data(); at < last; at += kBytes) {
    if (!is_plain_block<kBytes>(at)) return false;
  }
  return is_plain_block<kBytes>(last);
}
[[nodiscard]] constexpr bool is_plain(std::string_view text) {
  if (text.size() >= 16) return is_plain_in_blocks<16>(text);
  if (text.size() >= 8) return is_plain_in_blocks<8>(text);
  return std::ranges::all_of(text, [](char c) { return is_plain(c); });
}

}  // namespace mnm::tools
