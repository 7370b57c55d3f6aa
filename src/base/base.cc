#include <fmt/format.h>

#include <array>
#include <cstring>

#include "base/append.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/text.h"

namespace mnm {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase32Digits = "%+123456789BCDFGHJKLMNPQRSTVWXYZ";

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

constexpr std::size_t kBase32Group = 8;  // characters that carry 5 octets

}  // namespace

Error system_error(std::string what, int error_number) {
  std::array<char, 128> buffer{};
  const char* reason = strerror_r(error_number, buffer.data(), buffer.size());
  const ErrorCode code = error_number == EACCES || error_number == EPERM ? ErrorCode::kDenied
                                                                         : ErrorCode::kUnavailable;
  return Error{code, fmt::format("{}: {}", what, reason)};
}

void append_message_id(std::string& out, Lsn lsn) {
  std::array<char, 2 * sizeof(Lsn::rep)> digits{};
  std::uint64_t left = lsn.value();
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, left >>= 4) {
    *digit = kHexDigits[left & 15];
  }
  out.append(digits.data(), digits.size());
}

std::string message_id(Lsn lsn) {
  std::string id;
  append_message_id(id, lsn);
  return id;
}

Lsn parse_message_id(std::string_view text) {
  if (text.size() != 16) return Lsn();
  std::uint64_t value = 0;
  for (const char digit : text) {
    if (digit >= 'A' && digit <= 'F') return Lsn();
    const int nibble = hex_value(digit);
    if (nibble < 0) return Lsn();
    value = value << 4 | static_cast<std::uint64_t>(nibble);
  }
  return Lsn(value);
}

void append_hex(std::string& out, std::string_view bytes) {
  const std::size_t before = out.size();
  out.resize(before + bytes.size() * 2);
  char* at = out.data() + before;
  for (const char c : bytes) {
    const auto octet = static_cast<std::uint8_t>(c);
    *at++ = kHexDigits[octet >> 4];
    *at++ = kHexDigits[octet & 15];
  }
}

std::string hex_encode(std::string_view bytes) {
  std::string out;
  append_hex(out, bytes);
  return out;
}

std::optional<std::string> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

std::string base32_encode(std::string_view bytes) {
  std::string out;
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    buffer = buffer << 8 | static_cast<std::uint8_t>(c);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out.push_back(kBase32Digits[buffer >> bits & 31]);
    }
  }
  if (bits > 0) out.push_back(kBase32Digits[buffer << (5 - bits) & 31]);
  while (out.size() % kBase32Group != 0) out.push_back('=');
  return out;
}

std::optional<std::string> base32_decode(std::string_view text) {
  if (text.size() % kBase32Group != 0) return std::nullopt;
  const std::string_view digits = text.substr(0, text.find_last_not_of('=') + 1);
  const std::size_t padding = text.size() - digits.size();
  if (padding != 0 && padding != 1 && padding != 3 && padding != 4 && padding != 6)
    return std::nullopt;
  std::string out;
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char digit : digits) {
    const std::size_t value = kBase32Digits.find(digit);
    if (value == std::string_view::npos) return std::nullopt;
    buffer = buffer << 5 | static_cast<std::uint32_t>(value);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<char>(buffer >> bits));
    }
  }
  return out;
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  const auto continues = [text](std::size_t at) {
    return (static_cast<std::uint8_t>(text[at]) & 0xc0) == 0x80;
  };
  std::size_t end = bytes_max;
  while (end > 0 && continues(end)) --end;
  return text.substr(0, end);
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace mnm
