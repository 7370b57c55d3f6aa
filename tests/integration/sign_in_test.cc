// Newcomers with a third party's word, from mnm's command line to the log, and what comes of the
// third party being away or changing its keys.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/text.h"
#include "support/https_server.h"
#include "support/identity_service.h"
#include "support/relay_box.h"
#include "support/run_program.h"

namespace mnm::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SigningIn : public ::testing::Test {
 protected:
  // `mnm register`, with this token in a file if there is one.
  Ran registers(const RelayBox& relay, const std::string& profile, const std::string& token = {}) {
    std::vector<std::string> arguments{"register", "--as", profile};
    if (!token.empty()) {
      std::ofstream(directory_ / "token") << token << "\n";
      arguments.insert(arguments.end(), {"--auth-token-file", directory_ / "token"});
    }
    return mnm(relay, std::move(arguments));
  }
  [[nodiscard]] Ran mnm(const RelayBox& relay, std::vector<std::string> arguments) const {
    return run_program(MNM_BIN_DIR "/mnm", std::move(arguments),
                       {"MNM_PROFILES=" + (directory_ / "profiles"), "MNM_CONNECT=" + relay.local(),
                        "PATH=/usr/bin:/bin"});
  }
  // What the log says, in lines.
  [[nodiscard]] static std::string log_of(const RelayBox& relay) {
    return run_program(MNM_BIN_DIR "/mnmlog", {"show", "--data", relay.data()}).out;
  }
  [[nodiscard]] static std::vector<std::string> options_for(const IdentityService& service,
                                                            const std::string& when = "required") {
    return {"--auth", when, "--auth-providers", service.providers_file()};
  }

  TempDir directory_;
};

TEST_F(SigningIn, IsNeededOnceAndLeavesTheIssuerInTheLogAndNothingElse) {
  const IdentityService service;
  RelayBox relay(options_for(service));
  const std::string token = service.token("maria-of-id-example");
  const Ran without = registers(relay, "ann");
  EXPECT_EQ(without.code, 6) << without.err;
  EXPECT_THAT(without.err, HasSubstr("--auth-token-file"));
  const Ran expired = registers(relay, "ann", service.token("maria-of-id-example", -3600));
  EXPECT_EQ(expired.code, 1) << expired.err;
  EXPECT_THAT(expired.err, HasSubstr("register failure"));
  EXPECT_EQ(registers(relay, "ann", token).code, 0);
  EXPECT_EQ(mnm(relay, {"receive", "--as", "ann"}).code, 0) << "a login needs no token";

  const std::string log = log_of(relay);
  EXPECT_THAT(log, HasSubstr("vouched for by https://id.example/"));
  EXPECT_THAT(log, HasSubstr("refused register: authentication required (no token was given)"));
  EXPECT_THAT(log, HasSubstr("refused register: register failure (the token has expired)"));
  const std::string digest = relay.digest();
  relay.kill();
  // Neither the token nor whom it names is kept anywhere.
  EXPECT_THAT(relay.image().holders_of("maria-of-id-example"), IsEmpty());
  EXPECT_THAT(relay.words(), Not(HasSubstr("maria-of-id-example")));
  for (const std::string& part :
       {token.substr(token.find('.') + 1, 40), token.substr(token.rfind('.') + 1)}) {
    EXPECT_THAT(relay.image().holders_of(part), IsEmpty());
    EXPECT_THAT(relay.words(), Not(HasSubstr(part)));
  }
  relay.start();
  EXPECT_EQ(relay.digest(), digest);
  EXPECT_EQ(relay.inspect("replay --compare live"), 0);
}

TEST_F(SigningIn, GivesOnePersonSoManyAccountsAlsoAfterARestart) {
  const IdentityService service;
  auto options = options_for(service);
  options.insert(options.end(), {"--auth-accounts-per-identity", "2"});
  RelayBox relay(options);
  EXPECT_EQ(registers(relay, "one", service.token("maria")).code, 0);
  EXPECT_EQ(registers(relay, "two", service.token("maria")).code, 0);
  relay.kill();
  relay.start();
  EXPECT_EQ(registers(relay, "three", service.token("maria")).code, 1);
  EXPECT_EQ(registers(relay, "three", service.token("bob")).code, 0);
}

