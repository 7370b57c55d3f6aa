#include "log/record.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <limits>

#include "base/codec.h"
#include "base/crc32c.h"

namespace mnm::log {
namespace {

// Offsets in the envelope; all integers big-endian.
constexpr std::size_t kFlagsAt = 1;
constexpr std::size_t kPreviousAt = 24;
constexpr std::size_t kEventsRootAt = 56;
static_assert(kPreviousAt + sizeof(Hash) == kEventsRootAt);
static_assert(kEventsRootAt + sizeof(Hash) == kEnvelopeBytes);

std::size_t varint_bytes(std::uint64_t value) {
  std::size_t count = 1;
  for (; value >= 0x80; value >>= 7) ++count;
  return count;
}

Error damaged(Lsn first, std::string_view what) {
  return Error{ErrorCode::kCorruption, fmt::format("record at LSN {}: {}", first.value(), what)};
}

std::uint32_t record_crc(std::string_view stored) {
  return crc32c(stored.substr(kHeaderBytes), crc32c(stored.substr(0, kEnvelopeBytes)));
}

Salt salt_from(std::string_view bytes) {
  Salt salt;
  bytes.copy(salt.data(), salt.size());
  return salt;
}

// The payload: `in` stands at its salt.
Result<void> take_events(Decoder& in, std::uint32_t count, Record& record) {
  MerkleRoot root(salt_from(in.raw(kSaltBytes)));
  record.events.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t left = in.left();
    const std::string_view event = in.bytes();
    // The shortest form of each length only, so that one content has one encoding.
    if (!in.ok() || left - in.left() != varint_bytes(event.size()) + event.size()) {
      return fail(damaged(record.first, fmt::format("event {} of {} is misshapen", i + 1, count)));
    }
    root.add(event);
    record.events.push_back(event);
  }
  if (!in.done()) return fail(damaged(record.first, "octets follow its last event"));
  if (root.finish() != record.events_root) {
    return fail(ErrorCode::kTampering,
                fmt::format("record at LSN {}: its events are not those its events_root commits to",
                            record.first.value()));
  }
  return {};
}

}  // namespace

Hash encode_record(const RecordSpec& spec, std::string& out) {
  CHECK(!spec.events.empty());
  CHECK(spec.first) << "LSNs begin at 1";
  CHECK_LE(spec.events.size() - 1, std::numeric_limits<std::uint64_t>::max() - spec.first.value());
  std::size_t payload_bytes = kSaltBytes;
  for (const std::string_view event : spec.events)
    payload_bytes += varint_bytes(event.size()) + event.size();
  CHECK_LE(kHeaderBytes + payload_bytes, kRecordBytesMax);

  MerkleRoot root(spec.salt);
  for (const std::string_view event : spec.events) root.add(event);
  const Hash events_root = root.finish();

  out.clear();
  out.reserve(kHeaderBytes + payload_bytes);
  Encoder encoder(out);
  encoder.byte(kRecordVersion);
  encoder.byte(0);  // flags
  encoder.byte(0);
  encoder.byte(0);
  encoder.fixed32_be(spec.epoch.value());
  encoder.fixed64_be(spec.first.value());
  encoder.fixed32_be(static_cast<std::uint32_t>(spec.events.size()));
  encoder.fixed32_be(static_cast<std::uint32_t>(payload_bytes));
  encoder.raw(as_bytes(spec.previous));
  encoder.raw(as_bytes(events_root));
  CHECK_EQ(out.size(), kEnvelopeBytes);
  const Hash chain = sha256(out);

  encoder.fixed32_be(0);  // the CRC, once the payload is there
  encoder.raw(salt_bytes(spec.salt));
  for (const std::string_view event : spec.events) encoder.bytes(event);
  const std::uint32_t crc = record_crc(out);
  for (std::size_t i = 0; i < 4; ++i) {
    out[kEnvelopeBytes + i] = static_cast<char>(crc >> (24 - 8 * i));
  }
  return chain;
}

Result<Record> decode_record(std::string stored) {
  Record record;
  record.storage = std::move(stored);
  const std::string_view bytes = record.storage;
  Decoder header(bytes);
  const std::uint8_t version = header.byte();
  if (!header.ok()) return fail(damaged(Lsn(), "it is empty"));
  if (version != kRecordVersion) {
    return fail(ErrorCode::kUnknownFormat,
                fmt::format("record of version {}; this program knows version {}", version,
                            kRecordVersion));
  }
  const std::uint8_t flags = header.byte();
  const std::string_view reserved = header.raw(2);
  record.epoch = Epoch(header.fixed32_be());
  record.first = Lsn(header.fixed64_be());
  const std::uint32_t count = header.fixed32_be();
  const std::uint32_t payload_bytes = header.fixed32_be();
  const std::string_view previous = header.raw(sizeof(Hash));
  const std::string_view events_root = header.raw(sizeof(Hash));
  const std::uint32_t crc = header.fixed32_be();
  if (!header.ok()) return fail(damaged(record.first, "it is shorter than a header"));
  if (crc != record_crc(bytes)) {
    return fail(damaged(record.first, "its CRC-32C doesn't fit its octets"));
  }
  if (flags != 0 || reserved != std::string_view("\0\0", 2)) {
    return fail(ErrorCode::kUnknownFormat,
                fmt::format("record at LSN {} has flags {:#x} (sealed or compressed?), which this "
                            "program doesn't know",
                            record.first.value(), flags));
  }
  if (payload_bytes != header.left()) {
    return fail(damaged(record.first, "its payload is of the wrong size"));
  }
  if (!record.first || !record.epoch) return fail(damaged(record.first, "its LSN or epoch is 0"));
  if (payload_bytes < kSaltBytes || count == 0 || count > payload_bytes - kSaltBytes) {
    return fail(damaged(record.first, "its count of events is impossible"));
  }
  if (count - 1 > std::numeric_limits<std::uint64_t>::max() - record.first.value()) {
    return fail(damaged(record.first, "its LSNs overflow"));
  }
  record.previous = hash_from(previous);
  record.events_root = hash_from(events_root);
  record.chain = sha256(bytes.substr(0, kEnvelopeBytes));

  if (Result<void> taken = take_events(header, count, record); !taken) return fail(taken.error());
  return record;
}

Salt record_salt(const Record& record) {
  CHECK_GE(record.storage.size(), kHeaderBytes + kSaltBytes);
  return salt_from(std::string_view(record.storage).substr(kHeaderBytes));
}

Result<void> check_link(const Position& before, const Record& record) {
  const bool same_epoch = record.epoch == before.epoch;
  if (record.epoch < before.epoch || record.first <= before.lsn ||
      (same_epoch && record.first != next(before.lsn))) {
    return fail(
        ErrorCode::kCorruption,
        fmt::format(
            "record at LSN {} of epoch {} follows LSN {} of epoch {}: events are missing or twice",
            record.first.value(), record.epoch.value(), before.lsn.value(), before.epoch.value()));
  }
  if (record.previous != before.chain) {
    return fail(ErrorCode::kTampering,
                fmt::format("record at LSN {} doesn't chain to the record that ends at LSN {}",
                            record.first.value(), before.lsn.value()));
  }
  return {};
}

}  // namespace mnm::log
