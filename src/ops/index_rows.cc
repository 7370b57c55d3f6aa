#include "ops/index_rows.h"

#include "base/codec.h"

namespace mnm::ops {
namespace {

constexpr std::uint8_t kListingClass = 32;
constexpr std::uint8_t kNameClass = 33;
constexpr std::size_t kListingKeyBytes = 2 + 2 * sizeof(std::uint64_t);

}  // namespace

std::string encode_index_meta(const log::Position& position) {
  std::string out;
  Encoder encoder(out);
  encoder.varint(kIndexVersion);
  encoder.varint(position.epoch.value());
  encoder.varint(position.lsn.value());
  encoder.raw(as_bytes(position.chain));
  return out;
}

log::Position decode_index_meta(std::string_view value) {
  Decoder decoder(value);
  if (decoder.varint() != kIndexVersion) return {};
  log::Position position;
  position.epoch = Epoch(static_cast<std::uint32_t>(decoder.varint()));
  position.lsn = Lsn(decoder.varint());
  const std::string_view chain = decoder.raw(sizeof(Hash));
  if (!decoder.done()) return {};
  position.chain = hash_from(chain);
  return position;
}

std::string listing_key(Subject subject, std::uint64_t block) {
  std::string key;
  key.reserve(kListingKeyBytes);
  Encoder encoder(key);
  encoder.byte(kListingClass);
  encoder.byte(static_cast<std::uint8_t>(subject.kind));
  encoder.fixed64_be(subject.number);
  encoder.fixed64_be(block);
  return key;
}

std::optional<std::uint64_t> listing_block(std::string_view key) {
  if (key.size() != kListingKeyBytes || key.front() != static_cast<char>(kListingClass)) {
    return std::nullopt;
  }
  return Decoder(key.substr(kListingKeyBytes - sizeof(std::uint64_t))).fixed64_be();
}

std::string name_key(GivenName::Kind kind, std::string_view name) {
  std::string key;
  Encoder encoder(key);
  encoder.byte(kNameClass);
  encoder.byte(static_cast<std::uint8_t>(kind));
  encoder.raw(name);
  return key;
}

std::size_t name_key_prefix(std::string_view key) {
  constexpr std::size_t kPrefixBytes = 2;  // class and kind
  return key.starts_with(static_cast<char>(kNameClass)) ? kPrefixBytes : 0;
}

void append_listed(Lsn lsn, Lsn last, std::string& value) {
  const std::uint64_t before = last ? last.value() : index_block(lsn) * kIndexBlockLsns;
  Encoder(value).varint(lsn.value() - before);
}

std::optional<std::vector<Lsn>> decode_listing(std::uint64_t block, std::string_view value) {
  std::vector<Lsn> found;
  Decoder decoder(value);
  std::uint64_t lsn = block * kIndexBlockLsns;
  while (!decoder.done()) {
    const std::uint64_t step = decoder.varint();
    // Only the first of a block may be at its very beginning.
    if (!decoder.ok() || (step == 0 && !found.empty()) || step >= kIndexBlockLsns) {
      return std::nullopt;
    }
    lsn += step;
    if (index_block(Lsn(lsn)) != block) return std::nullopt;
    found.emplace_back(lsn);
  }
  return found;
}

}  // namespace mnm::ops
