#include "log/merkle_range.h"

#include <glog/logging.h>

#include <algorithm>
#include <bit>

#include "base/codec.h"
#include "log/merkle.h"

namespace mnm::log {
namespace {

Hash chain_leaf(const Hash& chain) {
  std::string octets(1, '\0');
  octets += as_bytes(chain);
  return sha256(octets);
}

// How many hashes the peaks of `count` records are.
std::size_t peak_count(std::uint64_t count) {
  return static_cast<std::size_t>(std::popcount(count));
}

// The height of the next subtree of an extension: as large as its place and its end allow.
unsigned next_height(std::uint64_t at, std::uint64_t end) {
  const auto fits = static_cast<unsigned>(std::bit_width(end - at) - 1);
  return at == 0 ? fits : std::min(fits, static_cast<unsigned>(std::countr_zero(at)));
}

}  // namespace

void MerkleRange::append(const Hash& chain) { append_subtree(chain_leaf(chain), 0); }

// Adding is counting in binary: each carry joins two subtrees of one size.
void MerkleRange::append_subtree(Hash root, unsigned height) {
  for (std::uint64_t carry = size_ >> height; (carry & 1) != 0; carry >>= 1) {
    root = merkle_node(peaks_.back(), root);
    peaks_.pop_back();
  }
  peaks_.push_back(root);
  size_ += std::uint64_t{1} << height;
}

Hash MerkleRange::root() const {
  if (peaks_.empty()) return sha256({});
  Hash root = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i > 0; --i) root = merkle_node(peaks_[i - 1], root);
  return root;
}

std::string MerkleRange::encode() const {
  std::string out;
  Encoder encoder(out);
  encoder.fixed64_be(size_);
  for (const Hash& peak : peaks_) encoder.raw(as_bytes(peak));
  return out;
}

std::optional<MerkleRange> MerkleRange::decode(std::string_view octets) {
  Decoder decoder(octets);
  MerkleRange range;
  range.size_ = decoder.fixed64_be();
  if (!decoder.ok() || decoder.left() != peak_count(range.size_) * sizeof(Hash)) {
    return std::nullopt;
  }
  while (!decoder.done()) range.peaks_.push_back(hash_from(decoder.raw(sizeof(Hash))));
  return range;
}

std::optional<MerkleRange> MerkleRange::extended(std::uint64_t size,
                                                 std::span<const Hash> extension) const {
  if (size < size_) return std::nullopt;
  MerkleRange range = *this;
  for (const Hash& root : extension) {
    if (range.size_ == size) return std::nullopt;
    range.append_subtree(root, next_height(range.size_, size));
  }
  if (range.size_ != size) return std::nullopt;
  return range;
}

bool proof_holds(const RangeProof& proof, const Hash& chain, const Hash& root) {
  if (proof.index >= proof.size) return false;
  Hash hash = chain_leaf(chain);
  return climb_merkle_path(hash, proof.index, proof.size, proof.path) && hash == root;
}

RangeProver::RangeProver(const MerkleRange& before, const Hash& chain)
    : index_(before.size()), size_(before.size()) {
  for (const Hash& peak : before.peaks()) peaks_.push_back({peak, false});
  append(chain);
}

void RangeProver::append(const Hash& chain) {
  peaks_.push_back({chain_leaf(chain), size_ == index_});
  for (std::uint64_t carry = size_; (carry & 1) != 0; carry >>= 1) join_last();
  ++size_;
}

// Two neighbours become one; if either holds the record, the other is the next step of its path.
void RangeProver::join_last() {
  const Peak right = peaks_.back();
  peaks_.pop_back();
  Peak& left = peaks_.back();
  if (left.holds) path_.push_back(right.root);
  if (right.holds) path_.push_back(left.root);
  left = {merkle_node(left.root, right.root), left.holds || right.holds};
}

RangeProof RangeProver::finish() const {
  RangeProver all = *this;
  while (all.peaks_.size() > 1) all.join_last();
  return {index_, size_, std::move(all.path_)};
}

void RangeExtension::append(const Hash& chain) {
  Subtree added{chain_leaf(chain), 0};
  // A subtree begins at a multiple of its size, also when it is joined of two.
  for (std::uint64_t carry = size_;
       (carry & 1) != 0 && !subtrees_.empty() && subtrees_.back().height == added.height;
       carry >>= 1) {
    added = {merkle_node(subtrees_.back().root, added.root), added.height + 1};
    subtrees_.pop_back();
  }
  subtrees_.push_back(added);
  ++size_;
}

std::vector<Hash> RangeExtension::hashes() const {
  std::vector<Hash> out;
  out.reserve(subtrees_.size());
  for (const Subtree& subtree : subtrees_) out.push_back(subtree.root);
  return out;
}

}  // namespace mnm::log
