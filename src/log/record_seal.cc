#include "log/record_seal.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include "base/codec.h"
#include "base/crypto.h"
#include "log/seal.h"

namespace mnm::log {

static_assert(kRecordSealBytes == kKeyIdBytes + kSealBytes);

void seal_record(const Keyring& keyring, std::string_view record, std::string& out) {
  const std::string_view envelope = record.substr(0, kEnvelopeBytes);
  const std::string_view payload = record.substr(kHeaderBytes);
  const Keyring::DataKey key = keyring.current();
  out.clear();
  out.reserve(record.size() + kRecordSealBytes);
  out.append(record.substr(0, kHeaderBytes));
  out[kFlagsAt] = static_cast<char>(out[kFlagsAt] | kSealedFlag);
  Encoder(out).fixed32_be(key.id);
  append_sealed(key.octets, {SealedAs::kRecord, envelope}, random_bytes(kSealNonceBytes), payload,
                out);
  CHECK_EQ(out.size(), record.size() + kRecordSealBytes);
  set_record_crc(out);
}

Result<Envelope> check_sealed_envelope(const Stored& stored) {
  Result<Envelope> envelope = check_envelope(stored);
  if (!envelope || is_sealed_record(stored.octets)) return envelope;
  return fail(ErrorCode::kTampering,
              fmt::format("record at LSN {} isn't sealed, in a log that is: somebody put it there",
                          envelope->first.value()));
}

Result<Stored> open_record(const Keyring* keyring, Stored stored) {
  if (keyring == nullptr) return stored;
  const Result<Envelope> envelope = check_sealed_envelope(stored);
  if (!envelope) return fail(envelope.error());
  const std::string_view sealed = std::string_view(stored.octets).substr(kHeaderBytes);
  const std::uint32_t id = Decoder(sealed).fixed32_be();
  const std::optional<std::string_view> key = keyring->find(id);
  if (!key) {
    return fail(ErrorCode::kCorruption,
                fmt::format("record at LSN {} says that it is sealed with data key {}, which the "
                            "keyring lacks: that is an older copy, or the number was changed",
                            envelope->first.value(), id));
  }
  std::string opened;
  opened.reserve(stored.octets.size() - kRecordSealBytes);
  opened.append(stored.octets, 0, kHeaderBytes);
  opened[kFlagsAt] = static_cast<char>(opened[kFlagsAt] & ~kSealedFlag);
  const std::string about = opened.substr(0, kEnvelopeBytes);
  if (!append_opened(*key, {SealedAs::kRecord, about}, sealed.substr(kKeyIdBytes), opened)) {
    return fail(ErrorCode::kTampering,
                fmt::format("record at LSN {}: its payload isn't what was sealed for this envelope",
                            envelope->first.value()));
  }
  set_record_crc(opened);
  return Stored{stored.key, std::move(opened)};
}

}  // namespace mnm::log
