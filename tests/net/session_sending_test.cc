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

// ------------------------------------------------------------------------------------------
// sending

TEST(Sending, KeepsAnswersAndDeliveriesInOrder) {
  Rig rig;
  rig.tmtp_ready().effect(ack_of("1"), delivery_of(message_of(5, "hi")), ack_of("2"),
                          ops::Ohi{"bob", 1});
  EXPECT_EQ(rig.done(),
            (Lines{"send <ack 1>", "send <delivery 5>hi", "send <ack 2>", "send <ohi bob>"}));
}
TEST(Sending, LetsWhatFollowsAColdMessageWait) {
  Rig rig;
  rig.tmtp_ready().effect(ops::Delivery{Lsn(5), 2, nullptr}, ack_of("1"));
  rig.effect(ops::Delivery{Lsn(6), 2, nullptr}, ack_of("2"));
  EXPECT_EQ(rig.done(), Lines{"read row 5"});
  rig.row(message_of(5, "hi"));
  EXPECT_EQ(rig.done(), (Lines{"send <delivery 5>hi", "send <ack 1>", "read row 6"}));
  rig.row(message_of(6, ""));
  EXPECT_EQ(rig.done(), (Lines{"send <delivery 6>", "send <ack 2>"}));
}
TEST(Sending, SkipsAColdMessageThatIsGone) {
  Rig rig;
  rig.tmtp_ready().effect(ops::Delivery{Lsn(5), 2, nullptr}, ack_of("1"));
  rig.row(fail(ErrorCode::kNegative, "purged"));
  EXPECT_EQ(rig.done(), (Lines{"read row 5", "send <ack 1>"}));
}
TEST(Sending, EndsTheLinkWhenAMessageIsDamaged) {
  Rig rig;
  rig.tmtp_ready().effect(ops::Delivery{Lsn(5), 2, nullptr});
  rig.row(fail(ErrorCode::kCorruption, "its row is damaged"));
  EXPECT_EQ(
      rig.done(),
      (Lines{"read row 5", "offer lost: message 0000000000000005 can't be read (sent 0, pulses 0)",
             "abort: message 0000000000000005 can't be read"}))
      << "and not why, which is the relay's to know";
}
TEST(Sending, AcksForTheNodeWhatItsDialectHasNoFormFor) {
  message::Header header;
  header.set_kind(message::UNDELIVERED);
  const auto message = std::make_shared<const ops::Message>(Lsn(9), header, nullptr);
  Rig rig;
  rig.tmtp_ready().effect(delivery_of(message));
  EXPECT_EQ(rig.done(), Lines{"offer ack 9"});
}
TEST(Sending, KeepsAPassingRefusalFromTmtpAlone) {
  ops::Acknowledged refusal = ack_of("1");
  refusal.error = "disk low";
  refusal.retry_after_s = 15;
  Rig tmtp;
  tmtp.tmtp_ready().effect(refusal);
  EXPECT_EQ(tmtp.done(), Lines{});
  Rig mmtp;
  mmtp.mmtp_ready().effect(refusal);
  EXPECT_EQ(mmtp.done(), Lines{"send <ack 1 error disk low>"});
}
TEST(Sending, FindsTheNewNodesPasswordInItsMessage) {
  message::Header header;
  header.set_node_secret("swordfish");
  header.set_node_ordinal(3);
  ops::Updated updated;
  updated.secret_in = Lsn(4);
  Rig rig;
  rig.mmtp_ready().effect(updated, ack_of("1"));
  rig.row(std::make_shared<const ops::Message>(Lsn(4), header, nullptr));
  EXPECT_EQ(rig.done(),
            (Lines{"read row 4", "send <updated swordfish of node 3>", "send <ack 1>"}));
  rig.effect(updated);
  rig.row(fail(ErrorCode::kNegative, "purged"));
  EXPECT_EQ(rig.done(), (Lines{"read row 4", "send <updated >"}));
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
TEST(Sending, CountsDeliveriesForTheSessionsLastWord) {
  Rig rig;
  rig.tmtp_ready().effect(delivery_of(message_of(5, "a")), delivery_of(message_of(6, "b")));
  rig.cut();
  EXPECT_EQ(rig.done()[2], "offer lost: cut (sent 2, pulses 0)");
}

// --------------------------------------------------------------------------------------------
// files

TEST(FileBody, IsStreamedInChunksAsTheyLeave) {
  Rig rig;
  rig.tmtp_ready().effect(delivery_of(file_message_of(5, 150'000)), ack_of("1"));
  EXPECT_EQ(rig.done(), Lines{"read file from 0"});
  rig.chunk(std::string(65536, 'a'));
  EXPECT_EQ(rig.done(), Lines{"send <delivery 5>aaaaaaaa..(65536)"});
  rig.all_sent();
  EXPECT_EQ(rig.done(), Lines{"read file from 65536"});
  rig.all_sent();
  EXPECT_EQ(rig.done(), Lines{}) << "one read at a time";
  rig.chunk(std::string(65536, 'b'));
  rig.all_sent();
  rig.chunk(std::string(18928, 'c'));
  EXPECT_EQ(rig.done(), (Lines{"send bbbbbbbb..(65536)", "read file from 131072",
                               "send cccccccc..(18928)", "send <ack 1>"}));
}
TEST(FileBody, IsSkippedWhenItIsGoneBeforeItsFirstOctet) {
  Rig rig;
  rig.tmtp_ready().effect(delivery_of(file_message_of(5, 150'000)), ack_of("1"));
  rig.chunk(fail(ErrorCode::kNegative, "no such file"));
  EXPECT_EQ(rig.done(), (Lines{"read file from 0", "read row 5"}));
  rig.all_sent();
  EXPECT_EQ(rig.done(), Lines{}) << "until it is known whether it was purged";
  rig.row(fail(ErrorCode::kNegative, "purged"));
  EXPECT_EQ(rig.done(), Lines{"send <ack 1>"});
}
TEST(FileBody, ThatIsMissingWhileItsMessageWaitsEndsTheLink) {
  for (const bool readable : {true, false}) {
    Rig rig;
    rig.tmtp_ready().effect(delivery_of(file_message_of(5, 150'000)), ack_of("1"));
    rig.chunk(fail(ErrorCode::kNegative, "no such file"));
    EXPECT_EQ(rig.done(), (Lines{"read file from 0", "read row 5"}));
    if (readable) {
      rig.row(file_message_of(5, 150'000));
    } else {
      rig.row(fail(ErrorCode::kUnavailable, "can't read"));
    }
    const Lines done = rig.done();
    ASSERT_FALSE(done.empty());
    EXPECT_EQ(done.back(), "abort: message 0000000000000005 can't be read");
  }
}
TEST(FileBody, ThatEndsEarlyEndsTheLink) {
  for (const bool gone : {true, false}) {
    Rig rig;
    rig.tmtp_ready().effect(delivery_of(file_message_of(5, 150'000)));
    rig.chunk(std::string(65536, 'a'));
    rig.all_sent();
    if (gone) {
      rig.chunk(fail(ErrorCode::kNegative, "purged"));
    } else {
      rig.chunk(std::string());
    }
    EXPECT_TRUE(rig.done().back().starts_with("abort: message 0000000000000005 can't be read"));
  }
}
TEST(FileBody, IsCutShortWhenTheNodeIsFenced) {
  Rig rig;
  rig.mmtp_ready().effect(delivery_of(file_message_of(5, 150'000)));
  rig.chunk(std::string(65536, 'a'));
  rig.effect(ops::Dismissed{"replaced by a new login"});
  EXPECT_EQ(rig.done().back(), "abort: fenced within a body");
}
TEST(FileBody, ThatIsWithdrawnEndsTheLinkInTheMiddleOfIt) {
  Rig rig;
  rig.tmtp_ready().effect(delivery_of(file_message_of(5, 150'000)));
  rig.chunk(std::string(65536, 'a'));
  rig.effect(ops::Revoked{Lsn(4)});
  EXPECT_EQ(rig.done().back(), "send <delivery 5>aaaaaaaa..(65536)") << "that is another message";
  rig.effect(ops::Revoked{Lsn(5)});
  EXPECT_EQ(rig.done().back(), "abort: message 0000000000000005 was withdrawn");
}
TEST(FileBody, ThatIsWithdrawnBeforeItBeganIsLeftOut) {
  Rig rig;
  rig.tmtp_ready().effect(delivery_of(file_message_of(5, 150'000)), ack_of("1"));
  rig.effect(ops::Revoked{Lsn(5)});
  EXPECT_EQ(rig.done(), Lines{"read file from 0"});
  rig.chunk(std::string(65536, 'a'));
  EXPECT_EQ(rig.done(), Lines{"send <ack 1>"});
}
TEST(Sending, LeavesOutWhatIsWithdrawnWhileItWaits) {
  Rig rig;
  rig.tmtp_ready().effect(ops::Delivery{Lsn(5), 2, nullptr}, ops::Delivery{Lsn(6), 2, nullptr},
                          ack_of("1"));
  rig.effect(ops::Revoked{Lsn(6)});
  rig.effect(ops::Revoked{Lsn(5)});
  EXPECT_EQ(rig.done(), Lines{"read row 5"});
  rig.row(message_of(5, "hi"));
  EXPECT_EQ(rig.done(), Lines{"send <ack 1>"});
}
TEST(FileBody, EndsBeforeTheAnswerToQuit) {
  Rig rig;
  rig.mmtp_ready().effect(delivery_of(file_message_of(5, 70'000)));
  rig.chunk(std::string(65536, 'a'));
  rig.in(frame_of("quit"));
  rig.effect(ops::Dismissed{"logout ok"});
  (void)rig.done();
  rig.all_sent();
  rig.chunk(std::string(4464, 'a'));
  EXPECT_EQ(rig.done(), (Lines{"read file from 65536", "send aaaaaaaa..(4464)",
                               "offer lost: logout ok (sent 1, pulses 0)", "send <quit logout ok>",
                               "close: logout ok"}));
}
TEST(FileBody, IsNotInterruptedByTheTextOfAFatalError) {
  Rig rig;
  rig.mmtp_ready().effect(delivery_of(file_message_of(5, 70'000)));
  rig.chunk(std::string(65536, 'a'));
  (void)rig.done();
  rig.in("zzzz");
  EXPECT_EQ(rig.done(), (Lines{"offer lost: invalid header length (sent 0, pulses 0)",
                               "abort: invalid header length"}));
}

TEST(FileBody, IsNotInterruptedByTheVersion) {
  Rig rig;
  rig.mmtp_ready().effect(delivery_of(file_message_of(5, 70'000)), ack_of("1"));
  rig.chunk(std::string(65536, 'a'));
  rig.in(frame_of("mmtprev 1"));
  EXPECT_EQ(rig.done(), (Lines{"read file from 0", "send <delivery 5>aaaaaaaa..(65536)"}));
  rig.all_sent();
  rig.chunk(std::string(4464, 'a'));
  EXPECT_EQ(rig.done(), (Lines{"read file from 65536", "send aaaaaaaa..(4464)", "send <ack 1>",
                               "send <version site>"}));
}
TEST(FileBody, IsNotInterruptedByTheRefusalOfAnother) {
  Rig rig;
  rig.mmtp_ready().effect(delivery_of(file_message_of(5, 70'000)));
  rig.chunk(std::string(65536, 'a'));
  rig.in(frame_of("post 1 70000", std::string(70'000, 'z')));
  rig.not_written();
  EXPECT_EQ(rig.done(),
            (Lines{"read file from 0", "send <delivery 5>aaaaaaaa..(65536)", "write 65536"}));
  rig.all_sent();
  rig.chunk(std::string(4464, 'a'));
  EXPECT_EQ(rig.done(), (Lines{"read file from 65536", "send aaaaaaaa..(4464)",
                               "send <ack 1 error storage is not available, nothing was stored>"}));
}
TEST(FileBody, KeepsBoundedWhatWaitsBehindIt) {
  Rig rig;
  rig.mmtp_ready().effect(delivery_of(file_message_of(5, 70'000)));
  rig.chunk(std::string(65536, 'a'));
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
  rig.mmtp_ready().effect(delivery_of(file_message_of(5, 70'000)));
  rig.chunk(std::string(65536, 'a'));
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
  EXPECT_EQ(rig.done(), (Lines{"offer lost: idle for too long (sent 0, pulses 1)",
                               "abort: idle for too long"}));
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
