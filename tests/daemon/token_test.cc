// Every token that must not be taken, and those that must.
#include "daemon/token.h"

#include <gtest/gtest.h>

#include "support/token_maker.h"

namespace mnm::daemon {
namespace {

using mnm::testing::base64url;
using mnm::testing::SigningKey;
using mnm::testing::token_by_hmac;
using mnm::testing::unsigned_token;

constexpr std::int64_t kNow = 1'800'000'000;
constexpr const char* kClaims =
    R"({"iss":"https://id.example/","aud":"mnm","sub":"maria","iat":1799999990,"exp":1800000600})";

// The providers and keys of all these tests; making keys takes its time.
struct Party {
  SigningKey rsa = SigningKey::rsa("r1");
  SigningKey ec = SigningKey::ec("e1");
  SigningKey stranger = SigningKey::rsa("r1");
  std::vector<Issuer> issuers;

  Party() {
    prepare_jose();
    auto keys = KeySet::parse(R"({"keys":[)" + rsa.jwk() + "," + ec.jwk() + "]}");
    CHECK(keys) << keys.error().text;
    issuers.push_back(
        {"https://id.example/", "mnm", std::make_shared<const KeySet>(std::move(*keys))});
    issuers.push_back({"https://later.example/", "mnm", nullptr});
  }
  [[nodiscard]] TokenVerdict judge(std::string_view token, std::int64_t now = kNow) const {
    return judge_token(token, issuers, now);
  }
  // Of a well-signed token with these claims.
  [[nodiscard]] TokenFault fault(const std::string& claims, std::int64_t now = kNow) const {
    return judge(rsa.token(rsa.header(), claims), now).fault;
  }
  [[nodiscard]] TokenFault fault_of_header(const std::string& header) const {
    return judge(rsa.token(header, kClaims)).fault;
  }
};

const Party& party() {
  static const Party party;
  return party;
}

// kClaims with one thing said otherwise.
std::string claims(const std::string& instead_of, const std::string& put) {
  std::string text = kClaims;
  const auto at = text.find(instead_of);
  CHECK(at != std::string::npos) << instead_of;
  return text.replace(at, instead_of.size(), put);
}

TEST(Token, IsTakenOfEachAlgorithmThatIsAllowed) {
  const Party& p = party();
  for (const std::string& token : {
           p.rsa.token(p.rsa.header(), kClaims), p.rsa.token(p.rsa.header("PS256"), kClaims, true),
           p.ec.token(p.ec.header(), kClaims),
           p.rsa.token(R"({"alg":"RS256","kid":"r1","typ":"JWT","x":{"deep":[1]}})", kClaims),
           p.rsa.token(R"({"alg":"RS256"})", kClaims),  // the only RSA key must be meant
       }) {
    const TokenVerdict verdict = p.judge(token);
    EXPECT_EQ(verdict.fault, TokenFault::kNone) << words_for(verdict.fault) << ": " << token;
    EXPECT_EQ(verdict.subject, "maria");
    EXPECT_EQ(verdict.issuer, 0U);
  }
}

TEST(Token, IsRefusedUnlessAnAllowedAlgorithmAndTheRightKeySignedIt) {
  const Party& p = party();
  EXPECT_EQ(p.judge(unsigned_token(R"({"alg":"none"})", kClaims) + ".").fault,
            TokenFault::kMalformed);
  EXPECT_EQ(p.judge(unsigned_token(R"({"alg":"none"})", kClaims) + ".AA").fault,
            TokenFault::kAlgorithm);
  for (const char* name :
       {"none", "None", "HS256", "RS1", "RS384", "ES512", "EdDSA", "", "rs256"}) {
    EXPECT_EQ(p.fault_of_header(fmt::format(R"({{"alg":"{}","kid":"r1"}})", name)),
              TokenFault::kAlgorithm)
        << name;
  }
  EXPECT_EQ(p.fault_of_header(R"({"kid":"r1"})"), TokenFault::kAlgorithm);
  EXPECT_EQ(p.fault_of_header(R"({"alg":["RS256"],"kid":"r1"})"), TokenFault::kAlgorithm);
  // A public key as the secret of an HMAC, as a set has it.
  EXPECT_EQ(p.judge(token_by_hmac(p.rsa.jwk(), R"({"alg":"HS256","kid":"r1"})", kClaims)).fault,
            TokenFault::kAlgorithm);
  // Another's key under our kid, our key under another's algorithm.
  EXPECT_EQ(p.judge(p.stranger.token(p.stranger.header(), kClaims)).fault, TokenFault::kSignature);
  EXPECT_EQ(p.judge(p.rsa.token(p.rsa.header("PS256"), kClaims)).fault, TokenFault::kSignature);
  EXPECT_EQ(p.judge(p.rsa.token(R"({"alg":"ES256","kid":"r1"})", kClaims)).fault,
            TokenFault::kUnknownKey);
  EXPECT_EQ(p.judge(p.ec.token(R"({"alg":"RS256","kid":"e1"})", kClaims)).fault,
            TokenFault::kUnknownKey);
  EXPECT_EQ(p.fault_of_header(R"({"alg":"RS256","kid":"r2"})"), TokenFault::kUnknownKey);
}

TEST(Token, IsRefusedForEachOctetOfItThatIsChanged) {
  const Party& p = party();
  const std::string good = p.ec.token(p.ec.header(), kClaims);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = good[i] == 'A' ? 'B' : 'A';
    // The last character of a part may have bits that mean nothing; the signature covers the
    // characters of the first two.
    if (i + 1 == good.size()) continue;
    EXPECT_NE(p.judge(bad).fault, TokenFault::kNone) << "octet " << i;
  }
}

TEST(Token, IsRefusedWhenItIsNoToken) {
  const Party& p = party();
  const std::string good = p.ec.token(p.ec.header(), kClaims);
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("a.b"), good + ".",
        good + ".AA", good + "=", " " + good, good + "\n", "." + good, std::string("e30.e30.e30"),
        std::string("W10.W10.W10"), good.substr(0, good.rfind('.')),
        good.substr(0, good.rfind('.') + 1)}) {
    const TokenFault fault = p.judge(text).fault;
    EXPECT_TRUE(fault == TokenFault::kMalformed || fault == TokenFault::kAlgorithm) << text;
  }
  for (const char* header :
       {R"({"alg":"RS256","kid":"r1","crit":["exp"]})",
        R"({"alg":"RS256","kid":"r1","typ":"at+jwt"})", R"({"alg":"RS256","kid":"r1","typ":5})",
        R"({"alg":"RS256","kid":5})", R"({"alg":"RS256","kid":""})",
        R"({"alg":"RS256","alg":"RS256","kid":"r1"})", R"({"alg":"RS256","kid":"r1"} x)",
        R"(["alg"])", "nothing"}) {
    EXPECT_EQ(p.fault_of_header(header), TokenFault::kMalformed) << header;
  }
  for (const std::string& text : {std::string("nothing"), std::string("[]"), claims("}", "} x"),
                                  claims("\"sub\"", "\"iss\"")}) {
    EXPECT_EQ(p.fault(text), TokenFault::kMalformed) << text;
  }
}

