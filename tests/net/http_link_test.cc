// HTTP links whose requests come together, whose answers leave slowly, and whose sessions end
// meanwhile: step by step, without a clock.
#include "net/http_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "net/door_rig.h"

namespace mnm::net::testing {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::size_t kLarge = 4 << 20;  // far more than a socket takes at once
constexpr std::string_view kEnd = "\r\n0\r\n\r\n";
const std::string kQuit = frame(R"({"op":12})");
const std::string kWebSocket =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

// A page of kLarge octets, and how often it was asked for.
HttpOptions with_large_page(int& asked) {
  HttpOptions options;
  options.pages.exact["/large"] = [&asked](std::string_view, const HttpRespond& respond) {
    ++asked;
    respond({.status = 200, .type = "text/plain", .body = std::string(kLarge, 'x'), .fields = {}});
  };
  return options;
}

TEST(HttpLink, GivesAWebSocketToARequestThatCameWithOthers) {
  DoorRig rig;
  const Fd end = rig.connect();
  rig.send(end, http_request("GET", "/nowhere") + http_request("GET", "/mmtp", kWebSocket));
  EXPECT_THAT(rig.receive(end), AllOf(StartsWith("HTTP/1.1 404"), HasSubstr("HTTP/1.1 101")));
}
TEST(HttpLink, LooksAtARequestOnceTheAnswerBeforeItHasLeft) {
  int asked = 0;
  DoorRig rig(with_large_page(asked));
  const Fd end = rig.connect();
  constexpr int kRequests = 20;
  std::string requests;
  for (int i = 0; i < kRequests; ++i) requests += http_request("GET", "/large");
  rig.send(end, requests);
  EXPECT_EQ(asked, 1) << "nobody has taken the first answer";
  EXPECT_GT(rig.receive(end).size(), kRequests * kLarge);
  EXPECT_EQ(asked, kRequests);
}
TEST(HttpLink, SendsItsLastAnswerWholeHoweverLongThatTakes) {
  int asked = 0;
  DoorRig rig(with_large_page(asked));
  const Fd end = rig.connect();
  const SessionId link = rig.last();
  rig.send(end, http_request("GET", "/large", "Connection: close\r\n"));
  rig.expire(link, DoorRig::now() + kCloseWithin + std::chrono::seconds(1));
  EXPECT_GT(rig.receive(end).size(), kLarge);
  EXPECT_TRUE(rig.lives(link)) << "it waits for the peer to close, too";
  rig.expire(link, DoorRig::now() + kLingerWithin);
  EXPECT_FALSE(rig.lives(link));
}
TEST(HttpLink, LeavesWhatAnotherLinkHasReadAlone) {
  DoorRig rig;
  const auto session = rig.login();
  const Fd receiver = rig.connect();
  rig.send(receiver, http_request("GET", "/mmtp", session.token + "Connection: close\r\n"));
  rig.send(receiver, std::string(1 << 20, 'x'));  // more than is read beside an answer
  const Fd end = rig.connect();
  rig.send(end, http_request("DELETE", "/mmtp", session.token) + http_request("GET", "/nowhere"));
  EXPECT_THAT(rig.receive(end), AllOf(StartsWith("HTTP/1.1 204"), HasSubstr("HTTP/1.1 404")));
}
TEST(HttpLink, GivesItsPeerTimeAgainAfterItDidNotReadABody) {
  DoorRig rig;
  const Fd end = rig.connect();
  const SessionId link = rig.last();
  const std::string whole = http_request("POST", "/mmtp", {}, kTmtpRev + kLogin + kQuit);
  rig.send(end, std::string_view(whole).substr(0, whole.size() - kQuit.size()));
  const TimePoint held = DoorRig::now();
  EXPECT_FALSE(rig.is_due(link, held + kHttpBodyStall)) << "the Login waits for the engine's word";
  rig.serve();
  EXPECT_FALSE(rig.is_due(link, held + kHttpBodyStall));
  EXPECT_TRUE(rig.is_due(link, DoorRig::now() + kHttpBodyStall));
}

TEST(HttpSession, IsOverForARequestThatCameTogetherWithItsQuit) {
  DoorRig rig;
  const auto session = rig.login();
  const Fd end = rig.connect();
  const SessionId link = rig.last();
  rig.send(end, http_request("POST", "/mmtp", session.token, kQuit) +
                    http_request("POST", "/mmtp", session.token, post_of("a", 1) + "x"));
  rig.serve();
  EXPECT_THAT(rig.receive(end), AllOf(HasSubstr("logout ok"), HasSubstr("HTTP/1.1 401")));
  rig.expire(link, DoorRig::now() + kHttpIdle);
  EXPECT_FALSE(rig.lives(link));
}
TEST(HttpSession, SaysNoStaleAnswerAsItsLastWord) {
  DoorRig rig;
  const auto session = rig.login();
  const Fd receiver = rig.connect();
  rig.send(receiver, http_request("GET", "/mmtp", session.token));
  {
    const Fd cut = rig.connect();
    rig.send(cut, http_request("POST", "/mmtp", session.token, post_of("a", 1) + "x"));
  }
  rig.turn();
  rig.tell(session.id, ops::Acknowledged{.op = event::POST, .id = "a"});  // nobody is there for it
  rig.send(rig.connect(), http_request("DELETE", "/mmtp", session.token));
  EXPECT_THAT(rig.receive(receiver), AllOf(Not(HasSubstr("ack")), EndsWith("\r\n0\r\n\r\n")));
}
TEST(HttpSession, EndsAtOnceAlsoWhenWhatItKeptIsWrong) {
  DoorRig rig;
  const Fd first = rig.connect();
  rig.send(first, http_request("POST", "/mmtp", {}, kTmtpRev));
  rig.serve();
  const SessionId id = rig.last();
  const std::string answer = rig.receive(first);
  const std::size_t at = answer.find("Mnm-Session: ");
  ASSERT_NE(at, std::string::npos);
  const std::string token = answer.substr(at, answer.find("\r\n", at) + 2 - at);
  {
    const Fd cut = rig.connect();  // what follows the Login waits for the engine's word
    rig.send(cut, http_request("POST", "/mmtp", token, kLogin + "zzzz"));
  }
  rig.turn();
  std::vector<ops::Effect> effects;
  effects.emplace_back(ops::LoggedIn{});
  for (std::size_t size = 0; size < kSendPauseBytes; size += 50'000) {
    effects.emplace_back(ops::Acknowledged{.op = event::POST, .id = std::string(50'000, 'a')});
  }
  rig.tell(id, std::move(effects));  // so much that nothing more is looked at before it has left
  EXPECT_FALSE(rig.lives(id));
}

TEST(HttpReceiver, HasOneLinkAlsoWhenTheOldOneAsksAgainAtOnce) {
  DoorRig rig;
  const auto session = rig.login();
  const std::string stream = http_request("GET", "/mmtp", session.token);
  const Fd twice = rig.connect();
  rig.send(twice, stream + stream);
  const Fd other = rig.connect();
  rig.send(other, stream);
  EXPECT_THAT(rig.receive(other), EndsWith(kEnd)) << "the old link's second request came after it";
  rig.tell(session.id, rig.delivery(Lsn(1), "hello"));
  EXPECT_THAT(rig.receive(twice), HasSubstr("hello"));
}
TEST(HttpReceiver, EndsInGoodOrderWhereNoBodyIsCut) {
  DoorRig rig;
  const auto session = rig.login();
  rig.tell(session.id, rig.delivery(Lsn(1), "hello"));
  const std::string poll = http_request("GET", "/mmtp?wait=9", session.token);
  const Fd first = rig.connect();
  rig.send(first, poll);
  EXPECT_THAT(rig.receive(first), HasSubstr("hello"));
  std::promise<void> gate;
  rig.read_pool().submit([open = gate.get_future().share()] { open.wait(); });
  const Fd old = rig.connect();
  rig.send(old, http_request("GET", "/mmtp", session.token));  // has to read the message
  const Fd fresh = rig.connect();
  rig.send(fresh, http_request("GET", "/mmtp", session.token));
  EXPECT_THAT(rig.receive(old), EndsWith(kEnd));
  gate.set_value();
}
TEST(HttpReceiver, AnswersAPollWithWhatIsThereHoweverLongItsReadingTakes) {
  DoorRig rig;
  const auto session = rig.login();
  rig.tell(session.id, rig.delivery(Lsn(1), "hello"));
  const std::string poll = http_request("GET", "/mmtp?wait=0", session.token);
  const Fd first = rig.connect();
  rig.send(first, poll);
  EXPECT_THAT(rig.receive(first), HasSubstr("hello"));
  std::promise<void> gate;
  rig.read_pool().submit([open = gate.get_future().share()] { open.wait(); });
  const Fd second = rig.connect();
  const SessionId link = rig.last();
  rig.send(second, poll);  // it wasn't acked, and is read again
  rig.expire(link, DoorRig::now() + std::chrono::seconds(1));
  gate.set_value();
  std::string answer;
  EXPECT_TRUE(rig.await([&] { return !(answer += rig.receive(second)).empty(); }));
  EXPECT_THAT(answer, HasSubstr("hello"));
}
TEST(HttpReceiver, IsEndedWhenPresencePilesUpThatNobodyReads) {
  DoorRig rig;
  const auto session = rig.login();
  const Fd receiver = rig.connect();
  const SessionId link = rig.last();
  rig.send(receiver, http_request("GET", "/mmtp", session.token));
  const std::size_t each = 60'000;
  for (std::size_t size = 0; size < kSendBytesMax + (2 << 20); size += each) {
    rig.tell(session.id, ops::Ohi{std::string(each, 'u'), 1});
  }
  EXPECT_FALSE(rig.lives(link));
  EXPECT_TRUE(rig.lives(session.id)) << "another receiver may come";
}

}  // namespace
}  // namespace mnm::net::testing
