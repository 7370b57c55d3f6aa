// Signed heads: the golden line, one spelling, every change noticed, and which may follow which.
#include "log/signed_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/text.h"

namespace mnm::log {
namespace {

using ::testing::HasSubstr;

Hash hash_filled_with(std::uint8_t octet) {
  Hash hash;
  hash.fill(octet);
  return hash;
}

const SigningKey kKey(std::string(32, 'k'));

Head first_head() {
  Head head;
  head.number = 1;
  head.identity.fill(0x1d);
  head.position = {Epoch(1), Lsn(81), hash_filled_with(0xc4)};
  head.records = 40;
  head.root = hash_filled_with(0x40);
  head.time_ns = 1'767'323'045'118'000'000;
  return head;
}

Head after(const Head& before) {
  Head head = before;
  head.number = before.number + 1;
  head.position = {Epoch(1), before.position.lsn + 5, hash_filled_with(0xc5)};
  head.records = before.records + 2;
  head.root = hash_filled_with(0x41);
  head.previous = before.hash();
  return head;
}

std::string line_of(const Head& head) {
  std::string line = sign_head(head, kKey).line();
  line.pop_back();
  return line;
}

TEST(Ed25519, MakesTheSignatureOfRfc8032) {
  // Section 7.1, test 2.
  const auto seed = hex_decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const SigningKey key(*seed);
  EXPECT_EQ(key_line(key.public_key()),
            "mnm-heads-key 1 3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c\n");
  const Signature signature = key.sign("\x72");
  EXPECT_EQ(hex_encode(as_bytes(signature)),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_TRUE(signature_holds(signature, "\x72", key.public_key()));
  EXPECT_FALSE(signature_holds(signature, "\x73", key.public_key()));
}

TEST(SignedHead, IsWrittenAsTheGoldenFileSays) {
  std::ifstream file(std::string(MNM_SOURCE_DIR) + "/tests/golden/signed_head.txt");
  const std::string golden(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(sign_head(first_head(), kKey).line() + hex_encode(first_head().octets()) + "\n",
            golden);
}

TEST(SignedHead, ReadsBackAndIsSignedByItsKeyAlone) {
  const std::optional<SignedHead> head = parse_head(line_of(first_head()));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->head, first_head());
  EXPECT_TRUE(head->holds(kKey.public_key()));
  EXPECT_FALSE(head->holds(SigningKey(std::string(32, 'l')).public_key()));
}

TEST(SignedHead, WithAnyCharacterChangedIsNoneOrNotSigned) {
  const std::string whole = line_of(after(first_head()));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char other : {'0', '1', 'f', 'A', ' ', '\0'}) {
      if (whole[at] == other) continue;
      std::string changed = whole;
      changed[at] = other;
      const std::optional<SignedHead> head = parse_head(changed);
      EXPECT_FALSE(head && head->holds(kKey.public_key())) << changed;
    }
  }
}

TEST(SignedHead, HasOneSpelling) {
  const std::string whole = line_of(first_head());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_head(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(parse_head(whole + " "));
  EXPECT_FALSE(parse_head(whole + "0"));
  EXPECT_FALSE(parse_head(" " + whole));
  std::string zero = whole;
  zero.insert(std::string_view("mnm-head 1 ").size(), "0");
  EXPECT_FALSE(parse_head(zero)) << "a leading zero";
  std::string upper = whole;
  upper[upper.find("1d1d") + 1] = 'D';
  EXPECT_FALSE(parse_head(upper));
  EXPECT_FALSE(parse_head("mnm-head 2" + whole.substr(10)));
}

TEST(SignedHead, FollowsTheOneItNames) {
  const Head first = first_head();
  EXPECT_TRUE(check_succession({}, first));
  EXPECT_TRUE(check_succession(first, after(first)));
  EXPECT_TRUE(check_succession({}, after(first))) << "a file may begin later";
  Head nothing_new = first;
  nothing_new.number = 2;
  nothing_new.previous = first.hash();
  nothing_new.time_ns += 60;
  EXPECT_TRUE(check_succession(first, nothing_new)) << "a quiet minute";
  Head restored = after(first);
  restored.position.epoch = Epoch(2);
  restored.records = 3;
  EXPECT_TRUE(check_succession(first, restored)) << "a restore drops records";
}

TEST(SignedHead, DoesNotFollowAnother) {
  const Head first = first_head();
  const auto says = [&](auto change) {
    Head head = after(first);
    change(head);
    const Result<> followed = check_succession(first, head);
    EXPECT_FALSE(followed);
    if (followed) return std::string();
    EXPECT_EQ(followed.error().code, ErrorCode::kTampering);
    return followed.error().text;
  };
  EXPECT_THAT(says([](Head& head) { head.number = 3; }), HasSubstr("missing"));
  EXPECT_THAT(says([](Head& head) { head.number = 1; }), HasSubstr("out of order"));
  EXPECT_THAT(says([](Head& head) { head.identity[3] ^= 1; }), HasSubstr("another log"));
  EXPECT_THAT(says([](Head& head) { head.previous[3] ^= 1; }), HasSubstr("doesn't follow"));
  EXPECT_THAT(says([](Head& head) { head.position.lsn = Lsn(80); }), HasSubstr("goes back"));
  EXPECT_THAT(says([](Head& head) { head.position.lsn = Lsn(81); }), HasSubstr("goes back"))
      << "the same LSN with another hash";
  EXPECT_THAT(says([](Head& head) { head.position.epoch = Epoch(); }), HasSubstr("nothing"));
  EXPECT_THAT(says([](Head& head) { head.records = 0; }), HasSubstr("nothing"));
}

TEST(HeadsKey, ReadsBackInOneSpelling) {
  const std::string line = key_line(kKey.public_key());
  EXPECT_EQ(parse_key(line), kKey.public_key());
  EXPECT_EQ(parse_key(line.substr(0, line.size() - 1)), kKey.public_key());
  EXPECT_FALSE(parse_key(line + "\n"));
  EXPECT_FALSE(parse_key(line.substr(0, line.size() - 2)));
  EXPECT_FALSE(parse_key("mnm-heads-key 2" + line.substr(15)));
  EXPECT_FALSE(parse_key(""));
}

}  // namespace
}  // namespace mnm::log
