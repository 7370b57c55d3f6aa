// The record's bytes: one golden file, every bit flipped, every cut, and the shape of the Merkle
// tree.
#include "log/record.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "base/codec.h"
#include "base/crc32c.h"
#include "base/text.h"

namespace mnm::log {
namespace {

using namespace std::string_view_literals;

Salt salt_of(char octet) {
  Salt salt;
  salt.fill(octet);
  return salt;
}

Hash hash_filled_with(std::uint8_t octet) {
  Hash hash;
  hash.fill(octet);
  return hash;
}

std::string encoded(std::span<const std::string_view> events, Hash* chain = nullptr) {
  std::string out;
  const Hash hash =
      encode_record({Epoch(1), Lsn(7), hash_filled_with(0xab), events, salt_of('s')}, out);
  if (chain != nullptr) *chain = hash;
  return out;
}

std::string golden(const std::string& name) {
  std::ifstream file(std::string(MNM_SOURCE_DIR) + "/tests/golden/" + name);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::erase_if(text, [](char c) { return c == '\n'; });
  return text;
}

// Makes the CRC fit again after a deliberate change.
void mend_crc(std::string& stored) {
  const std::uint32_t crc = crc32c(std::string_view(stored).substr(kHeaderBytes),
                                   crc32c(std::string_view(stored).substr(0, kEnvelopeBytes)));
  std::string octets;
  Encoder(octets).fixed32_be(crc);
  stored.replace(kEnvelopeBytes, 4, octets);
}

TEST(Record, IsWrittenAsTheGoldenFileSays) {
  const std::vector<std::string_view> events = {"registered"sv, ""sv, "posted"sv};
  Hash chain;
  const std::string stored = encoded(events, &chain);
  EXPECT_EQ(hex_encode(stored), golden("record_v1.hex"));
  EXPECT_EQ(hex_encode(as_bytes(chain)), golden("record_v1_chain.hex"));
}

TEST(Record, ReadsBackWhatWasWritten) {
  const std::string large(100'000, 'x');
  const std::vector<std::string_view> events = {"a"sv, ""sv, large, "\0\xff"sv};
  Hash chain;
  Result<Record> record = decode_record(encoded(events, &chain));
  ASSERT_TRUE(record) << record.error().text;
  EXPECT_EQ(record->epoch, Epoch(1));
  EXPECT_EQ(record->first, Lsn(7));
  EXPECT_EQ(record->last(), Lsn(10));
  EXPECT_EQ(record->previous, hash_filled_with(0xab));
  EXPECT_EQ(record->chain, chain);
  EXPECT_EQ(record->events, events);
  EXPECT_EQ(record_salt(*record), salt_of('s'));
  const Record moved = std::move(*record);
  EXPECT_EQ(moved.events, events);
}

TEST(Record, IsRefusedWithAnyBitFlipped) {
  const std::vector<std::string_view> events = {"first event"sv, "second"sv, ""sv};
  const std::string whole = encoded(events);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const Result<Record> record = decode_record(flipped);
    ASSERT_FALSE(record) << "bit " << bit;
    EXPECT_EQ(record.error().code, bit < 8 ? ErrorCode::kUnknownFormat : ErrorCode::kCorruption)
        << "bit " << bit;
  }
}

TEST(Record, IsRefusedWhenCutAnywhereOrContinued) {
  const std::vector<std::string_view> events = {"first event"sv, "second"sv};
  const std::string whole = encoded(events);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string cut = whole.substr(0, size);
    EXPECT_FALSE(decode_record(cut)) << size;
    if (size < kHeaderBytes) continue;
    mend_crc(cut);
    EXPECT_FALSE(decode_record(cut)) << size;
  }
  std::string longer = whole + 'x';
  mend_crc(longer);
  EXPECT_FALSE(decode_record(longer));
}

TEST(Record, WithAnEventExchangedIsTampering) {
  const std::vector<std::string_view> events = {"pay 10"sv};
  std::string forged = encoded(events);
  forged[forged.size() - 2] = '9';
  mend_crc(forged);
  const Result<Record> record = decode_record(forged);
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, ErrorCode::kTampering);
}

TEST(Record, WithUnknownFlagsIsOfAnUnknownFormat) {
  const std::vector<std::string_view> events = {"event"sv};
  for (const std::size_t at : {1u, 2u, 3u}) {
    std::string compressed = encoded(events);
    compressed[at] = 2;
    mend_crc(compressed);
    const Result<Record> record = decode_record(compressed);
    ASSERT_FALSE(record);
    EXPECT_EQ(record.error().code, ErrorCode::kUnknownFormat);
  }
}

