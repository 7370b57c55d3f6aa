#include "sim/wal_replay.h"

#include <optional>

#include "base/codec.h"
#include "base/crc32c.h"

namespace mnm::sim {
namespace {

constexpr std::size_t kFragmentHeader = 7;
constexpr std::size_t kBatchHeader = 12;
constexpr std::uint8_t kPut = 0x5;
constexpr std::uint8_t kSingleDelete = 0x8;
constexpr std::uint64_t kRecords = 1;  // families
constexpr std::uint64_t kRows = 2;
constexpr std::uint64_t kKeys = 4;
enum Type : std::uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

std::uint64_t little_endian(std::string_view octets, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i-- > 0;) {
    value = value << 8U | static_cast<unsigned char>(octets[i]);
  }
  return value;
}

void begin(Encoder& encoder, std::uint8_t tag, std::uint64_t family, Lsn key) {
  encoder.byte(tag);
  encoder.varint(family);
  encoder.varint(8);
  encoder.fixed64_be(key.value());
}

struct Fragment {
  std::uint8_t type = 0;
  std::string_view data;
};
std::optional<Fragment> fragment_at(std::string_view octets) {
  if (octets.size() < kFragmentHeader) return std::nullopt;
  const std::uint64_t length = little_endian(octets.substr(4), 2);
  if (octets.size() - kFragmentHeader < length) return std::nullopt;
  const std::uint32_t crc = crc32c(octets.substr(6, length + 1));
  const auto masked = static_cast<std::uint32_t>((crc >> 15U | crc << 17U) + 0xa282ead8U);
  if (little_endian(octets, 4) != masked) return std::nullopt;
  return Fragment{static_cast<std::uint8_t>(octets[6]), octets.substr(kFragmentHeader, length)};
}

void carry_out(std::string_view batch, Tables& tables) {
  Decoder in(batch.substr(kBatchHeader));
  while (in.ok() && in.left() > 0) {
    const std::uint8_t tag = in.byte();
    const std::uint64_t family = in.varint();
    Decoder key(in.bytes());
    const Lsn lsn(key.fixed64_be());
    if (tag == kSingleDelete) {
      family == kKeys ? tables.keys.erase(lsn) : tables.rows.erase(lsn);
      continue;
    }
    Decoder value(in.bytes());
    if (family == kRecords) {
      tables.records[lsn] = value.raw(value.left());
      continue;
    }
    if (family == kKeys) {
      tables.keys[lsn] = value.raw(value.left());
      continue;
    }
    Row row;
    row.file.boot = Lsn(value.fixed64_be());
    row.file.serial = value.fixed64_be();
    row.value = value.raw(value.left());
    tables.rows[lsn] = std::move(row);
  }
}

}  // namespace

void put_record(std::string& batch, Lsn first, std::string_view record) {
  Encoder encoder(batch);
  begin(encoder, kPut, kRecords, first);
  encoder.bytes(record);
}

void put_row(std::string& batch, Lsn id, log::BodyFile file, std::string_view value) {
  std::string row;
  Encoder fields(row);
  fields.fixed64_be(file.boot.value());
  fields.fixed64_be(file.serial);
  fields.raw(value);
  Encoder encoder(batch);
  begin(encoder, kPut, kRows, id);
  encoder.bytes(row);
}

void put_key(std::string& batch, Lsn id, std::string_view key) {
  Encoder encoder(batch);
  begin(encoder, kPut, kKeys, id);
  encoder.bytes(key);
}

void put_key_purge(std::string& batch, Lsn id) {
  Encoder encoder(batch);
  begin(encoder, kSingleDelete, kKeys, id);
}

void put_purge(std::string& batch, Lsn id) {
  Encoder encoder(batch);
  begin(encoder, kSingleDelete, kRows, id);
}

std::uint64_t replay_wal(std::string_view octets, std::uint64_t sequence, Tables& tables) {
  std::string batch;
  for (std::size_t offset = 0; offset < octets.size();) {
    const std::size_t left = log::WalFile::kBlock - offset % log::WalFile::kBlock;
    if (left < kFragmentHeader) {
      offset += left;
      continue;
    }
    const auto fragment = fragment_at(octets.substr(offset));
    if (!fragment) break;
    offset += kFragmentHeader + fragment->data.size();
    if (fragment->type == kFull || fragment->type == kFirst) batch.clear();
    batch += fragment->data;
    if (fragment->type != kFull && fragment->type != kLast) continue;
    if (batch.size() < kBatchHeader || little_endian(batch, 8) != sequence) break;
    sequence += little_endian(std::string_view(batch).substr(8), 4);
    carry_out(batch, tables);
  }
  return sequence;
}

}  // namespace mnm::sim
