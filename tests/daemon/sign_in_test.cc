// Providers, their keys, and when those are fetched.
#include "daemon/sign_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"
#include "support/token_maker.h"

namespace mnm::daemon {
namespace {

using mnm::testing::SigningKey;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kHead = R"(
[[provider]]
label = "Example"
issuer = "https://id.example/"
audience = "mnm"
login = ["https://id.example/authorize", "response_type=code", "scope=openid"]
token = ["https://id.example/token", "grant_type=authorization_code"]
params = ["client_id=mnm"]
)";
constexpr const char* kUrl = "https://id.example/keys";

// A sign-in whose URLs answer what the test says, at the times it says.
struct World {
  World() { prepare_jose(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory / name) << text;
  }
  Result<> open(const std::string& providers) {
    write("providers.toml", providers);
    auto opened = SignIn::open(
        directory / "providers.toml",
        [this](const std::string& url, const std::string& ca_file,
               const std::atomic<bool>&) -> Result<std::string> {
          asked.push_back(url + (ca_file.empty() ? "" : " by " + ca_file));
          if (answer.empty()) return fail(ErrorCode::kUnavailable, "nobody is there");
          return answer;
        },
        [] { return std::int64_t{1'800'000'000}; });
    if (!opened) return fail(opened.error());
    sign_in = std::move(*opened);
    return {};
  }
  [[nodiscard]] std::string judge(const SigningKey& key) const {
    const auto person = sign_in->judge(
        key.token(key.header(),
                  R"({"iss":"https://id.example/","aud":"mnm","sub":"maria","exp":1800000600})"));
    return person ? person->issuer + " " + person->subject : std::string(person.error());
  }
  std::size_t fetched_after(std::chrono::seconds time) {
    now += time;
    (void)sign_in->refresh(now);
    return std::exchange(asked, {}).size();
  }

  TempDir directory;
  std::string answer;
  std::vector<std::string> asked;
  SignIn::Clock::time_point now = SignIn::Clock::time_point{} + 1h;
  std::unique_ptr<SignIn> sign_in;
};

const SigningKey& first() {
  static const SigningKey key = SigningKey::ec("k1");
  return key;
}
const SigningKey& second() {
  static const SigningKey key = SigningKey::ec("k2");
  return key;
}
const std::string kKnown = "https://id.example/ maria";
const std::string kUnknownKey = "the token's key is unknown";

TEST(SignIn, JudgesByTheKeysInAFileAndTellsClientsWhereToGo) {
  World world;
  world.write("keys.json", first().set());
  const auto opened = world.open(std::string(kHead) + "keys_file = \"keys.json\"\n");
  ASSERT_TRUE(opened) << opened.error().text;
  EXPECT_EQ(world.judge(first()), kKnown);
  EXPECT_EQ(world.judge(second()), kUnknownKey);
  EXPECT_EQ(*world.sign_in->services(),
            R"([{"label":"Example","login":["https://id.example/authorize",)"
            R"("response_type=code\u0026scope=openid\u0026client_id=mnm"],)"
            R"("token":["https://id.example/token",)"
            R"("grant_type=authorization_code\u0026client_id=mnm"]}])");
  EXPECT_EQ(world.fetched_after(0s), 0U);
}

TEST(SignIn, KnowsNobodyUntilTheUrlHasAnsweredAndTriesEachMinute) {
  World world;
  ASSERT_TRUE(world.open(std::string(kHead) + "keys_url = \"" + kUrl + "\"\n"));
  EXPECT_EQ(world.judge(first()), "the issuer's keys are not known yet");
  EXPECT_EQ(world.fetched_after(0s), 1U);
  EXPECT_EQ(world.fetched_after(59s), 0U);
  EXPECT_EQ(world.fetched_after(1s), 1U);
  world.answer = "no keys";
  EXPECT_EQ(world.fetched_after(60s), 1U);
  EXPECT_EQ(world.judge(first()), "the issuer's keys are not known yet");
  world.answer = first().set();
  EXPECT_EQ(world.fetched_after(60s), 1U);
  EXPECT_EQ(world.judge(first()), kKnown);
}

TEST(SignIn, FetchesEachHourAndKeepsWhatItHasWhenNobodyAnswers) {
  World world;
  ASSERT_TRUE(world.open(std::string(kHead) + "keys_url = \"" + kUrl + "\"\n"));
  world.answer = first().set();
  EXPECT_EQ(world.fetched_after(0s), 1U);
  EXPECT_EQ(world.fetched_after(59min + 59s), 0U);
  world.answer = "";
  EXPECT_EQ(world.fetched_after(1s), 1U);
  EXPECT_EQ(world.judge(first()), kKnown);
  world.answer = second().set();
  EXPECT_EQ(world.fetched_after(60s), 1U);
  EXPECT_EQ(world.judge(first()), kUnknownKey) << "a key that was taken back";
  EXPECT_EQ(world.judge(second()), kKnown);
}

TEST(SignIn, AsksForAKeyThatItDoesNotKnowAtMostOnceAMinute) {
  World world;
  ASSERT_TRUE(world.open(std::string(kHead) + "keys_url = \"" + kUrl + "\"\n"));
  world.answer = first().set();
  EXPECT_EQ(world.fetched_after(0s), 1U);
  EXPECT_EQ(world.judge(second()), kUnknownKey);
  EXPECT_EQ(world.fetched_after(59s), 0U) << "the last fetch was less than a minute ago";
  world.answer = second().set();
  EXPECT_EQ(world.fetched_after(1s), 1U);
  EXPECT_EQ(world.judge(second()), kKnown);
  EXPECT_EQ(world.fetched_after(60s), 0U) << "nobody has asked since";
}

TEST(SignIn, TakesTheFilesKeysUntilTheUrlHasAnswered) {
  World world;
  world.write("keys.json", first().set());
  ASSERT_TRUE(world.open(std::string(kHead) + "keys_file = \"keys.json\"\nkeys_url = \"" + kUrl +
                         "\"\nkeys_ca = \"/ca.pem\"\n"));
  EXPECT_EQ(world.judge(first()), kKnown);
  world.answer = second().set();
  (void)world.sign_in->refresh(world.now);
  EXPECT_THAT(world.asked, ElementsAre(std::string(kUrl) + " by /ca.pem"));
  EXPECT_EQ(world.judge(second()), kKnown);
  ASSERT_TRUE(world.sign_in->reload());
  EXPECT_EQ(world.judge(second()), kKnown) << "what was fetched outlives a reload";
}

TEST(SignIn, ReloadsAllOrNothing) {
  World world;
  world.write("keys.json", first().set());
  const std::string good = std::string(kHead) + "keys_file = \"keys.json\"\n";
  ASSERT_TRUE(world.open(good));
  for (const std::string& bad : {std::string(), good + "issuer = 5\n", good + good}) {
    world.write("providers.toml", bad);
    EXPECT_FALSE(world.sign_in->reload()) << bad;
    EXPECT_EQ(world.judge(first()), kKnown);
  }
  world.write("providers.toml", good);
  world.write("keys.json", "{}");
  EXPECT_FALSE(world.sign_in->reload());
  EXPECT_EQ(world.judge(first()), kKnown);
  world.write("keys.json", second().set());
  EXPECT_TRUE(world.sign_in->reload());
  EXPECT_EQ(world.judge(first()), kUnknownKey);
  EXPECT_EQ(world.judge(second()), kKnown);
}

TEST(SignIn, SaysWhatIsWrongWithTheFileAndWhere) {
  struct Case {
    std::string text;
    const char* said;
  };
  const std::string head = kHead;
  const std::string named = "keys_url = \"https://id.example/keys\"\n";
  std::string many;
  for (int i = 0; i < 27; ++i) {
    many += fmt::format("[[provider]]\nlabel = \"p\"\nissuer = \"i{}\"\naudience = \"a\"\n{}", i,
                        named);
  }
  const std::string long_label = "[[provider]]\nissuer = \"i\"\naudience = \"a\"\nlabel = \"" +
                                 std::string(33'000, 'x') + "\"\n";
  const std::vector<Case> cases = {
      {"", "1 to 26 [[provider]]"},
      {"[provider]\nlabel = \"x\"\n", "only [[provider]] tables"},
      {"label = \"x\"\n", "providers.toml:1: label: only [[provider]] tables"},
      {"[[provider]]\nlabel = \n", "providers.toml:2"},
      {head, "needs a keys_file, a keys_url, or both"},
      {head + "keys_url = \"http://id.example/keys\"\n", "must be an https:// address"},
      {head + named + "key_ca = \"x\"\n", "providers.toml:10:1: key_ca: no such key"},
      {head + "keys_url = [\"x\"]\n", "keys_url needs a string"},
      {"[[provider]]\nlabel = \"x\"\nissuer = \"i\"\n" + named, "a provider needs a audience"},
      {"[[provider]]\nlogin = \"x\"\n", "login needs a list of strings"},
      {"[[provider]]\nlogin = [\"x\", 5]\n", "login needs a list of strings"},
      {head + named + head + named, "two providers with issuer https://id.example/"},
      {many, "1 to 26 [[provider]]"},
      {head + "keys_file = \"missing.json\"\n", "missing.json"},
      {long_label + named, "32768 fit"},
  };
  for (const Case& c : cases) {
    World world;
    const auto opened = world.open(c.text);
    ASSERT_FALSE(opened) << c.said;
    EXPECT_THAT(opened.error().text, HasSubstr(c.said));
  }
}

}  // namespace
}  // namespace mnm::daemon
