// Options: where they come from, which one wins, and what is refused.
#include "daemon/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "daemon/units.h"
#include "support/temp_dir.h"

namespace mnm::daemon {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Options : public ::testing::Test {
 protected:
  static Result<Config> read(const std::vector<std::string>& arguments,
                             const Environment& environment = {}) {
    return read_config(arguments, environment);
  }
  std::string file(const std::string& text) {
    std::ofstream(directory_ / "mnmd.toml") << text;
    return directory_ / "mnmd.toml";
  }
  static std::string error(const Result<Config>& result) {
    EXPECT_FALSE(result);
    if (result) return {};
    EXPECT_EQ(result.error().code, ErrorCode::kUsage);
    return result.error().text;
  }
  TempDir directory_;
};

TEST_F(Options, HaveDefaults) {
  const auto config = read({});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->data, "./mnm-data");
  EXPECT_EQ(config->secrets, "./mnm-data/secrets");
  EXPECT_EQ(config->purge_window, std::chrono::minutes(10));
  EXPECT_FALSE(config->server.site_name.empty());
  ASSERT_EQ(config->server.addresses.size(), 2U);
  EXPECT_EQ(config->server.addresses[0].text(), "tcp://127.0.0.1:7070");
}
TEST_F(Options, PutTheUnixSocketAtAnAddressThatCanBeConnectedTo) {
  for (const char* data : {"./mnm-data", "mnm-data", "/tmp/mnm-data", "mnm-data/"}) {
    const std::string text = read({"--data", data})->server.addresses.at(1).text();
    EXPECT_THAT(text, StartsWith("unix:///"));
    EXPECT_THAT(text, EndsWith("/mnm-data/mnm.sock"));
    EXPECT_TRUE(net::parse_listen_address(text)) << text;
  }
}
TEST_F(Options, OfFlagsWinOverTheEnvironmentWhichWinsOverTheFile) {
  const std::string path =
      file("name = \"file\"\npurge_window = \"1m\"\nlinks_max = 10\nallow_plaintext = true\n");
  const auto config = read({"--config", path, "--name", "flag"},
                           {{"MNM_NAME", "environment"}, {"MNM_PURGE_WINDOW", "2m"}});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->server.site_name, "flag");
  EXPECT_EQ(config->purge_window, std::chrono::minutes(2));
  EXPECT_EQ(config->server.limits.links_max, 10U);
  EXPECT_TRUE(config->server.allow_plaintext);
}
TEST_F(Options, MayNameTheFileInTheEnvironment) {
  const auto config = read({}, {{"MNM_CONFIG", file("name = \"x\"\n")}});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->server.site_name, "x");
}
TEST_F(Options, ToListenAddUpWithinOneSourceAndReplaceAnother) {
  const std::string path = file("listen = [\"tcp://127.0.0.1:1\", \"tls://[::]:2\"]\n");
  EXPECT_EQ(read({"--config", path})->server.addresses.size(), 2U);
  const auto flags = read({"--config", path, "--listen", "tcp://127.0.0.1:3"});
  ASSERT_EQ(flags->server.addresses.size(), 1U);
  EXPECT_EQ(flags->server.addresses[0].port, 3);
  EXPECT_EQ(read({"--listen", "tcp://a:1", "--listen", "tcp://b:2"})->server.addresses.size(), 2U);
  EXPECT_EQ(read({}, {{"MNM_LISTEN", "tcp://a:1,tcp://b:2"}})->server.addresses.size(), 2U);
}
TEST_F(Options, ThatAreUnknownAreAnErrorWithTheirPlace) {
  EXPECT_THAT(error(read({"--config", file("name = \"x\"\n  nmae = \"y\"\n")})),
              HasSubstr("mnmd.toml:2:3: nmae"));
  EXPECT_THAT(error(read({"--nmae", "x"})), HasSubstr("--nmae"));
  EXPECT_THAT(error(read({"stray"})), HasSubstr("stray"));
}
TEST_F(Options, InAFileThatIsNoTomlAreAnErrorWithItsPlace) {
  EXPECT_THAT(error(read({"--config", file("name = \n")})), HasSubstr("mnmd.toml:1:"));
  EXPECT_THAT(error(read({"--config", file("[name]\nx = 1\n")})), HasSubstr("needs a string"));
  EXPECT_FALSE(read({"--config", directory_ / "missing.toml"}));
}
TEST_F(Options, WithBadValuesAreAnErrorWithTheirPlace) {
  EXPECT_THAT(error(read({"--purge-window", "soon"})), HasSubstr("--purge-window: "));
  EXPECT_THAT(error(read({"--purge-window", "999ms"})), HasSubstr("at least 1s"));
  EXPECT_THAT(error(read({}, {{"MNM_LINKS_MAX", "many"}})), HasSubstr("MNM_LINKS_MAX: "));
  EXPECT_THAT(error(read({"--config", file("allow_plaintext = 1\n")})),
              HasSubstr("mnmd.toml:1:1: allow_plaintext"));
  EXPECT_THAT(error(read({"--listen", "here"})), HasSubstr("tcp://HOST:PORT"));
  EXPECT_THAT(error(read({"--aliases-max", "4294967296"})), HasSubstr("--aliases-max"));
}
TEST_F(Options, AreShownByHelp) {
  EXPECT_TRUE(read({"--help"})->help);
  for (const char* flag : {"--data", "--listen", "--tls-cert", "--purge-window", "--config"}) {
    EXPECT_THAT(help_text(), HasSubstr(flag));
  }
}
TEST_F(Options, ThatDifferGiveAnotherDigest) {
  EXPECT_EQ(read({"--name", "a"})->digest(), read({}, {{"MNM_NAME", "a"}})->digest());
  EXPECT_NE(read({"--name", "a"})->digest(), read({"--name", "b"})->digest());
}

TEST(Duration, HasAUnit) {
  using std::chrono::milliseconds;
  const std::pair<const char*, milliseconds> cases[] = {
      {"250ms", milliseconds(250)},      {"90s", milliseconds(90'000)},
      {"10m", milliseconds(600'000)},    {"2h", milliseconds(7'200'000)},
      {"3d", milliseconds(259'200'000)}, {"0", milliseconds(0)}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(parse_duration(text).value(), expected);
  for (const char* bad : {"", "m", "-1s", "1.5h", "10 m", "10y", "90", "99999999999999999d"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}
TEST(Size, MayHaveAUnit) {
  EXPECT_EQ(parse_bytes("64KiB").value(), 65536U);
  EXPECT_EQ(parse_bytes("1GiB").value(), 1073741824U);
  EXPECT_EQ(parse_bytes("9223372036854775807").value(), 9223372036854775807U);
  for (const char* bad : {"", "KiB", "1kb", "1 KiB", "-1", "9007199254740992GiB"}) {
    EXPECT_FALSE(parse_bytes(bad)) << bad;
  }
}

}  // namespace
}  // namespace mnm::daemon
