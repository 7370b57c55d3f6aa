// The wire transcripts (tests/conformance/README.md), played against a real relay over each
// transport.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/certificates.h"
#include "support/http_frames.h"
#include "support/identity_service.h"
#include "support/relay_box.h"
#include "support/transcript_run.h"
#include "support/wire_link.h"
#include "support/ws_client.h"

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

class WsLink final : public transcript::Link {
 public:
  explicit WsLink(const std::string& address) : client_(address) {}
  void send(std::string_view octets) override { (void)client_.send(octets); }
  std::optional<std::string> receive() override { return client_.receive(); }

 private:
  WsClient client_;
};

// A stream of octets as POSTs, one each time that something is sent; answers come from their
// responses, all else from a receiver.
class HttpFramesLink final : public transcript::Link {
 public:
  explicit HttpFramesLink(const std::string& address) : frames_(address) {}
  void send(std::string_view octets) override { frames_.send(octets); }
  std::optional<std::string> receive() override { return frames_.receive(); }

 private:
  HttpFrames frames_;
};

template <class Opened>
class RelayOver final : public transcript::Relay {
 public:
  explicit RelayOver(std::string address) : address_(std::move(address)) {}
  std::unique_ptr<transcript::Link> connect() override {
    return std::make_unique<Opened>(address_);
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

void play(const std::vector<transcript::Transcript>& transcripts, transcript::Relay& relay,
          const std::string& where, const std::map<std::string, std::string>& given = {}) {
  static std::size_t played = 0;
  for (const transcript::Transcript& transcript : transcripts) {
    transcript::Player player(relay, fmt::format("played{}", ++played), given);
    const auto wrong = player.play(transcript);
    EXPECT_FALSE(wrong) << where << ": " << *wrong;
  }
}

TEST(Conformance, OfARealRelayOverEachTransport) {
  const Certificate certificate("conformance");
  RelayBox relay({"--listen", "tls://127.0.0.1:0", "--tls-cert", certificate.file(), "--tls-key",
                  certificate.key(), "--listen", "http://127.0.0.1:0"});
  const auto transcripts = all_transcripts(MNM_SOURCE_DIR "/tests/conformance");
  EXPECT_GE(transcripts.size(), 30U);
  for (const std::string& address : relay.addresses()) {
    if (address.starts_with("http")) continue;
    RelayOver<PlainLink> over(address);
    play(transcripts, over, address);
  }
  RelayOver<WsLink> web_socket(relay.addresses().back());
  play(transcripts, web_socket, "ws");
  // Answers and what is pushed come over two connections, so which comes first means nothing.
  auto unordered = transcripts;
  for (transcript::Transcript& transcript : unordered) {
    for (transcript::Step& step : transcript.steps) {
      step.unordered = step.action == transcript::Action::kExpect;
    }
  }
  RelayOver<HttpFramesLink> http(relay.addresses().back());
  play(unordered, http, "http");
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
  for (const std::string& address : relay.addresses()) {
    RelayOver<PlainLink> over(address);
    play(transcripts, over, address, given);
  }
}

}  // namespace
}  // namespace mnm::testing
