// The client library, through its C++ header and where that can't go, its C ABI.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "lib/house.h"

namespace mnm {
namespace {

using testing::HasSubstr;

constexpr std::chrono::milliseconds kAtOnce{0};

class ClientLibrary : public House {
 protected:
  ClientLibrary()
      : alice_(enter(alice_is_, "alice-at-home")), bob_(enter(bob_is_, "bob-the-builder")) {}

  Identity alice_is_;
  Identity bob_is_;
  Client alice_;
  Client bob_;
};

TEST_F(ClientLibrary, PostsToAGroupThatWasJoined) {
  alice_.invite("the-choir", "alice-at-home", "bob-the-builder", "sing with us");
  const Message invite = take(bob_);
  EXPECT_EQ(invite.op, "invite");
  EXPECT_EQ(invite.gid, "the-choir");
  EXPECT_EQ(invite.body, "sing with us");
  EXPECT_EQ(code_of([this] { alice_.join("no-such-group"); }), MNM_NEGATIVE);
  bob_.join("the-choir");
  EXPECT_EQ(take(bob_).act, "join");
  const std::string id = bob_.post({{"the-choir", MNM_GROUP_WITHOUT_SELF}}, "la la");
  Message heard = take(alice_);
  while (heard.op == "member") heard = take(alice_);
  EXPECT_EQ(heard.id, id);
  bob_.drop_from("the-choir", "bob-the-builder");
  EXPECT_EQ(take(alice_).act, "drop");
}

TEST_F(ClientLibrary, ReachesAStrangerByAliasWhoCanAnswer) {
  bob_.add_alias("for-the-plumber", true);
  alice_.ping("alice-at-home", "for-the-plumber", "hello?");
  const Message ping = take(bob_);
  EXPECT_EQ(ping.op, "ping");
  EXPECT_EQ(ping.from, "alice-at-home");
  EXPECT_EQ(ping.to, "for-the-plumber");
  EXPECT_EQ(ping.body, "hello?");
  bob_.post({to_user(ping.uid)}, "yes");
  EXPECT_EQ(take(alice_).body, "yes");
  std::string words;
  EXPECT_EQ(code_of([this] { alice_.ping("alice-at-home", "for-the-plumber", "again"); }, &words),
            MNM_NEGATIVE);
  EXPECT_THAT(words, HasSubstr("not found"));
}

TEST_F(ClientLibrary, KeepsWhatComesWhileARequestWaits) {
  const std::string large(300'000, 'x');  // and while a body is on its way
  for (const char* text : {"one", "two", "three"}) alice_.post({to_user(bob_is_.uid)}, text);
  bob_.post({to_user(alice_is_.uid)}, large);
  EXPECT_EQ(take(bob_).body, "one");
  EXPECT_EQ(take(bob_).body, "two");
  EXPECT_EQ(take(bob_).body, "three");
  EXPECT_EQ(take(alice_).body, large);
}

TEST_F(ClientLibrary, GivesUpWaitingButNotTheLink) {
  EXPECT_FALSE(bob_.receive(kAtOnce));
  alice_.post({to_user(bob_is_.uid)}, "hello");
  EXPECT_EQ(take(bob_).body, "hello");
}

TEST_F(ClientLibrary, GetsAgainWhatItHasNotAcked) {
  alice_.post({to_user(bob_is_.uid)}, "hello");
  const auto first = bob_.receive();
  Client again = login(bob_is_);
  const Message second = take(again);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->id, second.id);
  EXPECT_EQ(code_of([this] { (void)bob_.receive(); }), MNM_DENIED);  // replaced
}

TEST_F(ClientLibrary, PassesOverABodyThatIsTooLong) {
  alice_.post({to_user(bob_is_.uid)}, "a long one");
  alice_.post({to_user(bob_is_.uid)}, "short");
  mnm_client* raw = mnm_client_new();
  ASSERT_EQ(mnm_client_set_body_max(raw, 5), MNM_OK);
  ASSERT_EQ(mnm_client_adopt(raw, relay_->connect()), MNM_OK);
  ASSERT_EQ(mnm_client_login(raw, bob_is_.uid.c_str(), bob_is_.password.c_str(), 10'000), MNM_OK);
  mnm_message message;
  ASSERT_EQ(mnm_client_receive(raw, &message, 10'000), MNM_OK);
  EXPECT_EQ(message.body_whole, 0);
  EXPECT_EQ(message.body_size, 0u);
  ASSERT_EQ(mnm_client_receive(raw, &message, 10'000), MNM_OK);
  EXPECT_EQ(message.body_whole, 1);
  EXPECT_EQ(std::string(static_cast<const char*>(message.body), message.body_size), "short");
  mnm_client_free(raw);
}

// Octets of a body that is in no memory: the n-th is n, modulo 251.
class Octets {
 public:
  std::size_t operator()(char* into, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) into[i] = static_cast<char>(at_++ % 251);
    return size;
  }

 private:
  std::uint64_t at_ = 0;
};

// Looks at what comes.
struct Watcher {
  std::vector<std::string> ids;
  std::uint64_t size = 0;
  std::uint64_t octets = 0;
  std::uint64_t wrong = 0;
  int whole = 0;
  int cut = 0;
  std::uint64_t stop_at = ~std::uint64_t{0};

  Client::Sink sink() {
    return {[this](const std::string& id, std::uint64_t all) {
              ids.push_back(id);
              size = all;
              octets = 0;
              return true;
            },
            [this](std::string_view piece) {
              for (const char c : piece) wrong += c == static_cast<char>(octets++ % 251) ? 0U : 1U;
              return octets < stop_at;
            },
            [this](bool all) { ++(all ? whole : cut); }};
  }
};

constexpr std::uint64_t kLarge = 20'000'000;  // more than is kept

TEST_F(ClientLibrary, StreamsBodiesBothWays) {
  Watcher watcher;
  bob_.set_sink(watcher.sink());
  const std::string id = alice_.post({to_user(bob_is_.uid)}, kLarge, Octets());
  const Message message = take(bob_);
  EXPECT_EQ(message.id, id);
  EXPECT_FALSE(message.body_whole);
  EXPECT_TRUE(message.body_streamed);
  EXPECT_EQ(message.body, "");
  EXPECT_EQ(watcher.ids, std::vector<std::string>{id});
  EXPECT_EQ(watcher.size, kLarge);
  EXPECT_EQ(watcher.octets, kLarge);
  EXPECT_EQ(watcher.wrong, 0U);
  EXPECT_EQ(watcher.whole, 1);
  alice_.post({to_user(bob_is_.uid)}, "next");
  EXPECT_EQ(take(bob_).body, "next");
}

TEST_F(ClientLibrary, StreamsAlsoWhatComesWhileARequestWaits) {
  Watcher watcher;
  bob_.set_sink(watcher.sink());
  const std::string id = alice_.post({to_user(bob_is_.uid)}, kLarge, Octets());
  while (watcher.whole == 0) bob_.post({}, "x");
  EXPECT_EQ(watcher.octets, kLarge);
  EXPECT_EQ(take(bob_).id, id);
}

TEST_F(ClientLibrary, LeavesOnTheRelayWhatTheSinkGivesUp) {
  Watcher watcher;
  watcher.stop_at = 100'000;
  bob_.set_sink(watcher.sink());
  const std::string id = alice_.post({to_user(bob_is_.uid)}, kLarge, Octets());
  const auto given_up = bob_.receive();
  ASSERT_TRUE(given_up);
  EXPECT_FALSE(given_up->body_streamed);
  EXPECT_EQ(watcher.cut, 1);
  alice_.add_alias("alice-in-town");  // whose link is whole
  bob_.add_alias("bob-in-town");
  Watcher whole;
  Client again = login(bob_is_);
  again.set_sink(whole.sink());
  EXPECT_EQ(take(again).id, id);
  EXPECT_EQ(whole.octets, kLarge);
}

TEST_F(ClientLibrary, StoresNothingOfABodyThatEndsEarly) {
  std::size_t left = 1'000'000;
  const auto read = [&left](char* into, std::size_t size) {
    size = std::min(size, left);
    std::fill_n(into, size, 'x');
    left -= size;
    return size;
  };
  std::string words;
  EXPECT_EQ(code_of([&] { alice_.post({to_user(bob_is_.uid)}, kLarge, read); }, &words),
            MNM_UNAVAILABLE);
  EXPECT_THAT(words, HasSubstr("nothing was stored"));
  EXPECT_EQ(alice_.fd(), -1);
  login(alice_is_).post({to_user(bob_is_.uid)}, "whole");
  EXPECT_EQ(take(bob_).body, "whole");
}

TEST_F(ClientLibrary, RepeatsAPostWhoseAnswerWasLost) {
  const std::string id = alice_.post({to_user(bob_is_.uid)}, "once", "order-4711");
  Client again = login(alice_is_);
  EXPECT_EQ(again.post({to_user(bob_is_.uid)}, "once", "order-4711", true), id);
  again.post({to_user(bob_is_.uid)}, "next");
  EXPECT_EQ(take(bob_).body, "once");
  EXPECT_EQ(take(bob_).body, "next");
}

TEST_F(ClientLibrary, RefusesARequestThatDoesNotFitAHeader) {
  const std::vector<Target> crowd(5'000, to_user(bob_is_.uid));
  EXPECT_EQ(code_of([&] { alice_.post(crowd, "hello"); }), MNM_USAGE);
  const std::vector<Target> odd{{std::string(70'000, '\x01'), MNM_USER}};
  EXPECT_EQ(code_of([&] { alice_.post(odd, "hello"); }), MNM_USAGE);
  EXPECT_EQ(code_of([&] { alice_.ack(std::string(70'000, 'x')); }), MNM_USAGE);
  alice_.post({to_user(bob_is_.uid)}, "still here");
  EXPECT_EQ(take(bob_).body, "still here");
}

TEST_F(ClientLibrary, EndsANodeThatWasStolen) {
  const Identity phone = bob_.add_node("phone");
  EXPECT_EQ(phone.number, 2u);
  EXPECT_EQ(phone.uid, bob_is_.uid);
  Client thief = login(phone);
  bob_.drop_node(2);
  EXPECT_EQ(code_of([&] { login(phone); }), MNM_DENIED);
  EXPECT_EQ(code_of([&] { bob_.keep_node(2); }), MNM_NEGATIVE);
}

TEST_F(ClientLibrary, TellsWhoComesAndGoes) {
  {
    Client again = login(alice_is_);
    again.tell_presence(MNM_OHI_INIT, {bob_is_.uid});
    const Message came = take(bob_);
    EXPECT_EQ(came.op, "ohi");
    EXPECT_EQ(came.from, alice_is_.uid);
    EXPECT_EQ(came.status, 1);
    EXPECT_EQ(came.id, "");
  }
  EXPECT_EQ(take(bob_).status, 2);
}

TEST_F(ClientLibrary, IsRegisteredAlsoWhenTheAliasIsTaken) {
  Client client = link();
  std::string why;
  const Identity who = client.enter("desk", "alice-at-home", &why);
  EXPECT_THAT(why, HasSubstr("already taken"));
  client.post({to_user(bob_is_.uid)}, "hello");
  EXPECT_EQ(take(bob_).from, who.uid);
}

TEST_F(ClientLibrary, TellsALostLinkFromARefusal) {
  EXPECT_EQ(code_of([this] { alice_.post({to_user("nobody")}, "hello"); }), MNM_NEGATIVE);
  relay_->stop();
  std::string words;
  EXPECT_EQ(code_of([this] { alice_.post({to_user(bob_is_.uid)}, "hello"); }, &words),
            MNM_UNAVAILABLE);
  EXPECT_THAT(words, HasSubstr("unknown"));
  EXPECT_EQ(code_of([this] { alice_.post({to_user(bob_is_.uid)}, "hello"); }, &words),
            MNM_UNAVAILABLE);
  EXPECT_THAT(words, HasSubstr("connect first"));
  EXPECT_EQ(alice_.fd(), -1);
}

TEST_F(ClientLibrary, TakesALostLinkForNoPassingRefusal) {
  relay_.reset();
  Relay::Options few = options();
  few.settings["posts-burst"] = {"1"};
  few.settings["posts-per-hour"] = {"1"};
  relay_.emplace(few);
  Client client = login(alice_is_);
  const auto post = [&] { client.post({to_user(bob_is_.uid)}, "hello"); };
  post();
  EXPECT_EQ(code_of(post), MNM_UNAVAILABLE);
  EXPECT_GT(mnm_client_retry_after(client.raw()), 0U);
  EXPECT_NE(client.fd(), -1);
  relay_->stop();
  EXPECT_EQ(code_of([&] { (void)client.receive(); }), MNM_UNAVAILABLE);
  EXPECT_EQ(mnm_client_retry_after(client.raw()), 0U);
  EXPECT_EQ(client.fd(), -1);
}

TEST_F(ClientLibrary, MakesUpNoIdThatACallerMightUse) {
  for (int i = 1; i <= 3; ++i) {
    alice_.post({to_user(bob_is_.uid)}, "the same", std::to_string(i));
    alice_.post({to_user(bob_is_.uid)}, "the same");
  }
  for (int i = 1; i <= 6; ++i) EXPECT_EQ(take(bob_).body, "the same");
}

TEST(ClientAbi, SurvivesWhatACallerGetsWrong) {
  EXPECT_EQ(mnm_client_pulse(nullptr), MNM_USAGE);
  EXPECT_EQ(mnm_client_fd(nullptr), -1);
  mnm_client_free(nullptr);
  mnm_client* client = mnm_client_new();
  EXPECT_STREQ(mnm_client_error(client), "");
  EXPECT_EQ(mnm_client_pulse(client), MNM_UNAVAILABLE);
  EXPECT_EQ(mnm_client_post(client, nullptr, nullptr, 0), MNM_USAGE);
  EXPECT_EQ(mnm_client_receive(client, nullptr, 0), MNM_USAGE);
  EXPECT_EQ(mnm_client_ack(client, nullptr), MNM_USAGE);
  EXPECT_EQ(mnm_client_presence(client, 3, nullptr, 0, 0), MNM_USAGE);
  EXPECT_EQ(mnm_client_connect(client, nullptr, 0), MNM_USAGE);
  EXPECT_EQ(mnm_client_connect(client, "gopher://x", 0), MNM_USAGE);
  EXPECT_STRNE(mnm_client_error(client), "");
  EXPECT_EQ(mnm_client_adopt(client, -1), MNM_USAGE);
  EXPECT_EQ(mnm_client_connect(client, "unix:///nowhere/at/all", 1'000), MNM_UNAVAILABLE);
  EXPECT_EQ(mnm_client_register(client, "desk", nullptr, nullptr, nullptr, 0), MNM_USAGE);
  EXPECT_EQ(mnm_client_quit(client), MNM_OK);
  mnm_client_free(client);
}

}  // namespace
}  // namespace mnm
