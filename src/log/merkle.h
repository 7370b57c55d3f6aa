// The Merkle root over a record's events: RFC 6962's tree over salted leaves, so that one event can
// be shown to an outsider, with a proof that the log holds it, while its neighbours stay hidden and
// can't be guessed.
//
// Pure; any thread. The hashes are drawn in doc/log_format.md; a change there is a new record
// version.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/crypto.h"

namespace mnm::log {

using Salt = std::array<char, 16>;

[[nodiscard]] inline std::string_view salt_bytes(const Salt& salt) {
  return {salt.data(), salt.size()};
}

// The salt of event `index`: tells nothing of the record's salt or of another event's.
[[nodiscard]] Salt event_salt(const Salt& record_salt, std::uint32_t index);
[[nodiscard]] Hash leaf_hash(const Salt& salt, std::string_view event);

// RFC 6962's inner node.
[[nodiscard]] Hash merkle_node(const Hash& left, const Hash& right);
// From the hash of leaf `index` of `count` to the root that its path leads to. False when the path
// is longer or shorter than such a one; `index` is below `count`.
[[nodiscard]] bool climb_merkle_path(Hash& hash, std::uint64_t index, std::uint64_t count,
                                     std::span<const Hash> path);

// Folds events in order into the root: memory for 32 hashes, no allocation.
class MerkleRoot {
 public:
  // NOLINTNEXTLINE: as many of full_ as count_ says are filled
  explicit MerkleRoot(const Salt& record_salt) : record_salt_(record_salt) {}
  void add(std::string_view event);
  // At least one event was added.
  [[nodiscard]] Hash finish() const;

 private:
  Salt record_salt_;
  std::uint32_t count_ = 0;
  std::array<Hash, 33>
      full_;  // roots of the full subtrees so far, the largest first: one for each bit of count_
};

// What an outsider needs beside the event itself.
struct EventProof {
  std::uint32_t index = 0;
  std::uint32_t count = 0;
  Salt salt{};
  std::vector<Hash> path;  // the sibling subtrees' roots, from the leaf upwards
};

// `index` is below the number of events.
[[nodiscard]] EventProof prove_event(const Salt& record_salt,
                                     std::span<const std::string_view> events, std::uint32_t index);
[[nodiscard]] bool proof_holds(const EventProof& proof, std::string_view event,
                               const Hash& events_root);

}  // namespace mnm::log
