#include "base/codec.h"

namespace mnm {

void Encoder::varint(std::uint64_t value) {
  while (value >= 0x80) {
    out_.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out_.push_back(static_cast<char>(value));
}

void Encoder::fixed32_be(std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out_.push_back(static_cast<char>(value >> shift));
}

void Encoder::fixed64_be(std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out_.push_back(static_cast<char>(value >> shift));
}

void Encoder::bytes(std::string_view value) {
  varint(value.size());
  raw(value);
}

std::uint64_t Decoder::long_varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint64_t octet = byte();
    if (!ok_) return 0;
    if (shift == 63 && octet > 1) break;  // beyond 64 bits
    value |= (octet & 0x7f) << shift;
    if (octet < 0x80) return value;
  }
  ok_ = false;
  return 0;
}

std::uint32_t Decoder::fixed32_be() {
  std::uint32_t value = 0;
  for (const char octet : raw(4)) value = value << 8 | static_cast<std::uint8_t>(octet);
  return value;
}

std::uint64_t Decoder::fixed64_be() {
  std::uint64_t value = 0;
  for (const char octet : raw(8)) value = value << 8 | static_cast<std::uint8_t>(octet);
  return value;
}

std::string_view Decoder::bytes() {
  const std::uint64_t count = varint();
  if (count > in_.size()) {
    ok_ = false;
    return {};
  }
  return raw(count);
}

}  // namespace mnm
