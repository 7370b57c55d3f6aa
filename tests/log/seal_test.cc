// Sealing itself: a known answer, every octet flipped, and that nothing opens as something else.
#include "log/seal.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/text.h"
#include "log/message_seal.h"
#include "support/sealed.h"

namespace mnm::log {
namespace {

// draft-irtf-cfrg-xchacha, A.3.1: key 80..9f, nonce 40..57. Its associated data begins with the
// octet 0x50, which is none of SealedAs, so that it can be one here.
TEST(Seal, GivesTheKnownAnswer) {
  std::string key(kSealKeyBytes, '\0');
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(0x80 + i);
  std::string nonce(kSealNonceBytes, '\0');
  for (std::size_t i = 0; i < nonce.size(); ++i) nonce[i] = static_cast<char>(0x40 + i);
  const std::string context = *hex_decode("515253c0c1c2c3c4c5c6c7");
  constexpr std::string_view kText =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
      "sunscreen would be it.";
  std::string sealed;
  append_sealed_bare(key, {static_cast<SealedAs>(0x50), context}, nonce, kText, sealed);
  EXPECT_EQ(hex_encode(sealed),
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
            "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
            "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
            "21f9664c97637da9768812f615c68b13b52e"
            "c0875924c1c7987947deafd8780acf49");
}

TEST(Seal, OpensOnlyAsWhatItWasSealedAs) {
  const std::string key = random_bytes(kSealKeyBytes);
  const SealContext context{SealedAs::kMessage, "message 7"};
  std::string sealed;
  append_sealed(key, context, random_bytes(kSealNonceBytes), "text", sealed);
  EXPECT_EQ(sealed.size(), 4 + kSealBytes);
  std::string text = "before ";
  ASSERT_TRUE(append_opened(key, context, sealed, text));
  EXPECT_EQ(text, "before text");
  EXPECT_FALSE(append_opened(key, {SealedAs::kViewRow, "message 7"}, sealed, text));
  EXPECT_FALSE(append_opened(key, {SealedAs::kMessage, "message 8"}, sealed, text));
  EXPECT_FALSE(append_opened(random_bytes(kSealKeyBytes), context, sealed, text));
  EXPECT_EQ(text, "before text");
}

TEST(Seal, SeesEachOctetThatIsFlippedAndEachCut) {
  const std::string key = random_bytes(kSealKeyBytes);
  const SealContext context{SealedAs::kRecord, "envelope"};
  std::string sealed;
  append_sealed(key, context, random_bytes(kSealNonceBytes), "what was said", sealed);
  std::string text;
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    sealed[i] ^= 1;
    EXPECT_FALSE(append_opened(key, context, sealed, text)) << i;
    sealed[i] ^= 1;
    EXPECT_FALSE(append_opened(key, context, std::string_view(sealed).substr(0, i), text)) << i;
  }
  EXPECT_TRUE(append_opened(key, context, sealed, text));
}

TEST(SealedMessage, IsUnderAKeyOfItsOwnAndOpensAtItsPlaceAlone) {
  const auto keyring = testing::keyring_of();
  SealedMessage one;
  SealedMessage other;
  seal_message(*keyring, Lsn(7), "head", "body", one);
  seal_message(*keyring, Lsn(8), "head", "body", other);
  EXPECT_EQ(open_message(*keyring, Lsn(7), one.key, one.row).value(), "headbody");
  EXPECT_EQ(open_message(*keyring, Lsn(8), other.key, other.row).value(), "headbody");
  const auto code = [&](Lsn id, const std::string& key, const std::string& row) {
    return open_message(*keyring, id, key, row).error().code;
  };
  EXPECT_EQ(code(Lsn(8), one.key, one.row), ErrorCode::kTampering);
  EXPECT_EQ(code(Lsn(7), other.key, other.row), ErrorCode::kTampering);
  EXPECT_EQ(code(Lsn(7), one.key, other.row), ErrorCode::kTampering);
  EXPECT_EQ(code(Lsn(7), "", one.row), ErrorCode::kTampering);
  for (std::string* part : {&one.key, &one.row}) {
    for (char& octet : *part) {
      octet ^= 1;
      EXPECT_FALSE(open_message(*keyring, Lsn(7), one.key, one.row));
      octet ^= 1;
    }
  }
}

TEST(SealedMessage, NamesTheDataKeyThatIsMissing) {
  const auto keyring = testing::keyring_of();
  SealedMessage message;
  seal_message(*keyring, Lsn(7), "head", "body", message);
  message.key[3] = 9;
  const auto opened = open_message(*keyring, Lsn(7), message.key, message.row);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kCorruption);
  EXPECT_NE(opened.error().text.find("data key 9"), std::string::npos) << opened.error().text;
}

}  // namespace
}  // namespace mnm::log
