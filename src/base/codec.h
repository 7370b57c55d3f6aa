// Plain bytes: varints and fixed integers into and out of a string. The one encoding of the views'
// rows and digests.
//
// Any thread; no state but the string. Decoder never reads beyond its input: after the first bad
// read ok() is false and every later read returns zero or empty.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mnm {

// Appends to a string that outlives it.
class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}
  void varint(std::uint64_t value);  // LEB128, at most 10 octets
  void fixed32_be(std::uint32_t value);
  void fixed64_be(std::uint64_t value);
  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void bytes(std::string_view value);  // varint length, then the octets
  void raw(std::string_view value) { out_.append(value); }

 private:
  std::string& out_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view in) : in_(in) {}
  [[nodiscard]] std::uint64_t varint() {
    if (in_.empty() || static_cast<std::uint8_t>(in_.front()) >= 0x80) return long_varint();
    return byte();
  }
  [[nodiscard]] std::uint32_t fixed32_be();
  [[nodiscard]] std::uint64_t fixed64_be();
  [[nodiscard]] std::uint8_t byte() {
    const std::string_view octet = raw(1);
    return ok_ ? static_cast<std::uint8_t>(octet[0]) : 0;
  }
  [[nodiscard]] std::string_view bytes();  // a view into the input
  [[nodiscard]] std::string_view raw(std::size_t count) {
    if (!ok_ || count > in_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view value = in_.substr(0, count);
    in_.remove_prefix(count);
    return value;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool done() const { return ok_ && in_.empty(); }
  [[nodiscard]] std::size_t left() const { return in_.size(); }

 private:
  [[nodiscard]] std::uint64_t long_varint();

  std::string_view in_;
  bool ok_ = true;
};

}  // namespace mnm