TEST(Token, MayHave16KiBAndNoMore) {
  const Party& p = party();
  const auto filled = [&p](std::size_t octets) {
    return p.ec.token(p.ec.header(), claims("}", R"(,"x":")" + std::string(octets, 'x') + "\"}"));
  };
  std::size_t octets = kTokenBytesMax / 4 * 3 - 500;  // base64 makes four of three
  while (filled(octets + 1).size() <= kTokenBytesMax) ++octets;
  EXPECT_GE(filled(octets).size(), kTokenBytesMax - 1);
  EXPECT_EQ(p.judge(filled(octets)).fault, TokenFault::kNone);
  EXPECT_EQ(p.judge(filled(octets + 1)).fault, TokenFault::kTooLong);
}

TEST(Token, IsRefusedOfAnIssuerOrForAnAudienceThatIsNotOurs) {
  const Party& p = party();
  EXPECT_EQ(p.fault(claims("https://id.example/", "https://id.example")), TokenFault::kIssuer);
  EXPECT_EQ(p.fault(claims(R"("iss":"https://id.example/",)", "")), TokenFault::kIssuer);
  EXPECT_EQ(p.fault(claims("https://id.example/", "https://later.example/")), TokenFault::kNoKeys);
  const std::string aud = R"("aud":"mnm")";
  for (const char* bad :
       {R"("aud":"MNM")", R"("aud":"other")", R"("aud":[])", R"("aud":["other"])", R"("aud":5)",
        R"("aud":["mnm",5])", R"("aud":["mnm","other"])", R"("aud":"mnm","azp":"other")",
        R"("aud":["mnm","other"],"azp":"other")", R"("aud":"mnm","azp":5)", R"("x":"mnm")"}) {
    EXPECT_EQ(p.fault(claims(aud, bad)), TokenFault::kAudience) << bad;
  }
  for (const char* good :
       {R"("aud":["mnm"])", R"("aud":"mnm","azp":"mnm")", R"("aud":["other","mnm"],"azp":"mnm")"}) {
    EXPECT_EQ(p.fault(claims(aud, good)), TokenFault::kNone) << good;
  }
}

TEST(Token, IsGoodFromItsTimesOnUntilItExpiresGiveOrTakeTheLeeway) {
  const Party& p = party();
  constexpr std::int64_t kExpires = 1'800'000'600;
  EXPECT_EQ(p.fault(kClaims, kExpires + kClockLeeway_s - 1), TokenFault::kNone);
  EXPECT_EQ(p.fault(kClaims, kExpires + kClockLeeway_s), TokenFault::kExpired);
  constexpr std::int64_t kIssued = 1'799'999'990;
  EXPECT_EQ(p.fault(kClaims, kIssued - kClockLeeway_s), TokenFault::kNone);
  EXPECT_EQ(p.fault(kClaims, kIssued - kClockLeeway_s - 1), TokenFault::kNotYetValid);
  const std::string from = claims("}", R"(,"nbf":1800000100.5})");
  EXPECT_EQ(p.fault(from, kNow + 41), TokenFault::kNone);
  EXPECT_EQ(p.fault(from, kNow + 40), TokenFault::kNotYetValid);
  const std::string exp = R"(,"exp":1800000600)";
  for (const char* bad : {"", R"(,"exp":"1800000600")", R"(,"exp":null)"}) {
    EXPECT_EQ(p.fault(claims(exp, bad)), TokenFault::kMalformed) << bad;
  }
  EXPECT_EQ(p.fault(claims(exp, R"(,"exp":-1e300)")), TokenFault::kExpired);
  EXPECT_EQ(p.fault(claims("}", R"(,"nbf":"soon"})")), TokenFault::kMalformed);
}

TEST(Token, MustNameSomebodyInAtMost255Octets) {
  const Party& p = party();
  const std::string sub = R"("sub":"maria")";
  for (const std::string& bad :
       {std::string(R"("sub":"")"), std::string(R"("sub":5)"), std::string(R"("x":"maria")"),
        R"("sub":")" + std::string(256, 's') + "\""}) {
    EXPECT_EQ(p.fault(claims(sub, bad)), TokenFault::kSubject) << bad;
  }
  EXPECT_EQ(p.fault(claims(sub, R"("sub":")" + std::string(255, 's') + "\"")), TokenFault::kNone);
}

}  // namespace
}  // namespace mnm::daemon
