// What a session sends and in which order, and its deadlines.
#include <gtest/gtest.h>

#include "net/session.h"
#include "net/session_rig.h"

namespace mnm::net::testing {
namespace {

ops::Acknowledged ack_of(const std::string& id) {
  ops::Acknowledged ack;
  ack.id = id;
  return ack;
}

// Steps.
template <class... E>
Step effect(E... each) {
  return [=](Rig& rig) { rig.effect(each...); };
}
Step row(Result<ops::MessageHandle> message) {
  return [=](Rig& rig) { rig.row(message); };
}
Step chunk(Result<std::string> octets) {
  return [=](Rig& rig) { rig.chunk(octets); };
}
Step all_sent() {
  return [](Rig& rig) { rig.all_sent(); };
}
Step not_written() {
  return [](Rig& rig) { rig.not_written(); };
}

// Of a session that is logged in: what comes of the steps.
void expect_of_ready(bool tmtp, const std::vector<Step>& steps, const Lines& expected) {
  const std::string first = tmtp ? frame_of("tmtprev 1") : std::string();
  std::vector<Step> all{octets(first + frame_of("login alice secret")), effect(ops::LoggedIn{}),
                        all_sent()};
  all.insert(all.end(), steps.begin(), steps.end());
  Lines lines{"offer login alice", "send <logged in>"};
  if (tmtp) lines.insert(lines.begin(), "send <version site>");
  lines.insert(lines.end(), expected.begin(), expected.end());
  expect_transcript(all, lines);
}
void expect_of_tmtp(const std::vector<Step>& steps, const Lines& expected) {
  expect_of_ready(true, steps, expected);
}
void expect_of_mmtp(const std::vector<Step>& steps, const Lines& expected) {
  expect_of_ready(false, steps, expected);
}

const std::string kChunk(65536, 'a');  // of a file
const ops::Delivery kCold{Lsn(5), 2, nullptr};

ops::Delivery file_of(std::uint64_t size) { return delivery_of(file_message_of(5, size)); }

// ------------------------------------------------------------------------------------------
// sending

TEST(Sending, KeepsAnswersAndDeliveriesInOrder) {
  expect_of_tmtp(
      {effect(ack_of("1"), delivery_of(message_of(5, "hi")), ack_of("2"), ops::Ohi{"bob", 1})},
      {"send <ack 1>", "send <delivery 5>hi", "send <ack 2>", "send <ohi bob>"});
}
TEST(Sending, LetsWhatFollowsAColdMessageWait) {
  expect_of_tmtp(
      {effect(kCold, ack_of("1")), effect(ops::Delivery{Lsn(6), 2, nullptr}, ack_of("2")),
       row(message_of(5, "hi")), row(message_of(6, ""))},
      {"read row 5", "send <delivery 5>hi", "send <ack 1>", "read row 6", "send <delivery 6>",
       "send <ack 2>"});
}
TEST(Sending, SkipsAColdMessageThatIsGone) {
  expect_of_tmtp({effect(kCold, ack_of("1")), row(fail(ErrorCode::kNegative, "purged"))},
                 {"read row 5", "send <ack 1>"});
}
// And says not why, which is the relay's to know.
TEST(Sending, EndsTheLinkWhenAMessageIsDamaged) {
  expect_of_tmtp({effect(kCold), row(fail(ErrorCode::kCorruption, "its row is damaged"))},
                 {"read row 5", "offer lost: message 0000000000000005 can't be read",
                  "abort: message 0000000000000005 can't be read"});
}
TEST(Sending, AcksForTheNodeWhatItsDialectHasNoFormFor) {
  message::Header header;
  header.set_kind(message::UNDELIVERED);
  const auto message = std::make_shared<const ops::Message>(Lsn(9), header, nullptr);
  expect_of_tmtp({effect(delivery_of(message))}, {"offer ack 9"});
}
TEST(Sending, KeepsAPassingRefusalFromTmtpAlone) {
  ops::Acknowledged refusal = ack_of("1");
  refusal.error = "disk low";
  refusal.retry_after_s = 15;
  expect_of_tmtp({effect(refusal)}, {});
  expect_of_mmtp({effect(refusal)}, {"send <ack 1 error disk low>"});
}
TEST(Sending, FindsTheNewNodesPasswordInItsMessage) {
  message::Header header;
  header.set_node_secret("swordfish");
  header.set_node_ordinal(3);
  ops::Updated updated;
  updated.secret_in = Lsn(4);
  expect_of_mmtp({effect(updated, ack_of("1")),
                  row(std::make_shared<const ops::Message>(Lsn(4), header, nullptr)),
                  effect(updated), row(fail(ErrorCode::kNegative, "purged"))},
                 {"read row 4", "send <updated swordfish of node 3>", "send <ack 1>", "read row 4",
                  "send <updated >"});
}
TEST(Sending, StopsReadingFromWhoeverDoesNotTakeAnswers) {
  Rig rig;
  rig.tmtp_ready().effect(delivery_of(message_of(5, std::string(kSendPauseBytes, 'x'))));
  EXPECT_FALSE(rig.session.wants_read());
  rig.session.sent(rig.now, kSendPauseBytes + 1);
  EXPECT_FALSE(rig.session.wants_read());
  rig.session.sent(rig.now, kSendPauseBytes);
  EXPECT_TRUE(rig.session.wants_read());
}
TEST(Sending, LeavesOutWhatIsWithdrawnWhileItWaits) {
  expect_of_tmtp(
      {effect(kCold, ops::Delivery{Lsn(6), 2, nullptr}, ack_of("1")), effect(ops::Revoked{Lsn(6)}),
       effect(ops::Revoked{Lsn(5)}), row(message_of(5, "hi"))},
      {"read row 5", "send <ack 1>"});
}

// --------------------------------------------------------------------------------------------
// files

TEST(FileBody, IsStreamedInChunksAsTheyLeave) {
  expect_of_tmtp({effect(file_of(150'000), ack_of("1")), chunk(kChunk), all_sent(), all_sent(),
                  chunk(std::string(65536, 'b')), all_sent(), chunk(std::string(18928, 'c'))},
                 {"read file from 0", "send <delivery 5>aaaaaaaa..(65536)", "read file from 65536",
                  "send bbbbbbbb..(65536)", "read file from 131072", "send cccccccc..(18928)",
                  "send <ack 1>"});
}
TEST(FileBody, IsSkippedWhenItIsGoneBeforeItsFirstOctet) {
  expect_of_tmtp(
      {effect(file_of(150'000), ack_of("1")), chunk(fail(ErrorCode::kNegative, "no such file")),
       all_sent(), row(fail(ErrorCode::kNegative, "purged"))},
      {"read file from 0", "read row 5", "send <ack 1>"});
}
TEST(FileBody, WaitsUntilItIsKnownWhetherItWasPurged) {
  expect_of_tmtp({effect(file_of(150'000), ack_of("1")),
                  chunk(fail(ErrorCode::kNegative, "no such file")), all_sent()},
                 {"read file from 0", "read row 5"});
}
TEST(FileBody, ThatIsMissingWhileItsMessageWaitsEndsTheLink) {
  const Step found = row(file_message_of(5, 150'000));
  const Step not_found = row(fail(ErrorCode::kUnavailable, "can't read"));
  for (const Step& answer : {found, not_found}) {
    expect_of_tmtp(
        {effect(file_of(150'000), ack_of("1")), chunk(fail(ErrorCode::kNegative, "no such file")),
         answer},
        {"read file from 0", "read row 5", "offer lost: message 0000000000000005 can't be read",
         "abort: message 0000000000000005 can't be read"});
  }
}
TEST(FileBody, ThatEndsEarlyEndsTheLink) {
  const Step gone = chunk(fail(ErrorCode::kNegative, "purged"));
  for (const Step& answer : {gone, chunk(std::string())}) {
    expect_of_tmtp({effect(file_of(150'000)), chunk(kChunk), all_sent(), answer},
                   {"read file from 0", "send <delivery 5>aaaaaaaa..(65536)",
                    "read file from 65536", "offer lost: message 0000000000000005 can't be read",
                    "abort: message 0000000000000005 can't be read"});
  }
}
TEST(FileBody, IsCutShortWhenTheNodeIsFenced) {
  expect_of_mmtp(
      {effect(file_of(150'000)), chunk(kChunk), effect(ops::Dismissed{"replaced by a new login"})},
      {"read file from 0", "send <delivery 5>aaaaaaaa..(65536)", "offer lost: fenced within a body",
       "abort: fenced within a body"});
}
TEST(FileBody, ThatIsWithdrawnEndsTheLinkInTheMiddleOfIt) {
  // The first is another message.
  expect_of_tmtp({effect(file_of(150'000)), chunk(kChunk), effect(ops::Revoked{Lsn(4)}),
                  effect(ack_of("1")), effect(ops::Revoked{Lsn(5)})},
                 {"read file from 0", "send <delivery 5>aaaaaaaa..(65536)",
                  "offer lost: message 0000000000000005 was withdrawn",
                  "abort: message 0000000000000005 was withdrawn"});
}
TEST(FileBody, ThatIsWithdrawnBeforeItBeganIsLeftOut) {
  expect_of_tmtp(
      {effect(file_of(150'000), ack_of("1")), effect(ops::Revoked{Lsn(5)}), chunk(kChunk)},
      {"read file from 0", "send <ack 1>"});
}
TEST(FileBody, EndsBeforeTheAnswerToQuit) {
  expect_of_mmtp({effect(file_of(70'000)), chunk(kChunk), octets(frame_of("quit")),
                  effect(ops::Dismissed{"logout ok"}), all_sent(), chunk(std::string(4464, 'a'))},
                 {"read file from 0", "send <delivery 5>aaaaaaaa..(65536)", "offer quit",
                  "read file from 65536", "send aaaaaaaa..(4464)", "offer lost: logout ok",
                  "send <quit logout ok>", "close: logout ok"});
}
TEST(FileBody, IsNotInterruptedByTheTextOfAFatalError) {
  expect_of_mmtp({effect(file_of(70'000)), chunk(kChunk), octets("zzzz")},
                 {"read file from 0", "send <delivery 5>aaaaaaaa..(65536)",
                  "offer lost: invalid header length", "abort: invalid header length"});
}
TEST(FileBody, IsNotInterruptedByTheVersion) {
  expect_of_mmtp({effect(file_of(70'000), ack_of("1")), chunk(kChunk),
                  octets(frame_of("mmtprev 1")), all_sent(), chunk(std::string(4464, 'a'))},
                 {"read file from 0", "send <delivery 5>aaaaaaaa..(65536)", "read file from 65536",
                  "send aaaaaaaa..(4464)", "send <ack 1>", "send <version site>"});
}
TEST(FileBody, IsNotInterruptedByTheRefusalOfAnother) {
  ops::Acknowledged refusal = ack_of("1");
  refusal.error = "nothing was stored";
  expect_of_mmtp(
      {effect(file_of(70'000)), chunk(kChunk),
       octets(frame_of("post 1 70000", std::string(70'000, 'z'))), not_written(), effect(refusal),
       all_sent(), chunk(std::string(4464, 'a'))},
      {"read file from 0", "send <delivery 5>aaaaaaaa..(65536)", "write 65536",
       "offer turned down for now: POST: storage is not available, nothing was stored",
       "read file from 65536", "send aaaaaaaa..(4464)", "send <ack 1 error nothing was stored>"});
}
TEST(FileBody, KeepsBoundedWhatWaitsBehindIt) {
  Rig rig;
  rig.mmtp_ready().effect(file_of(70'000));
  rig.chunk(kChunk);
  rig.effects(std::vector<ops::Effect>(kWaitingPause, ack_of("1")));
  EXPECT_TRUE(rig.session.wants_read());
  rig.effect(ack_of("2"));
  EXPECT_FALSE(rig.session.wants_read()) << "who doesn't take answers may not ask for more";
  rig.effects(std::vector<ops::Effect>(kWaitingMax - kWaitingPause - 1, ops::Ohi{"bob", 1}));
  EXPECT_FALSE(rig.session.ended());
  rig.effect(ops::Ohi{"bob", 1});
  EXPECT_EQ(rig.done().back(), "abort: the send queue is full");
}
TEST(FileBody, IsFollowedByWhatWaitedThenRequestsAreTakenAgain) {
  Rig rig;
  rig.mmtp_ready().effect(file_of(70'000));
  rig.chunk(kChunk);
  rig.effects(std::vector<ops::Effect>(kWaitingPause + 1, ack_of("1")));
  rig.all_sent();
  rig.chunk(std::string(4464, 'a'));
  EXPECT_TRUE(rig.session.wants_read());
}

// ----------------------------------------------------------------------------------------
// deadlines

TEST(Deadline, ForALoginIsAbsolute) {
  Rig rig;
  rig.pass(1s);
  rig.tmtp_open();
  const std::string login = frame_of("login alice secret");
  for (int i = 0; i < 3; ++i) {
    rig.pass(1s);
    rig.in(login.substr(i, 1));
  }
  rig.pass(999ms);
  EXPECT_EQ(rig.done(), Lines{});
  rig.pass(1ms);
  EXPECT_EQ(rig.done(), Lines{"close: no login in time"});
}
TEST(Deadline, ForALoginIsAbsoluteAlsoForOneWhoTakesNoAnswers) {
  Rig rig;
  while (rig.session.wants_read()) {
    rig.in(frame_of("mmtprev 1"));
    ASSERT_EQ(rig.done(), Lines{"send <version site>"});
    rig.session.sent(rig.now, rig.notebook.unsent);  // none leaves
  }
  rig.pass(4'999ms);
  EXPECT_EQ(rig.done(), Lines{});
  rig.pass(1ms);
  EXPECT_EQ(rig.done(), Lines{"abort: no login in time"});
}
TEST(Deadline, ForALoginIsSpokenOfInMmtp) {
  Rig rig;
  rig.in(frame_of("mmtprev 1"));
  (void)rig.done();
  rig.pass(5s);
  EXPECT_EQ(rig.done(), (Lines{"send <quit login timeout>", "close: no login in time"}));
}
TEST(Deadline, ForALoginIsSilentBeforeTheFirstHeader) {
  Rig rig;
  rig.pass(5s);
  EXPECT_EQ(rig.done(), Lines{"close: no login in time"});
}
TEST(Deadline, ForALoginDoesNotRunWhileTheEngineDecides) {
  Rig rig;
  rig.in(frame_of("login alice secret"));
  rig.pass(1h);
  rig.effect(ops::LoggedIn{});
  EXPECT_EQ(rig.done(), (Lines{"offer login alice", "send <logged in>"}));
}
TEST(Deadline, ForSilenceIs120SecondsInTmtp) {
  Rig rig;
  rig.tmtp_ready();
  rig.pass(119s);
  rig.in("0");  // any octet counts
  rig.in("008pulse   ");
  rig.pass(119'999ms);
  EXPECT_EQ(rig.done(), Lines{});
  rig.pass(1ms);
  EXPECT_EQ(rig.done(),
            (Lines{"offer lost: idle for too long (pulses 1)", "abort: idle for too long"}));
}
TEST(Deadline, ForSilenceIsOffInMmtpUnlessAskedFor) {
  Rig rig;
  rig.mmtp_ready();
  EXPECT_FALSE(rig.session.deadline());
  rig.world.limits.mmtp_idle = 300s;
  EXPECT_EQ(rig.session.deadline(), rig.now + 300s);
}
TEST(Deadline, ForAHeaderThatHasBegunIs10Seconds) {
  Rig rig;
  rig.mmtp_ready().in("00");
  rig.pass(9s);
  rig.in("0");
  rig.pass(999ms);
  EXPECT_EQ(rig.done(), Lines{});
  rig.pass(1ms);
  EXPECT_EQ(rig.done().back(), "abort: a frame took too long");
}
TEST(Deadline, ForABodyGrowsWithItsSize) {
  Rig rig;
  rig.mmtp_ready().in(frame_of("post 1 655360"));
  EXPECT_EQ(rig.session.deadline(), rig.now + 40s);
  rig.pass(40s);
  EXPECT_EQ(rig.done().back(), "abort: a frame took too long");
}
TEST(Deadline, ForABodyStandsStillWhileTheDiskIsSlow) {
  Rig rig;
  rig.mmtp_ready().in(frame_of("post 1 655360", std::string(65536, 'x')));
  rig.pass(1h);
  rig.written();
  EXPECT_EQ(rig.done(), Lines{"write 65536"});
  EXPECT_EQ(rig.session.deadline(), rig.now + 40s);
}

}  // namespace
}  // namespace mnm::net::testing
