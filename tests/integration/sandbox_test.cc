// A relay that is confined does all that another does.
#include <gtest/gtest.h>

#include <fstream>

#include "support/made_body.h"
#include "support/relay_box.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

// A line of proc(5)'s status.
std::string status_of(int pid, const std::string& key) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  std::string word;
  while (file >> word) {
    std::string value;
    if (word == key + ":" && file >> value) return value;
  }
  return {};
}

void relays_bodies_and_restarts(RelayBox& relay) {
  const std::string large = MadeBody(1, 300'000).text();
  WireClient ann(relay.tcp(), Dialect::kMmtp);
  WireClient bob(relay.local(), Dialect::kTmtp);
  (void)ann.enter("a");
  const Identity who = bob.enter("b");
  ann.post("1", {user(who.uid)}, large);
  EXPECT_EQ(bob.take_delivery().data, large);
  ann.post("2", {user(who.uid)}, "before the end");
  EXPECT_EQ(relay.stop(), 0);
  relay.start();
  WireClient again(relay.local(), Dialect::kTmtp);
  again.login(who);
  EXPECT_EQ(again.take_delivery().data, "before the end");
  EXPECT_NE(relay.admin("scrub").find("\"ok\":true"), std::string::npos);
}

TEST(SandboxOfCalls, IsOnUnlessItIsTurnedOff) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need calls of their own";
#endif
  RelayBox relay;
  EXPECT_EQ(status_of(relay.process().pid(), "Seccomp"), "2");
  EXPECT_EQ(status_of(relay.process().pid(), "NoNewPrivs"), "1");
  relay.set_options({"--sandbox", "off"});
  EXPECT_EQ(relay.stop(), 0);
  relay.start();
  EXPECT_EQ(status_of(relay.process().pid(), "Seccomp"), "0");
}

TEST(SandboxOfPaths, HindersNothingThatARelayDoes) {
  RelayBox relay({"--sandbox", "paths"});
  relays_bodies_and_restarts(relay);
}

}  // namespace
}  // namespace mnm::testing
