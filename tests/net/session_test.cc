// The session machine as transcripts: what happens, and exactly what it does.
#include "net/session.h"

#include <gtest/gtest.h>

#include "net/session_rig.h"

namespace mnm::net::testing {
namespace {

const std::string kTmtp = frame_of("tmtprev 1");
const std::string kLogin = frame_of("login alice secret");
Step logged_in() {
  return [](Rig& rig) { rig.effect(ops::LoggedIn{}); };
}
Step dismissed(std::string text) {
  return [text](Rig& rig) { rig.effect(ops::Dismissed{text}); };
}

// --------------------------------------------------------------------------------- the first
// header

TEST(FirstHeader, InNoDialectClosesSilently) {
  expect_transcript({octets(frame_of("????????"))}, {"abort: the first header is in no dialect"});
}
TEST(FirstHeader, OfBadLengthClosesSilently) {
  expect_transcript({octets("GET / HTTP/1.1\r\n")}, {"close: invalid header length"});
  expect_transcript({octets("0007{\"op\":0}")}, {"close: invalid header length"});
}
TEST(FirstHeader, ThatIsInvalidClosesSilently) {
  expect_transcript({octets(frame_of("nonsense"))}, {"abort: invalid header"});
}
TEST(FirstHeader, ThatIsWholeButAsksForWhatCannotBeIsToldSo) {
  expect_transcript({octets(frame_of("badlogin"))},
                    {"offer turned down: LOGIN of alice: corrupt base32 value",
                     "send <fatal corrupt base32 value>", "close: corrupt base32 value"});
}
TEST(FirstHeader, AsksForTheVersionInTmtp) {
  expect_transcript({octets(kTmtp)}, {"send <version site>"});
}
TEST(FirstHeader, MayBeALoginInMmtp) {
  expect_transcript({octets(kLogin), logged_in()}, {"offer login alice", "send <logged in>"});
}
TEST(FirstHeader, OfMmtpMayAskForTheVersionAgainAndAgain) {
  expect_transcript({octets(frame_of("mmtprev 1")), octets(frame_of("mmtprev 1"))},
                    {"send <version site>", "send <version site>"});
}

// ------------------------------------------------------------------------------------ the link's
// state

TEST(State, AllowsOpZeroOnce) {
  expect_transcript({octets(kTmtp + kTmtp)},
                    {"send <version site>", "send <fatal disallowed op repetition>",
                     "close: disallowed op repetition"});
}
TEST(State, NeedsALoginBeforeOtherOps) {
  const std::vector<std::pair<std::string, std::string>> cases = {{"post 1 5", "POST"},
                                                                  {"ohi 1", "OHI_EDIT"},
                                                                  {"ack 5", "ACK"},
                                                                  {"pulse", "PULSE"},
                                                                  {"quit", "QUIT"}};
  for (const auto& [op, name] : cases) {
    expect_transcript({octets(kTmtp), octets(frame_of(op))},
                      {"send <version site>",
                       "offer turned down: " + name + ": disallowed op on unauthenticated link",
                       "send <fatal disallowed op on unauthenticated link>",
                       "close: disallowed op on unauthenticated link"});
  }
}
TEST(State, AllowsOneLogin) {
  expect_transcript(
      {octets(kTmtp + kLogin), logged_in(), octets(kLogin)},
      {"send <version site>", "offer login alice", "send <logged in>",
       "offer lost: disallowed op on connected link",
       "send <fatal disallowed op on connected link>", "close: disallowed op on connected link"});
}
TEST(State, IsLookedAtAfterTheHeader) {
  expect_transcript(
      {octets(kTmtp), octets(frame_of("nonsense"))},
      {"send <version site>", "send <fatal invalid header>", "close: invalid header"});
}
TEST(State, IsLookedAtBeforeWhatAHeaderAsksFor) {
  expect_transcript(
      {octets(kTmtp), octets(frame_of("longping"))},
      {"send <version site>", "offer turned down: PING: disallowed op on unauthenticated link",
       "send <fatal disallowed op on unauthenticated link>",
       "close: disallowed op on unauthenticated link"});
  expect_transcript(
      {octets(kTmtp + kLogin), logged_in(), octets(frame_of("longping"))},
      {"send <version site>", "offer login alice", "send <logged in>",
       "offer lost: data too long for request type", "send <fatal data too long for request type>",
       "close: data too long for request type"});
  expect_transcript(
      {octets(kTmtp + kLogin), logged_in(), octets(frame_of("badlogin"))},
      {"send <version site>", "offer login alice", "send <logged in>",
       "offer lost: disallowed op on connected link",
       "send <fatal disallowed op on connected link>", "close: disallowed op on connected link"});
}
TEST(State, HoldsFramesBackWhileALoginIsPending) {
  expect_transcript(
      {octets(kTmtp + kLogin + frame_of("ohi 1") + frame_of("ack 3")), logged_in()},
      {"send <version site>", "offer login alice", "send <logged in>", "offer ohi", "offer ack 3"});
}
TEST(State, ReadsNothingWhileALoginIsPending) {
  Rig rig;
  rig.in(kTmtp + kLogin);
  EXPECT_FALSE(rig.session.wants_read());
  rig.effect(ops::LoggedIn{});
  EXPECT_TRUE(rig.session.wants_read());
}
TEST(State, IgnoresWhatComesAfterAFatalError) {
  expect_transcript({octets(kTmtp + kLogin), logged_in(), octets("zzzz" + frame_of("ohi 1"))},
                    {"send <version site>", "offer login alice", "send <logged in>",
                     "offer lost: invalid header length", "send <fatal invalid header length>",
                     "close: invalid header length"});
}
TEST(State, IgnoresWhatComesAfterQuit) {
  expect_transcript({octets(kTmtp + kLogin), logged_in(),
                     octets(frame_of("quit") + frame_of("ohi 1")), dismissed("logout ok")},
                    {"send <version site>", "offer login alice", "send <logged in>", "offer quit",
                     "offer lost: logout ok", "send <quit logout ok>", "close: logout ok"});
}
TEST(State, EndsWithARefusedLogin) {
  expect_transcript({octets(kTmtp + kLogin), dismissed("login failed")},
                    {"send <version site>", "offer login alice", "offer lost: login failed",
                     "send <quit login failed>", "close: login failed"});
}
TEST(State, EndsWithoutAWordWhenDismissedWithoutOne) {
  expect_transcript({octets(kLogin), dismissed("")},
                    {"offer login alice", "offer lost: ", "close: "});
}

// -------------------------------------------------------------------------------------------
// requests

TEST(Request, CarriesTheClientsIdAndTheSessions) {
  Rig rig;
  rig.tmtp_ready().in(frame_of("post 17 3", "abc"));
  const ops::Request& request = rig.notebook.requests.back();
  EXPECT_EQ(request.session, SessionId(7));
  EXPECT_EQ(request.id, "17");
  EXPECT_EQ(request.dialect, ops::Dialect::kTmtp);
  EXPECT_TRUE(request.digest);
  const ops::Body& body = std::get<ops::Post>(request.command).body;
  EXPECT_EQ(*body.bytes, "abc");
  EXPECT_EQ(body.digest, sha256("abc"));
  EXPECT_EQ(body.salt.size(), kSaltOctets);
}
TEST(Request, ToRegisterGetsAFreshUidAndPassword) {
  Rig rig;
  rig.in(frame_of("register laptop"));
  const auto& entry = std::get<ops::Register>(rig.notebook.requests.back().command);
  EXPECT_EQ(entry.uid.size(), 32U);
  EXPECT_EQ(entry.secret.text.size(), 40U);
  std::string octets;
  for (char c = 21; c <= 45; ++c) octets.push_back(c);  // the random source counts up
  EXPECT_EQ(entry.secret.verifier, node_verifier(rig.keys, entry.uid, octets));
}
TEST(Request, ToLogInCarriesAVerifierAndNoPassword) {
  Rig rig;
  rig.in(kLogin);
  const auto& login = std::get<ops::Login>(rig.notebook.requests.back().command);
  EXPECT_EQ(login.verifier, node_verifier(rig.keys, "alice", "secret"));
}
TEST(Request, ForANewNodeGetsAPasswordForTheSessionsOwnUser) {
  Rig rig;
  rig.tmtp_ready().in(frame_of("newnode 1 phone"));
  const auto& edit = std::get<ops::UserEdit>(rig.notebook.requests.back().command);
  std::string octets;
  for (char c = 1; c <= 25; ++c) octets.push_back(c);
  EXPECT_EQ(edit.secret.verifier, node_verifier(rig.keys, "alice", octets));
}
TEST(Request, IsCountedAndNotOfferedWhenItIsAPulse) {
  expect_transcript(
      {octets(kLogin), logged_in(), octets(frame_of("pulse") + frame_of("pulse")),
       [](Rig& rig) { rig.cut(); }},
      {"offer login alice", "send <logged in>", "offer lost: cut (pulses 2)", "abort: cut"});
}
TEST(Request, WaitsForRoomInTheInbox) {
  Rig rig;
  rig.tmtp_ready();
  rig.notebook.answer = ops::Inbox::Offer::kTakenFull;
  rig.in(frame_of("ohi 1") + frame_of("ohi 2"));
  EXPECT_EQ(rig.done(), Lines{"offer ohi"});
  EXPECT_FALSE(rig.session.wants_read());
  rig.room();
  EXPECT_EQ(rig.done(), Lines{"offer ohi"});
  EXPECT_TRUE(rig.session.wants_read());
}
TEST(Request, ToAnEngineThatHasEndedClosesTheLink) {
  Rig rig;
  rig.tmtp_ready();
  rig.notebook.answer = ops::Inbox::Offer::kClosed;
  rig.in(frame_of("ohi 1") + frame_of("ohi 2"));
  EXPECT_EQ(rig.done(), (Lines{"offer ohi", "close: the relay ends"}));
}

// -----------------------------------------------------------------------------------------------
// data

TEST(Data, OfAPostFollowsItsHeader) {
  expect_transcript({octets(kLogin), logged_in(),
                     octets(frame_of("post 1 5", "hello") + frame_of("post 2 1", "!"))},
                    {"offer login alice", "send <logged in>", "offer post 5", "offer post 1"});
}
TEST(Data, OfANoteComesBeforeTheBody) {
  Rig rig;
  rig.tmtp_ready().in(frame_of("postnotify 1 4 5", "notehello"));
  const auto& post = std::get<ops::Post>(rig.notebook.requests.back().command);
  EXPECT_EQ(*post.note->body.bytes, "note");
  EXPECT_EQ(*post.body.bytes, "hello");
  expect_transcript(
      {octets(kLogin), logged_in(), octets(frame_of("postnotify 1 4 5", "notehello"))},
      {"offer login alice", "send <logged in>", "offer post 5 note 4"});
}
TEST(Data, ThatIsCutOffIsNeverOffered) {
  expect_transcript({octets(kLogin), logged_in(), octets(frame_of("post 1 5", "hell"))},
                    {"offer login alice", "send <logged in>"});
}
TEST(Data, OfAPingMustBeUtf8) {
  for (const std::string bad :
       {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    expect_transcript({octets(kLogin), logged_in(),
                       octets(frame_of("ping 1 " + std::to_string(bad.size()), bad))},
                      {"offer login alice", "send <logged in>", "offer lost: data not valid UTF8",
                       "send <fatal data not valid UTF8>", "close: data not valid UTF8"});
  }
}
TEST(Data, OfAPingMayHoldTheReplacementCharacter) {
  Rig rig;
  rig.tmtp_ready().in(frame_of("ping 1 3", "\xef\xbf\xbd"));
  EXPECT_EQ(rig.done(), Lines{"offer ping '\xef\xbf\xbd'"});
}
std::string repeated(const char* text, int times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}
TEST(Data, OfAPingHasAtMost140Utf16Units) {
  const struct {
    std::string text;
    bool fits;
  } cases[] = {
      {std::string(139, 'x'), true},
      {std::string(140, 'x'), true},
      {std::string(141, 'x'), false},
      {repeated("\xe2\x82\xac", 140), true},
      {repeated("\xf0\x9f\x98\x80", 70), true},
      {repeated("\xf0\x9f\x98\x80", 71), false},
      {std::string(420, 'x'), false},
      {std::string(421, 'x'), false},
  };
  for (const auto& c : cases) {
    Rig rig;
    rig.tmtp_ready().in(frame_of("ping 1 " + std::to_string(c.text.size()), c.text));
    const Lines done = rig.done();
    if (c.fits) {
      EXPECT_EQ(done, Lines{"offer ping '" + c.text + "'"});
    } else {
      ASSERT_EQ(done.size(), 3U);
      EXPECT_EQ(done.back(), "close: data too long for request type");
    }
  }
}
TEST(Data, OverTheServersLimitEndsTheLinkBeforeAnOctetIsTaken) {
  for (const auto& [size, fits] : {std::pair<int, bool>{999, true}, {1000, true}, {1001, false}}) {
    Rig rig;
    rig.world.limits.body_bytes_max = 1000;
    rig.tmtp_ready().in(frame_of("post 1 " + std::to_string(size)));
    EXPECT_EQ(rig.session.ended(), !fits) << size;
  }
}
TEST(Data, OfTheLargestNumbersOverflowsNothing) {
  for (const char* op :
       {"post 1 9223372036854775807", "postnotify 1 9223372036854775807 9223372036854775807"}) {
    Rig rig;
    rig.tmtp_ready().in(frame_of(op));
    EXPECT_EQ(rig.done().back(), "close: data too long for request type");
  }
}
TEST(Data, Of64KiBStaysInMemoryAndOneOctetMoreGoesToAFile) {
  const std::string small(kRowBodyBytesMax, 'x');
  expect_transcript({octets(kLogin), logged_in(), octets(frame_of("post 1 65536", small))},
                    {"offer login alice", "send <logged in>", "offer post 65536"});
  const Step written = [](Rig& rig) {
    if (!rig.session.ended()) rig.written();
  };
  expect_transcript({octets(kLogin), logged_in(), octets(frame_of("post 1 65537", small + "y")),
                     written, written},
                    {"offer login alice", "send <logged in>", "write 65536", "write 1, the last",
                     "offer post 65537 in a file"});
}
TEST(Data, OfALargeBodyIsHashedOnTheWay) {
  Rig rig;
  const std::string octets(200'000, 'z');
  rig.tmtp_ready().in(frame_of("post 1 200000", octets));
  for (int chunk = 0; chunk < 4; ++chunk) rig.written();
  EXPECT_EQ(rig.notebook.written, octets);
  const auto& body = std::get<ops::Post>(rig.notebook.requests.back().command).body;
  EXPECT_EQ(body.digest, sha256(octets));
  EXPECT_TRUE(body.upload);
  EXPECT_FALSE(body.bytes);
}
TEST(Data, IsNotReadWhileAChunkIsOnItsWayToTheDisk) {
  Rig rig;
  rig.tmtp_ready().in(frame_of("post 1 200000", std::string(65536, 'z')));
  EXPECT_EQ(rig.done(), Lines{"write 65536"});
  EXPECT_FALSE(rig.session.wants_read());
  rig.written();
  EXPECT_TRUE(rig.session.wants_read());
}
TEST(Data, OfALargeNoteAndALargeBodyAreTwoFiles) {
  Rig rig;
  rig.tmtp_ready().in(frame_of("postnotify 1 70000 80000", std::string(150'000, 'n')) +
                      frame_of("ohi 2"));
  for (int chunk = 0; chunk < 4; ++chunk) rig.written();
  EXPECT_EQ(rig.done(),
            (Lines{"write 65536", "write 4464, the last", "write 65536", "write 14464, the last",
                   "offer post 80000 in a file note 70000 in a file", "offer ohi"}));
}
// The engine answers in its turn, where the dialect has an answer.
const std::string kNotStored =
    "offer turned down for now: POST: storage is not available, nothing was stored";
TEST(Data, ThatCannotBeStoredIsReadAndForgotten) {
  for (const bool tmtp : {true, false}) {
    Rig rig;
    if (tmtp)
      rig.tmtp_ready();
    else
      rig.mmtp_ready();
    rig.in(frame_of("post 1 200000", std::string(200'000, 'z')) + frame_of("ohi 2"));
    rig.written();
    rig.not_written();
    EXPECT_EQ(rig.done(), (Lines{"write 65536", "write 65536", kNotStored, "offer ohi"}));
    EXPECT_EQ(rig.notebook.requests.at(1).id, "1");
  }
}
TEST(Data, ThatCannotBeStoredInItsLastChunkIsForgotten) {
  Rig rig;
  rig.tmtp_ready().in(frame_of("postnotify 1 70000 10", std::string(70'010, 'z')) +
                      frame_of("ohi 2"));
  rig.written();
  rig.not_written();
  EXPECT_EQ(rig.done(),
            (Lines{"write 65536", "write 4464, the last",
                   "offer turned down for now: POST_NOTIFY: storage is not available, nothing was "
                   "stored",
                   "offer ohi"}));
}

}  // namespace
}  // namespace mnm::net::testing
