// The proof that a log held an event when a head was signed: for somebody who has neither the log
// nor a word of its other events, but knows the relay's key (doc/mnmlog.md, "Proofs").
//
// Pure; main thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "log/merkle.h"
#include "log/merkle_range.h"
#include "log/signed_head.h"

namespace mnm::mnmlog {

// One event, from its octets to the root that the head signs.
struct ProvenEvent {
  Lsn lsn;
  std::string event;              // its octets, as stored
  log::Salt salt{};               // its own
  std::vector<Hash> path;         // to the record's events_root
  std::string envelope;           // the record's, kEnvelopeBytes
  std::uint64_t record = 0;       // the record's place in the range, from 0
  std::vector<Hash> record_path;  // to the head's root
};

struct Proof {
  log::SignedHead head;
  // The first is what it is about; the others say who the numbers in it are.
  std::vector<ProvenEvent> events;
};

// A file: one JSON object, and a newline.
[[nodiscard]] std::string encode_proof(const Proof& proof);
// kUsage when it is no proof; kUnknownFormat for one of a later version.
[[nodiscard]] Result<Proof> parse_proof(std::string_view text);

// That the key signed the head, and that the head covers all events. Their epochs, in the order of
// proof.events. kTampering says which link doesn't hold.
[[nodiscard]] Result<std::vector<Epoch>> check_proof(const Proof& proof, const PublicKey& key);

}  // namespace mnm::mnmlog
