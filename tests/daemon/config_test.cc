// Options: where they come from, which one wins, and what is refused.
#include "daemon/config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "daemon/config_options.h"
#include "daemon/units.h"
#include "state/objects.h"
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
  EXPECT_EQ(config->disk.low_bytes, std::uint64_t{256} << 20);
  EXPECT_EQ(config->disk.reserve_bytes, std::uint64_t{128} << 20);
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
TEST_F(Options, AboutNewcomersAreRefusedWhereNobodyCouldVouchForThem) {
  EXPECT_THAT(error(read({"--auth", "required"})), HasSubstr("needs --auth-providers FILE"));
  EXPECT_THAT(error(read({"--auth", "maybe"})), HasSubstr("'maybe' is none of off, optional"));
  const auto required = read({"--auth", "required", "--auth-providers", "x"});
  ASSERT_TRUE(required) << required.error().text;
  EXPECT_TRUE(required->limits.register_needs_identity);
  const auto optional = read({"--auth", "optional", "--auth-providers", "x"});
  EXPECT_FALSE(optional->limits.register_needs_identity);
  EXPECT_EQ(optional->limits.accounts_per_identity, 10U);
  EXPECT_TRUE(read({"--auth-providers", "x"}));
}
TEST_F(Options, OfRatesAndPoliciesReachTheLimits) {
  const auto config = read({"--alias-policy", "distinct", "--post-bytes-burst", "10MiB",
                            "--post-bytes-per-hour", "1025", "--posts-per-hour", "7",
                            "--logins-burst", "5", "--groups-max", "3", "--limit-this-machine"});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_TRUE(config->limits.distinct_aliases);
  EXPECT_EQ(config->limits.user_post_kib.burst, 10'240U);
  EXPECT_EQ(config->limits.user_post_kib.per_hour, 2U) << "rounded up";
  EXPECT_EQ(config->limits.user_posts.per_hour, 7U);
  EXPECT_EQ(config->limits.address_logins.burst, 5U);
  EXPECT_EQ(config->limits.groups_max, 3U);
  EXPECT_TRUE(config->limits.limit_this_machine);
  EXPECT_FALSE(read({})->limits.distinct_aliases);
  EXPECT_THAT(error(read({"--post-bytes-burst", "4096TiB"})), HasSubstr("is more than"));
  EXPECT_THAT(error(read({"--body-bytes-max", "2TiB"})), HasSubstr("'2TiB' is more than 1TiB"));
  EXPECT_EQ(read({"--body-bytes-max", "1TiB"})->server.session.body_bytes_max,
            state::kDataBytesMax);
  EXPECT_THAT(error(read({"--alias-policy", "similar"})), HasSubstr("is none of exact, distinct"));
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
}
TEST_F(Options, InAFileThatIsNamedButMissingAreAnErrorThatSaysWhoNamedIt) {
  const std::string missing = directory_ / "missing.toml";
  EXPECT_EQ(error(read({"--config", missing})),
            "--config: cannot read " + missing + ": No such file or directory");
  EXPECT_THAT(error(read({}, {{"MNM_CONFIG", missing}})), StartsWith("MNM_CONFIG: cannot read"));
  EXPECT_THAT(error(read({"--config", directory_ / "."})), HasSubstr("cannot read"));
}
TEST_F(Options, InAListMustAllBeValues) {
  EXPECT_THAT(error(read({"--config", file("listen = [\"tcp://a:1\", [\"tcp://b:2\"]]\n")})),
              HasSubstr("mnmd.toml:1:1: listen: each entry needs a string"));
  EXPECT_THAT(error(read({"--config", file("listen = [\"tcp://a:1\", 1.5]\n")})),
              HasSubstr("each entry needs"));
  EXPECT_THAT(error(read({"--config", file("listen = []\n")})), HasSubstr("empty"));
  EXPECT_THAT(error(read({"--config", file("name = [\"a\", \"b\"]\n")})), HasSubstr("one value"));
  EXPECT_THAT(error(read({"--config", file("links_max = 1.5\n")})), HasSubstr("needs a string"));
}
TEST_F(Options, ThatAreUnknownComeWithASuggestion) {
  EXPECT_THAT(error(read({"--config", file("listne = \"tcp://a:1\"\n")})),
              HasSubstr("no such key, did you mean listen?"));
  EXPECT_THAT(error(read({"--purge-widow", "1m"})), HasSubstr("did you mean --purge-window?"));
  EXPECT_THAT(error(read({"--purge_window=1m"})), HasSubstr("did you mean --purge-window?"));
  EXPECT_THAT(error(read({"--config", file("zebra = 1\n")})), EndsWith("no such key"));
}
TEST_F(Options, AreEachAFlagAKeyAndAVariable) {
  for (const Option& option : options()) {
    const bool is_name = std::string_view(option.value_name) == "NAME";
    const std::string value = option.repeats && is_name    ? "relay.example"
                              : option.repeats             ? "http://127.0.0.1:1"
                              : *option.value_name == '\0' ? "true"
                                                           : option.show(Config()).back();
    const std::string given = value.empty() ? "x" : value;
    const std::vector<std::string> flag =
        *option.value_name == '\0'
            ? std::vector<std::string>{fmt::format("--{}", option.name)}
            : std::vector<std::string>{fmt::format("--{}", option.name), given};
    const std::string text = option.is_text ? "\"" + given + "\"" : given;
    for (const auto& config : {read(flag), read({}, {{option.variable(), given}}),
                               read({"--config", file(option.key() + " = " + text + "\n")})}) {
      ASSERT_TRUE(config) << option.name << ": " << config.error().text;
      EXPECT_EQ(option.show(*config), std::vector{given}) << option.name;
      EXPECT_EQ(config->settings.at(option.key()).value, given) << option.name;
    }
    EXPECT_THAT(help_text(), HasSubstr(fmt::format("--{}", option.name)));
  }
}
TEST_F(Options, AreShownAsAFileThatMeansTheSame) {
  const std::string path = file("links_max = 10\nlisten = [\"tcp://127.0.0.1:1\"]\n");
  const auto config = read({"config", "show", "--origin", "--config", path, "--name", "a \"b\""},
                           {{"MNM_PURGE_WINDOW", "90s"}});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->task, Task::kShowConfig);
  const std::string shown = show(*config);
  EXPECT_THAT(shown, HasSubstr("links_max = 10  # " + path + ":1:1: links_max\n"));
  EXPECT_THAT(shown, HasSubstr("purge_window = '90s'  # MNM_PURGE_WINDOW\n"));
  EXPECT_THAT(shown, HasSubstr("  # --name\n"));
  EXPECT_THAT(shown, HasSubstr("pings_max = 1000  # default\n"));
  const auto again = read({"config", "show", "--origin", "--config", file(shown)});
  ASSERT_TRUE(again) << again.error().text;
  for (const Option& option : options()) {
    EXPECT_EQ(option.show(*again), option.show(*config)) << option.name;
  }
}
TEST_F(Options, NameHostsWithoutSchemeAndPort) {
  const auto config = read({"--http-host", "Relay.Example", "--http-host", "[::1]"});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->server.http.hosts, (std::vector<std::string>{"relay.example", "[::1]"}));
  for (const char* name : {"http://relay.example", "relay.example:80", "::1", "a/b", "a b"}) {
    EXPECT_THAT(error(read({"--http-host", name})), HasSubstr("--http-host")) << name;
  }
}
TEST_F(Options, AreCheckedByACommand) {
  EXPECT_EQ(read({"config", "check"})->task, Task::kCheckConfig);
  EXPECT_EQ(read({"--check-config"})->task, Task::kCheckConfig);
  EXPECT_THAT(error(read({"config", "check", "--links-max", "many"})), HasSubstr("--links-max"));
  EXPECT_THAT(error(read({"config"})), HasSubstr("subcommand"));
}
TEST_F(Options, ThatWouldStopTheRelayAreRefused) {
  for (const char* flag : {"--read-threads", "--upload-threads", "--net-threads", "--links-max",
                           "--strangers-percent", "--window-messages", "--user-events-burst"}) {
    EXPECT_THAT(error(read({flag, "0"})), HasSubstr("no number from 1")) << flag;
  }
  EXPECT_THAT(error(read({"--strangers-percent", "101"})), HasSubstr("from 1 to 100"));
  EXPECT_THAT(error(read({"--log-level", "loud"})), HasSubstr("debug, info, warning, error"));
}
TEST_F(Options, ForBudgetsReachTheLimits) {
  const auto config = read({"--registrations-burst", "0", "--session-events-per-hour", "7"});
  EXPECT_EQ(config->limits.registrations.burst, 0U);
  EXPECT_EQ(config->limits.session_events.per_hour, 7U);
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
  EXPECT_EQ(read({"--help"})->task, Task::kHelp);
  EXPECT_EQ(read({"--help"}, {{"MNM_LINKS_MAX", "many"}})->task, Task::kHelp) << "now of all times";
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
TEST(Units, AreWrittenAsTheyAreRead) {
  for (const char* text : {"250ms", "90s", "10m", "36h", "3d", "0"}) {
    EXPECT_EQ(format_duration(parse_duration(text).value()), text);
  }
  for (const char* text : {"1KiB", "65MiB", "1GiB", "0"}) {
    EXPECT_EQ(format_bytes(parse_bytes(text).value()), text);
  }
  EXPECT_EQ(parse_bytes(format_bytes(1025)).value(), 1025U);
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
