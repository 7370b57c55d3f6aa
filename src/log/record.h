// The record envelope: the bytes of one engine turn in the log (doc/log_format.md, "The record").
//
// Pure; any thread. encode_record is on the engine's path: it allocates only to grow `out`.
// decode_record checks every octet and never trusts a length.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "log/log.h"
#include "log/merkle.h"

namespace mnm::log {

inline constexpr std::uint8_t kRecordVersion = 1;
inline constexpr std::size_t kEnvelopeBytes = 88;                // what the chain hashes
inline constexpr std::size_t kHeaderBytes = kEnvelopeBytes + 4;  // and the CRC-32C
inline constexpr std::size_t kSaltBytes = sizeof(Salt);
// A turn is bounded at 1 MiB of bodies and 1,024 commands; one post to 10,000 members is 20 KB of
// event. A record far beyond that is damage, and a reader need not try to hold it.
inline constexpr std::size_t kRecordBytesMax = std::size_t{64} << 20;

struct RecordSpec {
  Epoch epoch;
  Lsn first;
  Hash previous{};
  std::span<const std::string_view> events;  // at least one
  Salt salt{};                               // random, fresh for each record
};

// Replaces `out` by the stored value; returns the record's chain hash.
Hash encode_record(const RecordSpec& spec, std::string& out);

// Whether events_root is computed anew: it is most of what it takes to read a record, and tells no
// accident that the CRC-32C doesn't tell, but one who changed events and forgot it.
enum class Roots : std::uint8_t { kChecked, kTrusted };

// Errors: kCorruption (CRC, shape), kTampering (a whole record whose events_root isn't its
// events'), kUnknownFormat; kDenied: it is sealed (record_seal.h).
[[nodiscard]] Result<Record> decode_record(std::string stored, Roots roots = Roots::kChecked);

// The same, and that it lies under its own key (kCorruption).
[[nodiscard]] Result<Record> decode_stored(Stored stored, Roots roots = Roots::kChecked);

// The envelope alone: the first kEnvelopeBytes octets of a record, or of a proof, in shape. Nothing
// vouches for them here but their hash, `chain`. kCorruption, kUnknownFormat.
[[nodiscard]] Result<Envelope> decode_envelope(std::string_view octets);
// The envelope of a whole stored record, sealed or not: its CRC-32C and its key are checked, its
// events are not. kCorruption, kUnknownFormat.
[[nodiscard]] Result<Envelope> check_envelope(const Stored& stored);

// How a record is stored when its payload is sealed: what is put in its place, and a flag. The
// envelope that the chain hashes is that of the record as it is opened.
inline constexpr std::size_t kFlagsAt = 1;
inline constexpr std::uint8_t kSealedFlag = 1;
// The id of the data key before the sealed payload, its nonce, its tag.
inline constexpr std::size_t kRecordSealBytes = 44;
[[nodiscard]] bool is_sealed_record(std::string_view stored);
// Writes the CRC-32C of all octets but its own where it belongs. `stored` has a header at least.
void set_record_crc(std::string& stored);

// The record's salt, for proofs. `record` came from decode_record.
[[nodiscard]] Salt record_salt(const Record& record);

// Whether `record` may follow `before` ({} at the start of the log, which a trimmed log doesn't
// have): contiguous LSNs within an epoch, rising ones into a newer epoch (kCorruption), and the
// hash of what came before (kTampering).
[[nodiscard]] Result<void> check_link(const Position& before, const Envelope& record);

}  // namespace mnm::log
