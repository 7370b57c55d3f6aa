#include "log/record.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <limits>

#include "base/canary.h"
#include "base/codec.h"
#include "base/crc32c.h"

namespace mnm::log {
namespace {

// Offsets in the envelope; all integers big-endian.
constexpr std::size_t kFirstAt = 8;
constexpr std::size_t kPayloadBytesAt = 20;
constexpr std::size_t kPreviousAt = 24;
constexpr std::size_t kEventsRootAt = 56;
static_assert(kPayloadBytesAt + sizeof(std::uint32_t) == kPreviousAt);
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
Result<void> take_events(Decoder& in, Roots roots, Record& record) {
  const std::uint32_t count = record.count;
  const bool checked = roots == Roots::kChecked;
  MerkleRoot root(salt_from(in.raw(kSaltBytes)));
  record.events.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t left = in.left();
    const std::string_view event = in.bytes();
    // The shortest form of each length only, so that one content has one encoding.
    if (!in.ok() || left - in.left() != varint_bytes(event.size()) + event.size()) {
      return fail(damaged(record.first, fmt::format("event {} of {} is misshapen", i + 1, count)));
    }
    if (checked) root.add(event);
    record.events.push_back(event);
  }
  if (!in.done()) return fail(damaged(record.first, "octets follow its last event"));
  if (checked && root.finish() != record.events_root) {
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
  set_record_crc(out);
  return chain;
}

void set_record_crc(std::string& stored) {
  const std::uint32_t crc = record_crc(stored);
  for (std::size_t i = 0; i < 4; ++i) {
    stored[kEnvelopeBytes + i] = static_cast<char>(crc >> (24 - 8 * i));
  }
}

bool is_sealed_record(std::string_view stored) {
  return stored.size() > kFlagsAt &&
         (static_cast<std::uint8_t>(stored[kFlagsAt]) & kSealedFlag) != 0;
}

Result<Envelope> decode_envelope(std::string_view octets) {
  Envelope envelope;
  Decoder header(octets.substr(0, kEnvelopeBytes));
  const std::uint8_t version = header.byte();
  if (!header.ok()) return fail(damaged(Lsn(), "it is empty"));
  if (version != kRecordVersion) {
    return fail(ErrorCode::kUnknownFormat,
                fmt::format("record of version {}; this program knows version {}", version,
                            kRecordVersion));
  }
  const std::uint8_t flags = header.byte();
  const std::string_view reserved = header.raw(2);
  envelope.epoch = Epoch(header.fixed32_be());
  envelope.first = Lsn(header.fixed64_be());
  envelope.count = header.fixed32_be();
  const std::uint32_t payload_bytes = header.fixed32_be();
  const std::string_view previous = header.raw(sizeof(Hash));
  const std::string_view events_root = header.raw(sizeof(Hash));
  if (!header.ok()) return fail(damaged(envelope.first, "it is shorter than an envelope"));
  if (flags != 0 || reserved != std::string_view("\0\0", 2)) {
    return fail(ErrorCode::kUnknownFormat,
                fmt::format("record at LSN {} has flags {:#x} (compressed?), which this program "
                            "doesn't know",
                            envelope.first.value(), flags));
  }
  if (!envelope.first || !envelope.epoch) {
    return fail(damaged(envelope.first, "its LSN or epoch is 0"));
  }
  if (payload_bytes < kSaltBytes || envelope.count == 0 ||
      envelope.count > payload_bytes - kSaltBytes) {
    return fail(damaged(envelope.first, "its count of events is impossible"));
  }
  if (envelope.count - 1 > std::numeric_limits<std::uint64_t>::max() - envelope.first.value()) {
    return fail(damaged(envelope.first, "its LSNs overflow"));
  }
  envelope.previous = hash_from(previous);
  envelope.events_root = hash_from(events_root);
  envelope.chain = sha256(octets.substr(0, kEnvelopeBytes));
  return envelope;
}

namespace {

// As it is without a seal.
std::string opened_envelope(std::string_view stored) {
  std::string envelope(stored.substr(0, kEnvelopeBytes));
  envelope[kFlagsAt] = static_cast<char>(envelope[kFlagsAt] & ~kSealedFlag);
  return envelope;
}

// Of a whole stored record.
Result<Envelope> check_octets(std::string_view stored) {
  Decoder header(stored);
  const std::uint8_t version = header.byte();
  (void)header.raw(kFirstAt - 1);
  const Lsn first(header.fixed64_be());
  (void)header.raw(kPayloadBytesAt - kFirstAt - sizeof(std::uint64_t));
  const std::uint32_t payload_bytes = header.fixed32_be();
  (void)header.raw(kEnvelopeBytes - kPreviousAt);
  const std::uint32_t crc = header.fixed32_be();
  // An unknown version's CRC may lie elsewhere: decode_envelope refuses it.
  if (version == kRecordVersion && !header.ok()) {
    return fail(damaged(first, "it is shorter than a header"));
  }
  if (version == kRecordVersion && crc != record_crc(stored) && !MNM_CANARY("crc-not-checked")) {
    return fail(damaged(first, "its CRC-32C doesn't fit its octets"));
  }
  const bool sealed = version == kRecordVersion && is_sealed_record(stored);
  Result<Envelope> envelope =
      sealed ? decode_envelope(opened_envelope(stored)) : decode_envelope(stored);
  if (envelope && payload_bytes + (sealed ? kRecordSealBytes : 0) != header.left()) {
    return fail(damaged(first, "its payload is of the wrong size"));
  }
  return envelope;
}

Error misplaced(Lsn first, Lsn key) {
  return {ErrorCode::kCorruption, fmt::format("the record at LSN {} is stored under the key {}",
                                              first.value(), key.value())};
}

}  // namespace

Result<std::optional<Stored>> Scanner::next_stored() {
  auto record = next();
  if (!record) return fail(record.error());
  if (!record->has_value()) return std::nullopt;
  return std::optional(Stored{(*record)->first, std::move((*record)->storage)});
}

Result<Envelope> check_envelope(const Stored& stored) {
  Result<Envelope> envelope = check_octets(stored.octets);
  if (envelope && envelope->first != stored.key) {
    return fail(misplaced(envelope->first, stored.key));
  }
  return envelope;
}

Result<Record> decode_stored(Stored stored, Roots roots) {
  Result<Record> record = decode_record(std::move(stored.octets), roots);
  if (record && record->first != stored.key) return fail(misplaced(record->first, stored.key));
  return record;
}

Result<Record> decode_record(std::string stored, Roots roots) {
  const Result<Envelope> envelope = check_octets(stored);
  if (!envelope) return fail(envelope.error());
  if (is_sealed_record(stored)) {
    return fail(ErrorCode::kDenied, fmt::format("record at LSN {} is sealed: name the file that "
                                                "holds the key with --key",
                                                envelope->first.value()));
  }
  Record record;
  static_cast<Envelope&>(record) = *envelope;
  record.storage = std::move(stored);
  Decoder payload(std::string_view(record.storage).substr(kHeaderBytes));
  if (Result<void> taken = take_events(payload, roots, record); !taken) return fail(taken.error());
  return record;
}

Salt record_salt(const Record& record) {
  CHECK_GE(record.storage.size(), kHeaderBytes + kSaltBytes);
  return salt_from(std::string_view(record.storage).substr(kHeaderBytes));
}

Result<void> check_link(const Position& before, const Envelope& record) {
  const bool same_epoch = record.epoch == before.epoch && !MNM_CANARY("gap-accepted");
  if (record.epoch < before.epoch || record.first <= before.lsn ||
      (same_epoch && record.first != next(before.lsn))) {
    return fail(
        ErrorCode::kCorruption,
        fmt::format(
            "record at LSN {} of epoch {} follows LSN {} of epoch {}: events are missing or twice",
            record.first.value(), record.epoch.value(), before.lsn.value(), before.epoch.value()));
  }
  if (record.previous != before.chain && !MNM_CANARY("chain-not-checked")) {
    return fail(ErrorCode::kTampering,
                fmt::format("record at LSN {} doesn't chain to the record that ends at LSN {}",
                            record.first.value(), before.lsn.value()));
  }
  return {};
}

}  // namespace mnm::log
