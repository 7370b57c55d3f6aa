// What a sealed checkpoint's meta row says of all its rows: a keyed hash of each, added up modulo
// 2^256, so that a row that changes costs its own hashes alone (doc/log_format.md, "Sealing").
// Without it, whoever may write but has no key could put an older row back at its place, or drop
// one.
//
// Pure; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "log/keyring.h"

namespace mnm::ops {

class RowSum {
 public:
  // Of no rows. `keyring`: null for plain rows, which have none: nothing is added up.
  explicit RowSum(const log::Keyring* keyring);

  [[nodiscard]] bool kept() const { return key_.has_value(); }
  // Keys and values as they are stored.
  void add(std::string_view key, std::string_view value);
  void remove(std::string_view key, std::string_view value);
  // Those of other rows, with the same key.
  void add(const RowSum& others);
  // 32 octets; of plain rows, none.
  [[nodiscard]] std::string encode() const;
  // Makes it what was encoded; false when it isn't one.
  [[nodiscard]] bool decode(std::string_view octets);
  [[nodiscard]] bool operator==(const RowSum& other) const { return words_ == other.words_; }

 private:
  using Words = std::array<std::uint64_t, 4>;  // the lowest first
  [[nodiscard]] Words hash(std::string_view key, std::string_view value) const;
  void add(const Words& term);

  std::optional<HmacSha256> key_;
  Words words_{};
};

}  // namespace mnm::ops
