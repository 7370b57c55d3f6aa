// The lobby: strangers are served on a thread of their own until they say who they are; what they
// say then, and all that follows, goes with them to the thread where they live.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "net/server_rig.h"

namespace mnm::net::testing {
namespace {

using ::testing::HasSubstr;

// Holds up the lobby's thread as long as it lives.
class BusyLobby {
 public:
  explicit BusyLobby(Server& server) {
    std::promise<void> begun;
    auto holds = begun.get_future();
    server.run_in_lobby([begun = std::make_shared<std::promise<void>>(std::move(begun)),
                         until = end_.get_future().share()] {
      begun->set_value();
      until.wait();
    });
    holds.wait();
  }
  ~BusyLobby() { end_.set_value(); }
  BusyLobby(const BusyLobby&) = delete;
  BusyLobby& operator=(const BusyLobby&) = delete;

 private:
  std::promise<void> end_;
};

void expect_echo(WireClient& client, const std::string& id) {
  ASSERT_TRUE(client.send(post_of(id, 5) + "hello"));
  ASSERT_THAT(client.header(), HasSubstr(R"("id":")" + id + R"(","msgid")"));
  ASSERT_THAT(client.header(), HasSubstr(R"("op":"delivery")"));
  ASSERT_EQ(client.read_exactly(5), "hello");
}

void expect_login(WireClient& client) {
  ASSERT_THAT(client.header(), HasSubstr("tmtprev"));
  ASSERT_EQ(client.header(), R"({"info":"login ok","op":"info"})");
}

TEST(LobbyOfAServer, HoldsUpStrangersAlone) {
  ServerRig rig;
  WireClient friendly(rig.address());
  ASSERT_TRUE(friendly.send(kTmtpRev + kLogin));
  expect_login(friendly);
  WireClient local(rig.address(1));
  ASSERT_TRUE(local.send(kTmtpRev + kLogin));
  expect_login(local);
  std::unique_ptr<WireClient> stranger;
  {
    const BusyLobby busy(*rig.server);
    stranger = std::make_unique<WireClient>(rig.address());
    ASSERT_TRUE(stranger->send(kTmtpRev + kLogin));
    for (int i = 0; i < 100; ++i) {
      expect_echo(friendly, std::to_string(i));
      expect_echo(local, std::to_string(i));
    }
  }
  expect_login(*stranger);  // the lobby goes on
  expect_echo(*stranger, "a");
}

// The octets behind a login are with the session when it moves, and those behind them in the
// socket.
TEST(LobbyOfAServer, LosesAndReordersNothingThatFollowsALogin) {
  ServerRig rig;
  const std::string entry = kTmtpRev + kLogin;
  std::string posts;
  constexpr int kPosts = 8;
  for (int i = 0; i < kPosts; ++i) posts += post_of(std::to_string(i), 5) + "hello";
  const std::string all = entry + posts;
  for (std::size_t split = 1; split < all.size(); ++split) {
    WireClient client(rig.address(split % 2));
    ASSERT_TRUE(client.send(all.substr(0, split)));
    ASSERT_TRUE(client.send(all.substr(split)));
    expect_login(client);
    for (int i = 0; i < kPosts; ++i) {
      ASSERT_THAT(client.header(), HasSubstr(R"("id":")" + std::to_string(i) + R"(","msgid")"));
      ASSERT_THAT(client.header(), HasSubstr(R"("op":"delivery")"));
      ASSERT_EQ(client.read_exactly(5), "hello");
    }
  }
}

// Whoever ever offered a login offers one Lost, wherever it was when its link went.
TEST(LobbyOfAServer, OffersOneLostOfEachWhoEntered) {
  ServerRig rig;
  constexpr std::size_t kClients = 60;
  for (std::size_t i = 0; i < kClients; ++i) {
    WireClient client(rig.address(i % 2));
    ASSERT_TRUE(client.send(kTmtpRev + kLogin));
    if (i % 3 == 0) expect_login(client);  // the others are gone before, or while, they move
  }
  rig.engine.await_lost(kClients);
  EXPECT_EQ(rig.engine.lost().size(), kClients);
}

// A login behind answers that nobody reads can't leave the lobby, and has no more time than others.
TEST(LobbyOfAServer, EndsWhoTakesNoAnswersWithinTheTimeOfALogin) {
  ServerRig rig;
  WireClient client(rig.address(1));
  std::string requests;
  for (int i = 0; i < 12'000; ++i) requests += frame(R"({"op":0,"mmtp":"1"})");
  const std::string login = R"({"op":3,"uid":"C+%B+XV3HQHS8YPQS6LB7LF7K42LQ9CG","node":")" +
                            std::string(40, '%') + R"("})";
  ASSERT_TRUE(client.send(requests + frame(login)));
  pollfd end{client.fd(), 0, 0};
  EXPECT_EQ(::poll(&end, 1, kPatience_ms), 1) << "else only a minute later";
  rig.engine.await_lost(1);
}

TEST(LobbyOfAServer, EndsWithStrangersInItAndOnTheirWay) {
  for (int round = 0; round < 20; ++round) {
    ServerOptions options;
    options.net_threads = 2;
    ServerRig rig(options);
    std::vector<std::unique_ptr<WireClient>> clients;
    for (std::size_t i = 0; i < 20; ++i) {
      clients.push_back(std::make_unique<WireClient>(rig.address(i % 2)));
      const bool enters = i % 4 != 0;
      ASSERT_TRUE(clients.back()->send(enters ? kTmtpRev + kLogin : kTmtpRev));
    }
    rig.server->drain();
    rig.engine.end();
    rig.server->stop();
    EXPECT_EQ(rig.server->links(), 0U) << "round " << round;
  }
}

}  // namespace
}  // namespace mnm::net::testing
