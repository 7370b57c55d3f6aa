// TLS: both dialects over it, certificates read again on SIGHUP, and no plaintext beyond this
// machine unless asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/certificates.h"
#include "support/made_body.h"
#include "support/relay_box.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

using ::testing::HasSubstr;

class Tls : public ::testing::Test {
 protected:
  [[nodiscard]] std::string tls() const { return relay.addresses().at(2); }
  [[nodiscard]] std::string name_shown() const {
    const auto link = WireLink::open(tls());
    return link == nullptr ? "no handshake" : link->certificate_name();
  }
  Certificate certificate{"first"};
  RelayBox relay{{"--listen", "tls://127.0.0.1:0", "--tls-cert", certificate.file(), "--tls-key",
                  certificate.key()}};
};

TEST_F(Tls, CarriesBothDialects) {
  ASSERT_TRUE(tls().starts_with("tls://")) << tls();
  WireClient ann(tls(), Dialect::kMmtp);
  WireClient bob(tls(), Dialect::kTmtp);
  const Identity to_ann = ann.enter("a");
  const Identity to_bob = bob.enter("b");
  const MadeBody body(3, 3 << 20);
  for (auto [from, to, at] : {std::tuple(&ann, &to_bob, &bob), std::tuple(&bob, &to_ann, &ann)}) {
    const std::string id = from->post("1", {user(to->uid)}, body.text());
    const Frame got = at->take_delivery();
    EXPECT_EQ(got.reply.id, id);
    EXPECT_EQ(got.data, hash_text(body.hash()));
  }
}

TEST_F(Tls, EndsWithAMessageThatItEnds) {
  WireClient ann(tls(), Dialect::kTmtp);
  (void)ann.enter("a");
  ann.quit();
  EXPECT_TRUE(ann.until_end().empty());
}

TEST_F(Tls, ShowsANewCertificateAfterSighupAndKeepsOldLinks) {
  WireClient old(tls(), Dialect::kMmtp);
  const Identity who = old.enter("a");
  EXPECT_EQ(old.link().certificate_name(), "first");
  certificate.make("second");
  EXPECT_EQ(name_shown(), "first");
  relay.process().signal(SIGHUP);
  EXPECT_TRUE(relay.await([&] { return name_shown() == "second"; }));
  EXPECT_NE(old.post("1", {user(who.uid)}, "still here"), "");
}

TEST_F(Tls, KeepsTheOldCertificateWhenTheNewOneIsBroken) {
  std::ofstream(certificate.file(), std::ios::trunc) << "no certificate";
  relay.process().signal(SIGHUP);
  ASSERT_TRUE(relay.await(
      [&] { return relay.words().find("the certificate in use stays") != std::string::npos; }));
  EXPECT_EQ(name_shown(), "first");
}

TEST_F(Tls, KeepsTheOldCertificateWhenTheNewKeyIsAnothers) {
  const Certificate other("other");
  std::filesystem::copy_file(other.key(), certificate.key(),
                             std::filesystem::copy_options::overwrite_existing);
  relay.process().signal(SIGHUP);
  ASSERT_TRUE(relay.await(
      [&] { return relay.words().find("the certificate in use stays") != std::string::npos; }));
  EXPECT_EQ(name_shown(), "first");
}

TEST_F(Tls, AddressRefusesPlaintext) {
  std::string plain = tls();
  plain.replace(0, 3, "tcp");
  WireClient client(plain, Dialect::kMmtp);
  client.send({.op = ClientOp::kVersion});
  EXPECT_THROW((void)client.next(), WireTrouble);
  EXPECT_EQ(name_shown(), "first");
}

TEST_F(Tls, StartNeedsACertificate) {
  RelayBox other;
  other.kill();
  std::string said;
  EXPECT_EQ(other.refused(said, {"--listen", "tls://127.0.0.1:0"}), 2) << said;
  EXPECT_THAT(said, HasSubstr("tls-cert"));
}

TEST(Plaintext, BeyondThisMachineIsRefusedUnlessAskedFor) {
  RelayBox relay;
  relay.kill();
  std::string said;
  EXPECT_EQ(relay.refused(said, {"--listen", "tcp://0.0.0.0:0"}), 2);
  EXPECT_THAT(said, HasSubstr("allow-plaintext"));
  EXPECT_EQ(relay.refused(said, {"--listen", "tcp://0.0.0.0:0", "--allow-plaintext"}), 0);
}

}  // namespace
}  // namespace mnm::testing