TEST_F(SigningIn, IsOptionalWhereThePolicySaysSo) {
  const IdentityService service;
  RelayBox relay(options_for(service, "optional"));
  EXPECT_EQ(registers(relay, "ann").code, 0);
  EXPECT_EQ(registers(relay, "bob", service.token("bob")).code, 0);
  EXPECT_EQ(registers(relay, "eve", service.token("eve", -3600)).code, 1);
}

TEST_F(SigningIn, TakesKeysThatChangedOnSighupAndKeepsThemWhenTheyAreBad) {
  IdentityService service;
  RelayBox relay(options_for(service));
  const std::string before = service.token("ann");
  service.change_key();
  EXPECT_EQ(registers(relay, "ann", service.token("ann")).code, 1);
  relay.process().signal(SIGHUP);
  EXPECT_TRUE(relay.await([&] { return relay.words().find("reloaded") != std::string::npos; }));
  EXPECT_EQ(registers(relay, "ann", service.token("ann")).code, 0);
  EXPECT_EQ(registers(relay, "bob", before).code, 1) << "signed by a key that is gone";
  std::ofstream(service.providers_file()) << "nonsense";
  relay.process().signal(SIGHUP);
  EXPECT_TRUE(relay.await([&] { return relay.words().find("not reloaded") != std::string::npos; }));
  EXPECT_EQ(registers(relay, "bob", service.token("bob")).code, 0);
}

TEST_F(SigningIn, IsForNewcomersOnlySoThatLoginsDontNeedTheThirdParty) {
  const IdentityService absent("keys_url = \"https://127.0.0.1:1/keys\"");
  RelayBox relay;
  EXPECT_EQ(registers(relay, "ann").code, 0);
  EXPECT_EQ(relay.stop(), 0);
  relay.set_options(options_for(absent));
  relay.start();
  EXPECT_EQ(mnm(relay, {"receive", "--as", "ann"}).code, 0);
  EXPECT_EQ(registers(relay, "bob", absent.token("bob")).code, 1);
  EXPECT_THAT(log_of(relay), HasSubstr("(the issuer's keys are not known yet)"));
  EXPECT_EQ(relay.stop(), 0);
}

TEST_F(SigningIn, FetchesKeysOverHttps) {
  const HttpsServer server;
  const IdentityService service(
      fmt::format("keys_url = \"{}\"\nkeys_ca = \"{}\"", server.url("keys"), server.authority()));
  server.answers("keys", service.key().set());
  RelayBox relay(options_for(service));
  int number = 0;
  EXPECT_TRUE(relay.await([&] {
    return registers(relay, fmt::format("p{}", ++number), service.token("ann")).code == 0;
  })) << relay.words();
}

TEST_F(SigningIn, IsRefusedAtTheStartWithoutAFileThatCanBeRead) {
  RelayBox relay;
  std::string said;
  EXPECT_EQ(relay.stop(), 0);
  EXPECT_EQ(relay.refused(said, {"--auth", "required", "--auth-providers", "/nowhere"}), 2);
  EXPECT_THAT(said, HasSubstr("cannot read /nowhere"));
  EXPECT_EQ(relay.refused(said, {"--auth", "optional"}), 2);
}

TEST_F(SigningIn, TakesATokenFromStandardInputToo) {
  const IdentityService service;
  RelayBox relay(options_for(service));
  std::ofstream(directory_ / "token") << "  " << service.token("ann") << "\r\n\n";
  const std::string command = fmt::format("{}/mnm register --as ann --auth-token-file - < {}",
                                          MNM_BIN_DIR, directory_ / "token");
  const Ran ran =
      run_program("/bin/sh", {"-c", command},
                  {"MNM_PROFILES=" + (directory_ / "profiles"), "MNM_CONNECT=" + relay.local()});
  EXPECT_EQ(ran.code, 0) << ran.err;
  std::ofstream(directory_ / "token") << " \n";
  EXPECT_EQ(registers(relay, "bob", " ").code, 2);
}

}  // namespace
}  // namespace mnm::testing
