// The Merkle range: one hash over the chain hashes of all records, with a handful of peaks to carry
// on from (doc/log_format.md, "The range of all records"). What signed heads commit to, and what is
// kept of records that are trimmed.
//
// Pure; any thread. A range of a billion records holds at most 30 hashes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"

namespace mnm::log {

class MerkleRange {
 public:
  // The next record, by its chain hash.
  void append(const Hash& chain);
  // How many records.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Roots of the full subtrees, the largest first: one for each one bit of size().
  [[nodiscard]] std::span<const Hash> peaks() const { return peaks_; }
  // Of no records: SHA-256 of nothing.
  [[nodiscard]] Hash root() const;

  [[nodiscard]] std::string encode() const;
  // None unless the octets are exactly what encode() gives.
  [[nodiscard]] static std::optional<MerkleRange> decode(std::string_view octets);

  // This range with the records of an extension (below): none when `extension` isn't as long as
  // one from size() to `size` is.
  [[nodiscard]] std::optional<MerkleRange> extended(std::uint64_t size,
                                                    std::span<const Hash> extension) const;

  friend bool operator==(const MerkleRange&, const MerkleRange&) = default;

 private:
  void append_subtree(Hash root, unsigned height);

  std::uint64_t size_ = 0;
  std::vector<Hash> peaks_;
};

// The proof that a record is the one at `index` of a range of `size`.
struct RangeProof {
  std::uint64_t index = 0;  // from 0
  std::uint64_t size = 0;
  std::vector<Hash> path;  // the sibling subtrees' roots, from the leaf upwards
};

[[nodiscard]] bool proof_holds(const RangeProof& proof, const Hash& chain, const Hash& root);

// Collects the proof of one record while the records after it go by, in the memory of a range.
class RangeProver {
 public:
  // `before`: the range of all records before the one to prove, whose chain hash is `chain`.
  RangeProver(const MerkleRange& before, const Hash& chain);
  void append(const Hash& chain);
  // The proof in the range of all appended so far.
  [[nodiscard]] RangeProof finish() const;

 private:
  struct Peak {
    Hash root{};
    bool holds = false;  // the record to prove
  };
  void join_last();

  std::uint64_t index_;
  std::uint64_t size_;
  std::vector<Peak> peaks_;
  std::vector<Hash> path_;  // within the full subtree that holds it
};

// Collects the extension of a range of `from` records: what proves that a longer range begins with
// it (MerkleRange::extended).
class RangeExtension {
 public:
  explicit RangeExtension(std::uint64_t from) : size_(from) {}
  void append(const Hash& chain);
  [[nodiscard]] std::vector<Hash> hashes() const;

 private:
  struct Subtree {
    Hash root;
    unsigned height;
  };
  std::uint64_t size_;
  std::vector<Subtree> subtrees_;
};

}  // namespace mnm::log
