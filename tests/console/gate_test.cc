// Who may ask the console.
#include "console/gate.h"

#include <gtest/gtest.h>

#include <string>

#include "console/asked.h"

namespace mnm::console {
namespace {

const std::string kToken(50, 'a');
const Gate::Clock::time_point kStart{};

Gate gate(std::vector<std::string> hosts = {}) {
  return {kToken, std::move(hosts), kStart + std::chrono::hours(1)};
}
int site(const Gate& gate, const std::string& host, const std::string& fields = {}) {
  const auto refused = gate.refuse_site(*asked("/console", fields, host));
  return refused ? refused->status : 0;
}
int asker(const std::string& fields, Gate::Clock::time_point now = kStart) {
  const auto refused = gate().refuse_asker(*asked("/console/api/info", fields), now);
  return refused ? refused->status : 0;
}

TEST(Gate, KnowsThisMachineByItsNames) {
  for (const char* host : {"127.0.0.1:7080", "localhost", "LOCALHOST:9", "[::1]:7080"}) {
    EXPECT_EQ(site(gate(), host), 0) << host;
  }
}

TEST(Gate, RefusesANameThatSomebodyElseGaveUs) {
  for (const char* host : {"evil.example", "evil.example:7080", "localhost.evil.example",
                           "127.0.0.1.evil.example", "127.0.0.2", "[::2]", "localhost@evil", ""}) {
    EXPECT_EQ(site(gate(), host), 403) << host;
  }
}

TEST(Gate, TakesNamesThatItWasGiven) {
  EXPECT_EQ(site(gate({"Desk.example"}), "desk.example:7080"), 0);
  EXPECT_EQ(site(gate({"desk.example"}), "www.desk.example"), 403);
}

TEST(Gate, KnowsTheAddressThatIsListenedAt) {
  const auto names = [](const char* host) { return names_of(host, {"desk"}); };
  EXPECT_EQ(names("192.0.2.7"), (std::vector<std::string>{"desk", "192.0.2.7"}));
  EXPECT_EQ(names("Desk.example"), (std::vector<std::string>{"desk", "Desk.example"}));
  EXPECT_EQ(names("2001:DB8:0:0::7"), (std::vector<std::string>{"desk", "[2001:db8::7]"}));
  EXPECT_EQ(site(gate(names("2001:DB8:0:0::7")), "[2001:db8::7]:7080"), 0);
  for (const char* all : {"0.0.0.0", "::", "0:0::0", ""}) {
    EXPECT_EQ(names(all), std::vector<std::string>{"desk"}) << all;
  }
}

TEST(Gate, RefusesPagesOfOtherSites) {
  EXPECT_EQ(site(gate(), "localhost:7080", "Origin: http://localhost:7080\r\n"), 0);
  for (const char* origin :
       {"https://evil.example", "null", "http://localhost:7081", "http://127.0.0.1:7080"}) {
    EXPECT_EQ(site(gate(), "localhost:7080", std::string("Origin: ") + origin + "\r\n"), 403)
        << origin;
  }
}

TEST(Gate, WantsTheToken) {
  EXPECT_EQ(asker("Authorization: Bearer " + kToken + "\r\n"), 0);
  EXPECT_EQ(asker(""), 401);
  EXPECT_EQ(asker("Authorization: " + kToken + "\r\n"), 401);
  EXPECT_EQ(asker("Authorization: Bearer\r\n"), 401);
  EXPECT_EQ(asker("Authorization: Bearer " + kToken.substr(1) + "\r\n"), 401);
  EXPECT_EQ(asker("Authorization: Bearer " + kToken + "a\r\n"), 401);
  EXPECT_EQ(asker("Cookie: token=" + kToken + "\r\n"), 401);
}

TEST(Gate, ForgetsTheTokenWhenItsTimeIsOver) {
  const std::string shown = "Authorization: Bearer " + kToken + "\r\n";
  const auto end = kStart + std::chrono::hours(1);
  EXPECT_EQ(asker(shown, end - std::chrono::milliseconds(1)), 0);
  EXPECT_EQ(asker(shown, end), 401);
  EXPECT_EQ(asker(shown, end + std::chrono::hours(1)), 401);
}

}  // namespace
}  // namespace mnm::console
