// The Merkle range: vectors, RFC 6962 word for word, and proofs that hold for what they prove and
// for nothing else.
#include "log/merkle_range.h"

#include <gtest/gtest.h>

#include <bit>

#include "base/text.h"
#include "log/merkle.h"

namespace mnm::log {
namespace {

Hash chain_of(std::uint64_t index) { return sha256("record " + std::to_string(index)); }

MerkleRange range_of(std::uint64_t size) {
  MerkleRange range;
  for (std::uint64_t i = 0; i < size; ++i) range.append(chain_of(i));
  return range;
}

std::vector<Hash> leaves_of(std::uint64_t size) {
  std::vector<Hash> leaves;
  for (std::uint64_t i = 0; i < size; ++i) {
    leaves.push_back(sha256(std::string(1, '\0') + std::string(as_bytes(chain_of(i)))));
  }
  return leaves;
}

// The definition of RFC 6962, section 2.1.
Hash reference_root(std::span<const Hash> leaves) {
  if (leaves.empty()) return sha256({});
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  std::string node = "\x01";
  node += as_bytes(reference_root(leaves.first(k)));
  node += as_bytes(reference_root(leaves.subspan(k)));
  return sha256(node);
}

std::string hex_root(std::uint64_t size) { return hex_encode(as_bytes(range_of(size).root())); }

// Made by another program (Python's hashlib and the definition), so that a mistake made twice here
// would still show.
TEST(MerkleRange, HasTheRootsOfTheVectors) {
  EXPECT_EQ(hex_root(0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_root(1), "588a4f0090a64bfc7bd63aeaa12d39072a1fd5736aa3e052280bb68089aba1ec");
  EXPECT_EQ(hex_root(2), "98fe3e5aaef6b5889571e6701e8357a0b5d59f659e851dfa2ffa7d51e61a7a78");
  EXPECT_EQ(hex_root(3), "f08e312a3f77d276cc6de9412614663e839d3a1cb7414299295d5678a4ab405e");
  EXPECT_EQ(hex_root(7), "dfd16085a9cfadbce009a849b037efe20c5e24dd3fb3b3265812ae45d64b6d0a");
  EXPECT_EQ(hex_root(1000), "810cdab3d006ed843f41c6fad32fb25e11f31d688749a475d9c20b1b9fc0643b");
}

TEST(MerkleRange, IsTheTreeOfRfc6962WithAPeakForEachOneBit) {
  const std::vector<Hash> leaves = leaves_of(130);
  MerkleRange range;
  for (std::uint64_t size = 0; size <= leaves.size(); ++size) {
    EXPECT_EQ(range.size(), size);
    EXPECT_EQ(range.peaks().size(), static_cast<std::size_t>(std::popcount(size)));
    EXPECT_EQ(range.root(), reference_root(std::span(leaves).first(size))) << size;
    range.append(chain_of(size));
  }
}

TEST(MerkleRange, GoesOnFromItsPeaksAlone) {
  for (std::uint64_t size = 0; size < 40; ++size) {
    std::optional<MerkleRange> range = MerkleRange::decode(range_of(size).encode());
    ASSERT_TRUE(range);
    EXPECT_EQ(*range, range_of(size));
    for (std::uint64_t i = size; i < 60; ++i) range->append(chain_of(i));
    EXPECT_EQ(range->root(), range_of(60).root());
  }
}

TEST(MerkleRange, IsRefusedWhenCutOrContinuedOrOfAnotherSize) {
  const std::string octets = range_of(11).encode();
  EXPECT_EQ(octets.size(), 8u + 3 * 32);
  for (std::size_t size = 0; size < octets.size(); ++size) {
    EXPECT_FALSE(MerkleRange::decode(octets.substr(0, size))) << size;
  }
  EXPECT_FALSE(MerkleRange::decode(octets + "x"));
  std::string other = octets;
  other[7] = 8;
  EXPECT_FALSE(MerkleRange::decode(other)) << "three peaks are no range of 8";
}

TEST(RangeProof, HoldsForItsRecordAndForNoOther) {
  for (std::uint64_t size = 1; size <= 40; ++size) {
    const Hash root = range_of(size).root();
    for (std::uint64_t index = 0; index < size; ++index) {
      RangeProver prover(range_of(index), chain_of(index));
      for (std::uint64_t i = index + 1; i < size; ++i) prover.append(chain_of(i));
      const RangeProof proof = prover.finish();
      EXPECT_EQ(proof.index, index);
      EXPECT_EQ(proof.size, size);
      ASSERT_TRUE(proof_holds(proof, chain_of(index), root)) << index << " of " << size;
      EXPECT_FALSE(proof_holds(proof, chain_of(index + 1), root));
      EXPECT_FALSE(proof_holds(proof, chain_of(index), range_of(size + 1).root()));
    }
  }
}

TEST(RangeProof, FailsWithAnythingInItChanged) {
  RangeProver prover(range_of(5), chain_of(5));
  for (std::uint64_t i = 6; i < 21; ++i) prover.append(chain_of(i));
  const RangeProof whole = prover.finish();
  const Hash root = range_of(21).root();
  for (std::uint64_t index = 0; index < 25; ++index) {
    RangeProof moved = whole;
    moved.index = index;
    EXPECT_EQ(proof_holds(moved, chain_of(5), root), index == 5);
  }
  for (std::size_t step = 0; step < whole.path.size(); ++step) {
    RangeProof changed = whole;
    changed.path[step][0] ^= 1;
    EXPECT_FALSE(proof_holds(changed, chain_of(5), root));
    RangeProof shorter = whole;
    shorter.path.erase(shorter.path.begin() + static_cast<std::ptrdiff_t>(step));
    EXPECT_FALSE(proof_holds(shorter, chain_of(5), root));
  }
  RangeProof longer = whole;
  longer.path.push_back(Hash{});
  EXPECT_FALSE(proof_holds(longer, chain_of(5), root));
  RangeProof huge = whole;
  huge.size = ~std::uint64_t{0};
  EXPECT_FALSE(proof_holds(huge, chain_of(5), root));
}

TEST(RangeExtension, LeadsFromAnyRangeToAnyLongerOne) {
  for (std::uint64_t from = 0; from <= 34; ++from) {
    RangeExtension extension(from);
    for (std::uint64_t size = from; size <= 70; ++size) {
      const std::vector<Hash> hashes = extension.hashes();
      EXPECT_LE(hashes.size(), 12u);
      const std::optional<MerkleRange> longer = range_of(from).extended(size, hashes);
      ASSERT_TRUE(longer) << from << " to " << size;
      EXPECT_EQ(*longer, range_of(size)) << from << " to " << size;
      extension.append(chain_of(size));
    }
  }
}

TEST(RangeExtension, FromAnotherPastLeadsElsewhere) {
  RangeExtension extension(13);
  for (std::uint64_t i = 13; i < 50; ++i) extension.append(chain_of(i));
  MerkleRange other = range_of(12);
  other.append(chain_of(99));
  const std::optional<MerkleRange> longer = other.extended(50, extension.hashes());
  ASSERT_TRUE(longer);
  EXPECT_NE(longer->root(), range_of(50).root());
}

TEST(RangeExtension, IsRefusedWithAHashTooManyOrTooFew) {
  RangeExtension extension(13);
  for (std::uint64_t i = 13; i < 50; ++i) extension.append(chain_of(i));
  std::vector<Hash> hashes = extension.hashes();
  const MerkleRange from = range_of(13);
  EXPECT_FALSE(from.extended(12, {})) << "ranges don't shrink";
  EXPECT_FALSE(from.extended(14, {}));
  hashes.push_back(Hash{});
  EXPECT_FALSE(from.extended(50, hashes));
  hashes.resize(hashes.size() - 2);
  EXPECT_FALSE(from.extended(50, hashes));
}

}  // namespace
}  // namespace mnm::log
