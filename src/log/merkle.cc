#include "log/merkle.h"

#include <glog/logging.h>

#include <algorithm>

#include "base/canary.h"

namespace mnm::log {
namespace {

constexpr std::string_view kLeaf("\x00", 1);
constexpr std::string_view kNode("\x01", 1);
constexpr std::string_view kSalt("\x02", 1);

// RFC 6962: the left subtree holds the largest power of two of leaves below all of them.
std::uint64_t left_size(std::uint64_t count) { return std::bit_floor(count - 1); }

Hash subtree(std::span<const Hash> leaves) {
  if (leaves.size() == 1) return leaves[0];
  const std::size_t left = left_size(leaves.size());
  return merkle_node(subtree(leaves.first(left)), subtree(leaves.subspan(left)));
}

void collect_path(std::span<const Hash> leaves, std::size_t index, std::vector<Hash>& path) {
  if (leaves.size() == 1) return;
  const std::size_t left = left_size(leaves.size());
  if (index < left) {
    collect_path(leaves.first(left), index, path);
    path.push_back(subtree(leaves.subspan(left)));
  } else {
    collect_path(leaves.subspan(left), index - left, path);
    path.push_back(subtree(leaves.first(left)));
  }
}

}  // namespace

Hash merkle_node(const Hash& left, const Hash& right) {
  return sha256({kNode, as_bytes(left), as_bytes(right)});
}

// Consumes the path from its upper end.
bool climb_merkle_path(Hash& hash, std::uint64_t index, std::uint64_t count,
                       std::span<const Hash> path) {
  if (count == 1) return path.empty();
  if (path.empty()) return false;
  const std::uint64_t left = left_size(count);
  const std::span<const Hash> below = path.first(path.size() - 1);
  if (index < left) {
    if (!climb_merkle_path(hash, index, left, below)) return false;
    hash = merkle_node(hash, path.back());
  } else {
    if (!climb_merkle_path(hash, index - left, count - left, below)) return false;
    hash = merkle_node(path.back(), hash);
  }
  return true;
}

Salt event_salt(const Salt& record_salt, std::uint32_t index) {
  if (MNM_CANARY("one-salt-for-all")) index = 0;
  const std::array<char, 4> be32 = {static_cast<char>(index >> 24), static_cast<char>(index >> 16),
                                    static_cast<char>(index >> 8), static_cast<char>(index)};
  const Hash hash = sha256({kSalt, salt_bytes(record_salt), {be32.data(), be32.size()}});
  Salt salt;
  std::copy_n(hash.begin(), salt.size(), salt.begin());
  return salt;
}

Hash leaf_hash(const Salt& salt, std::string_view event) {
  return sha256({kLeaf, salt_bytes(salt), event});
}

void MerkleRoot::add(std::string_view event) {
  Hash hash = leaf_hash(event_salt(record_salt_, count_), event);
  // Adding one leaf is adding one to a binary counter: each carry joins two full subtrees of one
  // size.
  std::size_t held = static_cast<std::size_t>(std::popcount(count_));
  for (std::uint32_t carry = count_; carry & 1; carry >>= 1)
    hash = merkle_node(full_[--held], hash);
  full_[held] = hash;
  ++count_;
}

Hash MerkleRoot::finish() const {
  CHECK_GT(count_, 0u);
  std::size_t held = static_cast<std::size_t>(std::popcount(count_));
  Hash hash = full_[--held];
  while (held > 0) hash = merkle_node(full_[--held], hash);
  return hash;
}

EventProof prove_event(const Salt& record_salt, std::span<const std::string_view> events,
                       std::uint32_t index) {
  CHECK_LT(index, events.size());
  std::vector<Hash> leaves;
  leaves.reserve(events.size());
  for (const std::string_view event : events) {
    leaves.push_back(
        leaf_hash(event_salt(record_salt, static_cast<std::uint32_t>(leaves.size())), event));
  }
  EventProof proof{
      index, static_cast<std::uint32_t>(events.size()), event_salt(record_salt, index), {}};
  collect_path(leaves, index, proof.path);
  return proof;
}

bool proof_holds(const EventProof& proof, std::string_view event, const Hash& events_root) {
  if (proof.index >= proof.count) return false;
  Hash hash = leaf_hash(proof.salt, event);
  return climb_merkle_path(hash, proof.index, proof.count, proof.path) && hash == events_root;
}

}  // namespace mnm::log
