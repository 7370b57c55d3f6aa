#include "base/text.h"

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/crypto.h"
#include "base/ids.h"

namespace mnm {
namespace {

TEST(Crc32c, GivesTheValuesOfRfc3720) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
}

TEST(Crc32c, ContinuesOverPieces) {
  const std::string whole = "The quick brown fox jumps over the lazy dog, twice.";
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    EXPECT_EQ(crc32c(whole.substr(cut), crc32c(whole.substr(0, cut))), crc32c(whole));
  }
}

TEST(Crc32c, GivesTheProtocolsHeadsum) {
  const std::string_view header =
      R"(00b2{"alias":"u-xaggype38389pg","datalen":2,"from":"C+%B+XV3HQHS8YPQS6LB7LF7K42LQ9CG",)"
      R"("id":"18ea984f5397c99f","op":"ping","posted":"2026-11-23T06:58:55.497Z",)"
      R"("to":"u-pv97cz47ks7479"})";
  EXPECT_EQ(crc32c(header), 893652081u);
}

TEST(Base32, EncodesNodePasswordsAndUidsInTheirFixedLengths) {
  EXPECT_EQ(base32_encode(std::string(25, 'x')).size(), 40u);
  EXPECT_EQ(base32_encode(std::string(20, 'x')).size(), 32u);
}

TEST(Base32, DecodesWhatItEncodes) {
  for (std::size_t size = 0; size < 30; ++size) {
    const std::string bytes = random_bytes(size);
    EXPECT_EQ(base32_decode(base32_encode(bytes)), bytes);
  }
}

TEST(Base32, RefusesForeignCharactersAndLengths) {
  EXPECT_FALSE(base32_decode("AAAAAAAA"));  // a vowel
  EXPECT_FALSE(base32_decode("BBB"));
  EXPECT_FALSE(base32_decode("BBBBBBB=BBBBBBBB"));
  EXPECT_TRUE(base32_decode("BBBBBBBB"));
}

TEST(MessageId, IsSixteenLowercaseHexDigits) {
  EXPECT_EQ(message_id(Lsn(0x18ea984f5397c99f)), "18ea984f5397c99f");
  EXPECT_EQ(message_id(Lsn(1)), "0000000000000001");
  EXPECT_EQ(parse_message_id("18ea984f5397c99f"), Lsn(0x18ea984f5397c99f));
  EXPECT_FALSE(parse_message_id("18EA984F5397C99F"));
  EXPECT_FALSE(parse_message_id("1"));
  EXPECT_FALSE(parse_message_id("18ea984f5397c99g"));
}

TEST(Hmac, GivesTheValueOfRfc4231) {
  EXPECT_EQ(hex_encode(as_bytes(hmac_sha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_encode(as_bytes(hmac_sha256(std::string(20, '\x0b'), "Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(Hmac, OfManyTextsUnderOneKeyIsThatOfEach) {
  const HmacSha256 key("Jefe");
  for (const std::size_t size : {0, 1, 54, 55, 56, 63, 64, 65, 439, 440, 503, 504, 5000}) {
    const std::string text(size, 'x');
    Sha256 by_hand;
    const auto pad = [](char mask) {
      std::string block = "Jefe" + std::string(60, '\0');
      for (char& octet : block) octet = static_cast<char>(octet ^ mask);
      return block;
    };
    by_hand.update(pad('\x36') + text);
    const Hash inner = by_hand.finish();
    by_hand.update(pad('\x5c'));
    by_hand.update(as_bytes(inner));
    EXPECT_EQ(key(text), by_hand.finish()) << size;
  }
}

TEST(Hmac, HashesAKeyThatIsLongerThanABlock) {
  EXPECT_EQ(
      hex_encode(as_bytes(hmac_sha256(std::string(131, '\xaa'),
                                      "Test Using Larger Than Block-Size Key - Hash Key First"))),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Utf8Prefix, CutsBetweenCharacters) {
  const std::string_view text = "a\u00e9\u20ac\U0001f600";  // of 1, 2, 3 and 4 octets
  const std::vector<std::size_t> sizes = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t max = 0; max < sizes.size(); ++max) {
    EXPECT_EQ(utf8_prefix(text, max), text.substr(0, sizes[max])) << max;
  }
}

TEST(AsciiLower, ChangesNothingBeyondAscii) {
  EXPECT_EQ(ascii_lower("Relay.EXAMPLE:80 @[`{ \u00c4\u0130"),
            "relay.example:80 @[`{ \u00c4\u0130");
}

TEST(RandomPool, GivesAsManyOctetsAsAskedForAcrossItsBlocks) {
  RandomPool random;
  std::string before;
  for (const std::size_t count : {1U, 2000U, 2100U, 4096U, 4097U, 16U}) {
    const std::string taken = random.take(count);
    EXPECT_EQ(taken.size(), count);
    if (count >= 16) {
      EXPECT_NE(taken, before);
    }
    before = taken;
  }
}

}  // namespace
}  // namespace mnm
