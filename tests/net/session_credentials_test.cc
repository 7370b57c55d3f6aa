// Passwords, uids and request digests.
#include <gtest/gtest.h>

#include "base/text.h"
#include "net/credentials.h"

namespace mnm::net {
namespace {

const Keys kKeys{std::string(32, 'p'), std::string(32, 'r')};
const HmacSha256 kRequestKey(kKeys.request);

ops::Body body_of(const std::string& text) {
  ops::Body body;
  body.size = text.size();
  body.bytes = std::make_shared<const std::string>(text);
  body.digest = sha256(text);
  body.salt = random_bytes(kSaltOctets);
  return body;
}
ops::Command post_of(std::vector<ops::Target> to, const std::string& text) {
  ops::Post post;
  post.to = std::move(to);
  post.body = body_of(text);
  return post;
}

TEST(Verifier, IsAnHmacOverLabelUidAndSecret) {
  EXPECT_EQ(node_verifier(kKeys, "uid", "secret"),
            hmac_sha256(std::string(32, 'p'), "mnm.node.v1uidsecret"));
}
TEST(SubjectHash, TellsIssuersAndSubjectsApartWhereverOneEnds) {
  const Hash one = subject_hash(kKeys, "issuer", "subject");
  EXPECT_EQ(one, subject_hash(kKeys, "issuer", "subject"));
  EXPECT_NE(one, subject_hash(kKeys, "issuers", "ubject"));
  EXPECT_NE(one, subject_hash(kKeys, "issuer", "subject2"));
  EXPECT_NE(one, subject_hash({std::string(32, 'q'), {}}, "issuer", "subject"));
}
TEST(Secret, Has200RandomBitsAndAVerifierForItsOctets) {
  SystemRandom random;
  const ops::FreshSecret fresh = make_secret(kKeys, "uid", random);
  EXPECT_EQ(fresh.text.size(), 40U);
  const auto octets = base32_decode(fresh.text);
  ASSERT_TRUE(octets);
  EXPECT_EQ(octets->size(), kSecretOctets);
  EXPECT_EQ(fresh.verifier, node_verifier(kKeys, "uid", *octets));
}
TEST(Uid, Has32CharactersAndIsNeverTheSame) {
  SystemRandom random;
  const std::string one = make_uid(random);
  EXPECT_EQ(one.size(), 32U);
  EXPECT_NE(one, make_uid(random));
}
TEST(RequestDigest, IsTheSameForTheSameRequest) {
  const auto one = request_digest(kRequestKey, "1", post_of({{"bob"}}, "hi"));
  ASSERT_TRUE(one);
  EXPECT_EQ(one, request_digest(kRequestKey, "1", post_of({{"bob"}}, "hi")))
      << "salts must not count";
}
TEST(RequestDigest, DiffersWithEachPartOfTheRequest) {
  using ops::TargetType;
  ops::Post note;
  note.to = {{"bob"}};
  note.body = body_of("hi");
  note.note.emplace();
  ops::Ping ping{"a", "bc", body_of("hi")};
  ops::Ping shifted{"ab", "c", body_of("hi")};
  std::vector<std::optional<Hash>> all = {
      request_digest(kRequestKey, "1", post_of({{"bob"}}, "hi")),
      request_digest(kRequestKey, "2", post_of({{"bob"}}, "hi")),
      request_digest(kRequestKey, "1", post_of({{"bob"}}, "ho")),
      request_digest(kRequestKey, "1", post_of({{"bob"}, {"bob"}}, "hi")),
      request_digest(kRequestKey, "1", post_of({{"bob", TargetType::kGroupWithSelf}}, "hi")),
      request_digest(kRequestKey, "1", post_of({}, "hi")),
      request_digest(kRequestKey, "1", ops::Command(note)),
      request_digest(kRequestKey, "1", ops::Command(ping)),
      request_digest(kRequestKey, "1", ops::Command(shifted)),
      request_digest(kRequestKey, "1", ops::OhiEdit{ops::OhiType::kAdd, {"a", "bc"}}),
      request_digest(kRequestKey, "1", ops::OhiEdit{ops::OhiType::kDrop, {"a", "bc"}}),
      request_digest(kRequestKey, "1", ops::OhiEdit{ops::OhiType::kAdd, {"ab", "c"}}),
      request_digest(HmacSha256(std::string(32, 'q')), "1", post_of({{"bob"}}, "hi")),
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_TRUE(all[i]);
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(all[i], all[j]) << i << " and " << j;
  }
}
TEST(RequestDigest, OfANewNodeLeavesItsFreshPasswordOut) {
  SystemRandom random;
  const auto edit = [&random] {
    ops::UserEdit user;
    user.new_node = "phone";
    user.secret = make_secret(kKeys, "uid", random);
    return ops::Command(user);
  };
  EXPECT_EQ(request_digest(kRequestKey, "1", edit()), request_digest(kRequestKey, "1", edit()));
}
TEST(RequestDigest, IsOnlyForOpsThatStoreAMessage) {
  EXPECT_FALSE(request_digest(kRequestKey, "1", ops::OhiEdit{ops::OhiType::kInit, {"bob"}}));
  EXPECT_FALSE(request_digest(kRequestKey, "1", ops::Ack{}));
  EXPECT_FALSE(request_digest(kRequestKey, "1", ops::Login{}));
  EXPECT_FALSE(request_digest(kRequestKey, "1", ops::Register{}));
}

}  // namespace
}  // namespace mnm::net
