// The wire transcripts (tests/conformance/README.md), played against a real relay over each
// transport.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/certificates.h"
#include "support/identity_service.h"
#include "support/relay_box.h"
#include "support/transcript_run.h"
#include "support/wire_link.h"

namespace mnm::testing {
namespace {

class PlainLink final : public transcript::Link {
 public:
  explicit PlainLink(const std::string& address) : link_(WireLink::open(address)) {
    if (!link_) throw std::runtime_error("nobody answers at " + address);
  }
  // The relay may have closed already; what it said is still to be read.
  void send(std::string_view octets) override { (void)link_->send(octets); }
  std::optional<std::string> receive() override {
    std::string octets;
    switch (link_->receive(octets)) {
      case WireLink::Got::kOctets:
        return octets;
      case WireLink::Got::kEnd:
        return std::nullopt;
      case WireLink::Got::kNothing:
        break;
    }
    throw std::runtime_error("nothing came in time");
  }

 private:
  std::unique_ptr<WireLink> link_;
};

class RealRelay final : public transcript::Relay {
 public:
  explicit RealRelay(std::string address) : address_(std::move(address)) {}
  std::unique_ptr<transcript::Link> connect() override {
    return std::make_unique<PlainLink>(address_);
  }

 private:
  std::string address_;
};

std::vector<transcript::Transcript> all_transcripts(const std::string& folder) {
  std::vector<transcript::Transcript> all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    auto parsed = transcript::parse(text);
    CHECK(parsed) << entry.path() << ": " << parsed.error();
    std::move(parsed->begin(), parsed->end(), std::back_inserter(all));
  }
  return all;
}

TEST(Conformance, OfARealRelayOverEachTransport) {
  const Certificate certificate("conformance");
  RelayBox relay({"--listen", "tls://127.0.0.1:0", "--tls-cert", certificate.file(), "--tls-key",
                  certificate.key()});
  const auto transcripts = all_transcripts(MNM_SOURCE_DIR "/tests/conformance");
  EXPECT_GE(transcripts.size(), 30U);
  std::size_t played = 0;
  for (const std::string& address : relay.addresses()) {
    RealRelay real(address);
    for (const transcript::Transcript& transcript : transcripts) {
      transcript::Player player(real, fmt::format("played{}", ++played));
      const auto wrong = player.play(transcript);
      EXPECT_FALSE(wrong) << address << ": " << *wrong;
    }
  }
  // All links are gone, and the engine has heard of it.
  EXPECT_TRUE(
      relay.await([&] { return relay.admin("status").find("\"links\":0,") != std::string::npos; }));
  const std::string digest = relay.digest();
  relay.kill();
  relay.start();
  EXPECT_EQ(relay.digest(), digest);
}

TEST(Conformance, OfARelayThatAsksForAThirdPartysWord) {
  const IdentityService service;
  RelayBox relay({"--auth", "required", "--auth-providers", service.providers_file(),
                  "--auth-accounts-per-identity", "0"});
  const SigningKey stranger = SigningKey::ec("k1");
  const std::map<std::string, std::string> given = {
      {"good", service.token("maria")},
      {"expired", service.token("maria", -3600)},
      {"forged", stranger.token(stranger.header(), service.claims("maria"))}};
  const auto transcripts = all_transcripts(MNM_SOURCE_DIR "/tests/conformance/auth");
  EXPECT_GE(transcripts.size(), 7U);
  std::size_t played = 0;
  for (const std::string& address : relay.addresses()) {
    RealRelay real(address);
    for (const transcript::Transcript& transcript : transcripts) {
      transcript::Player player(real, fmt::format("played{}", ++played), given);
      const auto wrong = player.play(transcript);
      EXPECT_FALSE(wrong) << address << ": " << *wrong;
    }
  }
}

}  // namespace
}  // namespace mnm::testing
