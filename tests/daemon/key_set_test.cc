// Which keys of a set are of use.
#include "daemon/key_set.h"

#include <gtest/gtest.h>

#include "support/token_maker.h"

namespace mnm::daemon {
namespace {

using mnm::testing::SigningKey;

std::string set_of(const std::vector<std::string>& keys) {
  return fmt::format(R"({{"keys":[{}]}})", fmt::join(keys, ","));
}
std::size_t usable(const std::vector<std::string>& keys) {
  const auto set = KeySet::parse(set_of(keys));
  return set ? set->size() : 0;
}

TEST(KeySet, PassesOverWhatCannotHaveSigned) {
  prepare_jose();
  const SigningKey rsa = SigningKey::rsa("r");
  const SigningKey ec = SigningKey::ec("e");
  EXPECT_EQ(usable({rsa.jwk(), ec.jwk()}), 2U);
  const std::vector<std::string> useless = {
      rsa.jwk(R"(,"use":"enc")"),
      rsa.jwk(R"(,"alg":"RS512")"),
      rsa.jwk(R"(,"alg":"RSA-OAEP")"),
      SigningKey::rsa("small", 1024).jwk(),
      R"({"kty":"oct","kid":"o","k":"c2VjcmV0"})",
      R"({"kty":"OKP","crv":"Ed25519","kid":"d",)"
      R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
      R"({"kty":"EC","crv":"P-384","kid":"x","x":"AA","y":"AA"})",
      R"({"kty":"EC","crv":"P-256","kid":"x","x":"AA","y":"AA"})",
      R"({"kty":"RSA","kid":"x","n":"AA"})",
      R"({"kty":"RSA","kid":"x"})",
      R"({"kid":"x"})",
      R"("text")",
      "[]",
      "5",
  };
  for (const std::string& key : useless) {
    EXPECT_EQ(usable({key}), 0U) << key;
    EXPECT_EQ(usable({key, ec.jwk()}), 1U) << key;
  }
}

TEST(KeySet, IsAnObjectWithAListOfAtMost64Keys) {
  const SigningKey ec = SigningKey::ec("e");
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[]"), std::string(R"({"keys":{}})"),
        std::string(R"({"keys":[]})"), "{\"keys\":[" + ec.jwk() + "]} x",
        "{\"keys\":[],\"keys\":[" + ec.jwk() + "]}"}) {
    const auto set = KeySet::parse(text);
    ASSERT_FALSE(set) << text;
    EXPECT_EQ(set.error().code, ErrorCode::kCorruption);
  }
  EXPECT_EQ(usable(std::vector<std::string>(64, ec.jwk())), 64U);
  EXPECT_EQ(usable(std::vector<std::string>(65, ec.jwk())), 0U);
}

TEST(KeySet, NeverGuessesWhichKeyIsMeant) {
  const SigningKey one = SigningKey::ec("same");
  const SigningKey two = SigningKey::ec("same");
  const std::string token = one.token(one.header(), "{}");
  const auto both = KeySet::parse(set_of({one.jwk(), two.jwk()}));
  EXPECT_EQ(both->verify(token, Algorithm::kEs256, "same"), KeySet::Verdict::kNoKey);
  const auto alone = KeySet::parse(set_of({one.jwk()}));
  EXPECT_EQ(alone->verify(token, Algorithm::kEs256, "same"), KeySet::Verdict::kSigned);
  EXPECT_EQ(alone->verify(token, Algorithm::kEs256, ""), KeySet::Verdict::kSigned);
  EXPECT_EQ(alone->verify(token, Algorithm::kRs256, "same"), KeySet::Verdict::kNoKey);
}

TEST(KeySet, HoldsAKeyToTheAlgorithmThatItIsFor) {
  const SigningKey rsa = SigningKey::rsa("r");
  const auto set = KeySet::parse(set_of({rsa.jwk(R"(,"alg":"PS256")")}));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->verify(rsa.token(rsa.header("PS256"), "{}", true), Algorithm::kPs256, "r"),
            KeySet::Verdict::kSigned);
  EXPECT_EQ(set->verify(rsa.token(rsa.header(), "{}"), Algorithm::kRs256, "r"),
            KeySet::Verdict::kNoKey);
}

TEST(KeySet, DoesWhatWasAllowedAndNotWhatTheHeaderAsksFor) {
  const SigningKey rsa = SigningKey::rsa("r");
  const auto set = KeySet::parse(set_of({rsa.jwk()}));
  EXPECT_EQ(set->verify(rsa.token(rsa.header("PS256"), "{}", true), Algorithm::kRs256, "r"),
            KeySet::Verdict::kBadSignature);
}

}  // namespace
}  // namespace mnm::daemon