TEST(Record, ThatOnlySaysItIsSealedIsCorrupt) {
  const std::vector<std::string_view> events = {"event"sv};
  std::string stored = encoded(events);
  stored[kFlagsAt] = 1;
  mend_crc(stored);
  const Result<Record> record = decode_record(stored);
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, ErrorCode::kCorruption);
}

TEST(Record, OfHostileOctetsNeverDoesMoreThanFail) {
  std::mt19937_64 random(20240229);
  const std::vector<std::string_view> events = {"one"sv, "two"sv, "three"sv};
  const std::string whole = encoded(events);
  for (int round = 0; round < 20'000; ++round) {
    std::string hostile =
        whole.substr(0, kHeaderBytes + random() % (whole.size() - kHeaderBytes + 1));
    for (std::uint64_t i = random() % 4 + 1; i > 0; --i) {
      hostile[1 + random() % (hostile.size() - 1)] = static_cast<char>(random());
    }
    mend_crc(hostile);
    // Changes to the epoch, the LSN or the hash before it are the chain's to find; no other content
    // gets through.
    const Result<Record> record = decode_record(hostile);
    if (record) {
      EXPECT_EQ(record->events, events);
    }
  }
}

TEST(CheckLink, AcceptsWhatFollowsAndNamesWhatDoesNot) {
  const std::vector<std::string_view> events = {"event"sv};
  const Result<Record> record = decode_record(encoded(events));
  ASSERT_TRUE(record);
  const auto code = [&](std::uint32_t epoch, std::uint64_t lsn, std::uint8_t chain) {
    const Result<void> linked =
        check_link({Epoch(epoch), Lsn(lsn), hash_filled_with(chain)}, *record);
    return linked ? 0 : exit_code(linked.error().code);
  };
  EXPECT_EQ(code(1, 6, 0xab), 0);
  EXPECT_EQ(code(1, 5, 0xab), exit_code(ErrorCode::kCorruption)) << "a gap";
  EXPECT_EQ(code(1, 7, 0xab), exit_code(ErrorCode::kCorruption)) << "twice";
  EXPECT_EQ(code(0, 5, 0xab), 0) << "a new epoch may leave a gap";
  EXPECT_EQ(code(0, 7, 0xab), exit_code(ErrorCode::kCorruption)) << "but uses no LSN twice";
  EXPECT_EQ(code(2, 6, 0xab), exit_code(ErrorCode::kCorruption)) << "epochs never go back";
  EXPECT_EQ(code(1, 6, 0xac), exit_code(ErrorCode::kTampering));
}

// The definition of RFC 6962, section 2.1, word for word, over our leaves.
Hash reference_root(std::span<const Hash> leaves) {
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  std::string node = "\x01";
  node += as_bytes(reference_root(leaves.first(k)));
  node += as_bytes(reference_root(leaves.subspan(k)));
  return sha256(node);
}

TEST(MerkleRoot, HasTheShapeOfRfc6962AndProvesEachEvent) {
  const Salt salt = salt_of('r');
  std::vector<std::string> storage;
  for (int i = 0; i < 70; ++i) storage.push_back("event " + std::to_string(i));
  for (std::size_t count = 1; count <= storage.size(); ++count) {
    const std::vector<std::string_view> events(
        storage.begin(), storage.begin() + static_cast<std::ptrdiff_t>(count));
    std::vector<Hash> leaves;
    MerkleRoot root(salt);
    for (const std::string_view event : events) {
      std::string salted("\x02", 1);
      salted += salt_bytes(salt);
      Encoder(salted).fixed32_be(static_cast<std::uint32_t>(leaves.size()));
      std::string leaf("\x00", 1);
      leaf += as_bytes(sha256(salted)).substr(0, 16);
      leaf += event;
      leaves.push_back(sha256(leaf));
      root.add(event);
    }
    ASSERT_EQ(root.finish(), reference_root(leaves)) << count;
    for (std::uint32_t i = 0; i < count; ++i) {
      EventProof proof = prove_event(salt, events, i);
      EXPECT_TRUE(proof_holds(proof, events[i], root.finish()));
      EXPECT_FALSE(proof_holds(proof, "another", root.finish()));
      proof.path.push_back(Hash{});
      EXPECT_FALSE(proof_holds(proof, events[i], root.finish()));
    }
  }
}

}  // namespace
}  // namespace mnm::log
