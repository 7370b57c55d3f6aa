#include "ops/row_sum.h"

#include <ranges>

#include "base/codec.h"

namespace mnm::ops {

// What the name key hashes else begins with the class of a row, which is never 0.
RowSum::RowSum(const log::Keyring* keyring) {
  constexpr std::string_view kPurpose{"\0sum of rows", 12};
  if (keyring != nullptr) key_.emplace(as_bytes(hmac_sha256(keyring->name_key(), kPurpose)));
}

RowSum::Words RowSum::hash(std::string_view key, std::string_view value) const {
  std::string row;
  row.reserve(key.size() + value.size() + sizeof(std::uint32_t));
  Encoder encoder(row);
  encoder.fixed32_be(static_cast<std::uint32_t>(key.size()));
  encoder.raw(key);
  encoder.raw(value);
  const Hash hashed = (*key_)(row);
  Decoder in(as_bytes(hashed));
  Words words{};
  for (auto& word : std::views::reverse(words)) word = in.fixed64_be();
  return words;
}

void RowSum::add(std::string_view key, std::string_view value) {
  if (kept()) add(hash(key, value));
}

void RowSum::add(const RowSum& others) { add(others.words_); }

void RowSum::add(const Words& term) {
  bool carry = false;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::uint64_t sum = words_[i] + term[i];
    const std::uint64_t carried = sum + (carry ? 1 : 0);
    carry = sum < term[i] || carried < sum;
    words_[i] = carried;
  }
}

void RowSum::remove(std::string_view key, std::string_view value) {
  if (!kept()) return;
  const Words term = hash(key, value);
  bool borrow = false;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::uint64_t difference = words_[i] - term[i];
    const std::uint64_t borrowed = difference - (borrow ? 1 : 0);
    borrow = words_[i] < term[i] || borrowed > difference;
    words_[i] = borrowed;
  }
}

std::string RowSum::encode() const {
  std::string out;
  if (!kept()) return out;
  Encoder encoder(out);
  for (const auto word : std::views::reverse(words_)) encoder.fixed64_be(word);
  return out;
}

bool RowSum::decode(std::string_view octets) {
  if (!kept()) return octets.empty();
  Decoder in(octets);
  for (auto& word : std::views::reverse(words_)) word = in.fixed64_be();
  return in.done();
}

}  // namespace mnm::ops
