// Sealed records: the same chain as the plain ones, every octet flipped, nothing taken for another.
#include "log/record_seal.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "support/sealed.h"

namespace mnm::log {
namespace {

using namespace std::string_view_literals;

std::string record_at(Lsn first, std::string_view event, Hash* chain = nullptr) {
  const std::vector<std::string_view> events = {event, "and another"sv};
  Salt salt;
  salt.fill('s');
  std::string out;
  const Hash hash = encode_record({Epoch(1), first, {}, events, salt}, out);
  if (chain != nullptr) *chain = hash;
  return out;
}

class SealedRecord : public ::testing::Test {
 protected:
  [[nodiscard]] std::string sealed(std::string_view record) const {
    std::string out;
    seal_record(*keyring, record, out);
    return out;
  }
  [[nodiscard]] ErrorCode why_not(const std::string& octets, Lsn key = Lsn(7)) const {
    const auto opened = open_record(keyring.get(), {key, octets});
    return opened ? ErrorCode{} : opened.error().code;
  }

  const std::shared_ptr<Keyring> keyring = testing::keyring_of();
};

TEST_F(SealedRecord, OpensToTheOctetsThatWereSealed) {
  const std::string record = record_at(Lsn(7), "alias");
  const std::string stored = sealed(record);
  EXPECT_EQ(stored.size(), record.size() + kRecordSealBytes);
  EXPECT_TRUE(is_sealed_record(stored));
  EXPECT_FALSE(is_sealed_record(record));
  EXPECT_EQ(stored.find("alias"), std::string::npos);
  EXPECT_EQ(open_record(keyring.get(), {Lsn(7), stored}).value().octets, record);
}

TEST_F(SealedRecord, HasTheChainHashOfTheOpenOne) {
  Hash chain;
  const std::string stored = sealed(record_at(Lsn(7), "alias", &chain));
  const Result<Envelope> envelope = check_envelope({Lsn(7), stored});
  ASSERT_TRUE(envelope) << envelope.error().text;
  EXPECT_EQ(envelope->chain, chain);
  EXPECT_EQ(envelope->last(), Lsn(8));
}

TEST_F(SealedRecord, IsRefusedByNameWithoutItsKey) {
  const std::string stored = sealed(record_at(Lsn(7), "alias"));
  EXPECT_EQ(open_record(nullptr, {Lsn(7), stored}).value().octets, stored);
  EXPECT_EQ(decode_record(stored).error().code, ErrorCode::kDenied);
  const auto other = testing::keyring_of();
  EXPECT_EQ(open_record(other.get(), {Lsn(7), stored}).error().code, ErrorCode::kTampering);
}

TEST_F(SealedRecord, IsOfADataKeyThatMayBeAnOldOne) {
  const TempDir directory;
  const auto renewed =
      Keyring::create(directory.path(), testing::secret_of(testing::kKeyText), 0).value();
  const std::string record = record_at(Lsn(7), "alias");
  std::string before;
  seal_record(*renewed, record, before);
  ASSERT_TRUE(renewed->renew_if_due(kDataKeyPeriodSeconds));
  std::string after;
  seal_record(*renewed, record, after);
  EXPECT_NE(before.substr(kHeaderBytes, kKeyIdBytes), after.substr(kHeaderBytes, kKeyIdBytes));
  EXPECT_EQ(open_record(renewed.get(), {Lsn(7), before}).value().octets, record);
  EXPECT_EQ(open_record(renewed.get(), {Lsn(7), after}).value().octets, record);
  EXPECT_EQ(open_record(keyring.get(), {Lsn(7), after}).error().code, ErrorCode::kCorruption);
}

TEST_F(SealedRecord, SeesEachOctetThatIsFlippedAndEachCut) {
  const std::string stored = sealed(record_at(Lsn(7), "alias"));
  for (std::size_t i = 0; i < stored.size(); ++i) {
    std::string flipped = stored;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_NE(why_not(flipped), ErrorCode{}) << i;
    EXPECT_NE(why_not(stored.substr(0, i)), ErrorCode{}) << i;
  }
  EXPECT_EQ(why_not(stored), ErrorCode{});
}

// With a CRC that fits: whoever hasn't the key can't change anything, the envelope included.
TEST_F(SealedRecord, SeesEachOctetThatIsForged) {
  const std::string stored = sealed(record_at(Lsn(7), "alias"));
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (i >= kEnvelopeBytes && i < kHeaderBytes) continue;  // the CRC itself
    std::string forged = stored;
    forged[i] = static_cast<char>(forged[i] ^ 1);
    set_record_crc(forged);
    EXPECT_NE(why_not(forged), ErrorCode{}) << i;
  }
}

TEST_F(SealedRecord, IsNotTakenForAnother) {
  const std::string one = sealed(record_at(Lsn(7), "one"));
  const std::string other = sealed(record_at(Lsn(7), "two"));
  std::string swapped = one.substr(0, kHeaderBytes) + other.substr(kHeaderBytes);
  set_record_crc(swapped);
  EXPECT_EQ(why_not(swapped), ErrorCode::kTampering);
  EXPECT_EQ(why_not(one, Lsn(8)), ErrorCode::kCorruption);
}

TEST_F(SealedRecord, APlainOneIsNotTakenInASealedLog) {
  EXPECT_EQ(why_not(record_at(Lsn(7), "forged")), ErrorCode::kTampering);
  EXPECT_TRUE(open_record(nullptr, {Lsn(7), record_at(Lsn(7), "plain")}));
}

}  // namespace
}  // namespace mnm::log
