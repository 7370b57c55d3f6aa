#include "net/json_text.h"

#include <algorithm>
#include <array>

namespace mnm::net {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

bool is_plain(std::uint8_t octet) {
  return octet >= 0x20 && octet < 0x80 && octet != '"' && octet != '\\' && octet != '<' &&
         octet != '>' && octet != '&';
}

bool is_line_separator(std::string_view sequence) {
  return sequence == "\xe2\x80\xa8" || sequence == "\xe2\x80\xa9";
}

// One character that is_plain() isn't: `in` is its octets, `out` has room for its escape.
std::string_view escape(std::string_view in, std::array<char, 6>& out) {
  const auto short_escape = [&out](char letter) {
    out = {'\\', letter};
    return std::string_view(out.data(), 2);
  };
  const auto unit = [&out](std::uint32_t value) {
    out = {'\\',
           'u',
           kDigits[value >> 12 & 15],
           kDigits[value >> 8 & 15],
           kDigits[value >> 4 & 15],
           kDigits[value & 15]};
    return std::string_view(out.data(), out.size());
  };
  switch (in.front()) {
    case '"':
    case '\\':
      return short_escape(in.front());
    case '\n':
      return short_escape('n');
    case '\r':
      return short_escape('r');
    case '\t':
      return short_escape('t');
    default:
      break;
  }
  if (is_line_separator(in)) return unit(in.back() == '\xa8' ? 0x2028 : 0x2029);
  const auto octet = static_cast<std::uint8_t>(in.front());
  if (octet < 0x80) return unit(octet);
  return in.size() == 1 ? unit(kReplacement) : in;
}

bool continues(char octet) { return (static_cast<std::uint8_t>(octet) & 0xc0) == 0x80; }

}  // namespace

std::size_t utf8_size(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<std::uint8_t>(text[0]);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!continues(text[i])) return 0;
  }
  const auto second = static_cast<std::uint8_t>(text[1]);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second >= 0xa0;
  const bool beyond = first == 0xf4 && second >= 0x90;
  return overlong || surrogate || beyond ? 0 : size;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto put = [&out](std::uint32_t octet) { out.push_back(static_cast<char>(octet)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xc0 | code_point >> 6);
    put(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    put(0xe0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  } else {
    put(0xf0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3f));
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  }
}

void append_escaped(std::string& out, std::string_view text, std::size_t bytes_max) {
  const std::size_t begin = out.size();
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && is_plain(static_cast<std::uint8_t>(text[end]))) ++end;
    const std::size_t room = bytes_max - (out.size() - begin);
    out.append(text.substr(at, std::min(end - at, room)));
    if (end - at > room || end == text.size()) return;
    const std::size_t size = std::max<std::size_t>(1, utf8_size(text.substr(end)));
    std::array<char, 6> buffer{};
    const std::string_view escaped = escape(text.substr(end, size), buffer);
    if (escaped.size() > bytes_max - (out.size() - begin)) return;
    out.append(escaped);
    at = end + size;
  }
}

std::size_t escaped_size(std::string_view text) {
  std::size_t total = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (is_plain(static_cast<std::uint8_t>(text[at]))) {
      ++total;
      ++at;
      continue;
    }
    const std::size_t size = std::max<std::size_t>(1, utf8_size(text.substr(at)));
    std::array<char, 6> buffer{};
    total += escape(text.substr(at, size), buffer).size();
    at += size;
  }
  return total;
}

}  // namespace mnm::net
