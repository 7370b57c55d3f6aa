// The judge is judged: a bad history for each of its rules, and a good one for all.
#include "sim/oracle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mnm::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr const char* kFirst = "0000000000000005";
constexpr const char* kSecond = "0000000000000009";

// Alice has sent "m1" and "m2" to Bob, and both were acked to her.
class OracleTest : public ::testing::Test {
 protected:
  OracleTest() {
    for (const char* link : {"bob-1", "carol-1", "mallory-1"}) oracle.linked(link);
    oracle.sent("alice", "m1", "one");
    oracle.acked("m1", kFirst);
    oracle.sent("alice", "m2", "two");
    oracle.acked("m2", kSecond);
    oracle.must_reach("m1", "bob");
    oracle.must_reach("m2", "bob");
  }
  void bob_has_both() {
    oracle.delivered({"bob", "bob-1"}, kFirst, "m1", "one");
    oracle.delivered({"bob", "bob-1"}, kSecond, "m2", "two");
  }
  void expect(const char* fault) { EXPECT_THAT(oracle.finish(), ElementsAre(StartsWith(fault))); }

  Oracle oracle;
};

TEST_F(OracleTest, AcceptsWhatIsInOrder) {
  bob_has_both();
  oracle.delivered({"bob", "bob-1"}, kSecond, "m2", "two");
  oracle.ack_sent({"bob", "bob-1"}, kFirst);
  oracle.ack_confirmed({"bob", "bob-1"}, kFirst);
  oracle.row_gone(kFirst);
  oracle.noticed({"bob", "bob-1"}, "000000000000000a");
  oracle.cursor("bob", 5);
  oracle.cursor("bob", 5);
  oracle.rows_left(0, 0);
  oracle.digests("replayed", Lsn(9), Hash{}, Hash{});
  oracle.waited("r1", 30, 60);
  EXPECT_THAT(oracle.finish(), IsEmpty());
  EXPECT_EQ(oracle.counts().repeated, 1U);
}

TEST_F(OracleTest, AcceptsThatWhatWasNeverAckedIsNotThere) {
  bob_has_both();
  oracle.sent("alice", "m3", "three");
  oracle.must_reach("m3", "bob");
  EXPECT_THAT(oracle.finish(), IsEmpty());
}

TEST_F(OracleTest, SeesAMessageThatIsLost) {
  oracle.delivered({"bob", "bob-1"}, kFirst, "m1", "one");
  expect("lost: m2 for bob");
}

TEST_F(OracleTest, SeesAMessageThatNobodySent) {
  bob_has_both();
  oracle.delivered({"bob", "bob-1"}, "000000000000000a", "m3", "three");
  expect("phantom or spoilt");
}

TEST_F(OracleTest, SeesOctetsThatWereNotSent) {
  bob_has_both();
  oracle.delivered({"bob", "bob-1"}, kSecond, "m2", "twp");
  expect("phantom or spoilt");
}

TEST_F(OracleTest, SeesAMessageThatReachesAStranger) {
  bob_has_both();
  oracle.may_reach("m1", "carol");
  oracle.delivered({"carol", "carol-1"}, kFirst, "m1", "one");
  oracle.delivered({"mallory", "mallory-1"}, kFirst, "m1", "one");
  expect("leaked: m1 to mallory");
}

TEST_F(OracleTest, SeesFirstDeliveriesOutOfOrder) {
  oracle.delivered({"bob", "bob-1"}, kSecond, "m2", "two");
  oracle.delivered({"bob", "bob-1"}, kFirst, "m1", "one");
  expect("out of order: m1");
}

TEST_F(OracleTest, SeesADeliveryAfterItsAckWasConfirmed) {
  bob_has_both();
  oracle.ack_sent({"bob", "bob-1"}, kFirst);
  oracle.ack_confirmed({"bob", "bob-1"}, kFirst);
  oracle.delivered({"bob", "bob-1"}, kFirst, "m1", "one");
  expect("delivered after its ack was confirmed");
}

TEST_F(OracleTest, SeesADeliveryOnALinkThatBeganAfterTheConfirmation) {
  bob_has_both();
  oracle.ack_sent({"bob", "bob-1"}, kFirst);
  oracle.ack_confirmed({"bob", "bob-1"}, kFirst);
  oracle.linked("bob-2");
  oracle.delivered({"bob", "bob-2"}, kFirst, "m1", "one");
  expect("delivered after its ack was confirmed");
}

TEST_F(OracleTest, AcceptsADeliveryThatWasUnderWayToAnotherLink) {
  oracle.linked("bob-2");
  bob_has_both();
  oracle.ack_sent({"bob", "bob-1"}, kFirst);
  oracle.ack_confirmed({"bob", "bob-1"}, kFirst);
  oracle.delivered({"bob", "bob-2"}, kFirst, "m1", "one");
  EXPECT_THAT(oracle.finish(), IsEmpty());
}

TEST_F(OracleTest, SeesANoticeAfterItsAckWasConfirmed) {
  bob_has_both();
  oracle.ack_confirmed({"bob", "bob-1"}, "000000000000000a");
  oracle.noticed({"bob", "bob-1"}, "000000000000000a");
  expect("delivered after its ack was confirmed");
}

TEST_F(OracleTest, SeesAPurgeBeforeAllHaveIt) {
  bob_has_both();
  oracle.must_reach("m1", "carol");
  oracle.may_reach("m1", "carol");
  oracle.ack_sent({"bob", "bob-1"}, kFirst);
  oracle.row_gone(kFirst);
  oracle.delivered({"carol", "carol-1"}, kFirst, "m1", "one");
  oracle.ack_sent({"carol", "carol-1"}, kFirst);
  expect("purged too early: m1 waits for carol");
}

TEST_F(OracleTest, SeesWhatIsNotPurgedWhenAllHaveIt) {
  bob_has_both();
  oracle.rows_left(1, 0);
  expect("not purged when all acked: 1 rows");
}

TEST_F(OracleTest, SeesABodyFileThatStays) {
  bob_has_both();
  oracle.rows_left(0, 1);
  expect("not purged when all acked");
}

TEST_F(OracleTest, SeesAnIdOfTwoMessages) {
  bob_has_both();
  oracle.sent("alice", "m3", "three");
  oracle.acked("m3", kSecond);
  EXPECT_THAT(oracle.faults().front(), StartsWith("id reused"));
}

TEST_F(OracleTest, SeesAnIdThatDoesNotRise) {
  bob_has_both();
  oracle.sent("alice", "m3", "three");
  oracle.acked("m3", "0000000000000007");
  expect("id not rising");
}

TEST_F(OracleTest, SeesAMessageThatIsTwo) {
  bob_has_both();
  oracle.delivered({"bob", "bob-1"}, "000000000000000b", "m2", "two");
  expect("twice a message: m2");
}

// Its sender didn't hear so, asked again, and by then it was allowed.
TEST_F(OracleTest, AcceptsALateMessageThatWasRefusedAtFirst) {
  oracle.sent("alice", "m3", "three");
  oracle.sent("alice", "m4", "four");
  oracle.refused_inside("m3");
  bob_has_both();
  for (const char* token : {"m3", "m4"}) oracle.must_reach(token, "bob");
  oracle.delivered({"bob", "bob-1"}, "000000000000000c", "m4", "four");
  oracle.delivered({"bob", "bob-1"}, "000000000000000d", "m3", "three");
  EXPECT_THAT(oracle.faults(), IsEmpty());
}

TEST_F(OracleTest, SeesARefusedMessageThatIsThere) {
  bob_has_both();
  oracle.sent("alice", "m3", "three");
  oracle.refused("m3");
  oracle.may_reach("m3", "bob");
  oracle.delivered({"bob", "bob-1"}, "000000000000000b", "m3", "three");
  expect("refused, yet it left a trace: m3");
}

TEST_F(OracleTest, SeesWhatAFencedSessionGotDone) {
  bob_has_both();
  oracle.sent("alice", "m3", "three");
  oracle.forbid("m3");
  oracle.acked("m3", "000000000000000b");
  oracle.sent("alice", "m4", "four");
  oracle.forbid("m4");
  oracle.may_reach("m4", "bob");
  oracle.delivered({"bob", "bob-1"}, "000000000000000c", "m4", "four");
  EXPECT_THAT(oracle.finish(), ElementsAre(StartsWith("acked though its session was fenced"),
                                           StartsWith("delivered though its session was fenced")));
}

TEST_F(OracleTest, SeesWhatIsReadableAfterItsPurge) {
  bob_has_both();
  oracle.readable_after_purge(kFirst, "the WAL");
  expect("readable after purge: 0000000000000005 in the WAL");
}

TEST_F(OracleTest, SeesWhatIsPlainOnASealedDisk) {
  bob_has_both();
  oracle.plain_on_disk("the WAL", "plainly-alias");
  expect("plain on disk: plainly-alias in the WAL");
}

TEST_F(OracleTest, AcceptsARekeyThatIsToldTwice) {
  bob_has_both();
  oracle.rekeyed(2);
  oracle.rekey_told(2);
  oracle.rekey_told(2);
  EXPECT_THAT(oracle.finish(), IsEmpty());
}

TEST_F(OracleTest, SeesARekeyThatTheLogDoesNotTellOf) {
  bob_has_both();
  oracle.rekeyed(2);
  oracle.rekey_told(2);
  oracle.rekeyed(3);
  expect("a rekey that the log doesn't tell of: data key 3");
}

TEST_F(OracleTest, SeesARekeyThatNobodyDid) {
  bob_has_both();
  oracle.rekey_told(2);
  expect("a rekey that nobody did: data key 2");
}

TEST_F(OracleTest, SeesACursorThatMovesBack) {
  bob_has_both();
  oracle.cursor("bob", 9);
  oracle.cursor("bob", 5);
  expect("cursor moved back: of bob from 9 to 5");
}

TEST_F(OracleTest, SeesDigestsThatDiffer) {
  bob_has_both();
  oracle.digests("replayed", Lsn(9), Hash{1}, Hash{2});
  expect("digest differs at LSN 9: replayed");
}

TEST_F(OracleTest, SeesARequestWithoutAnAnswer) {
  bob_has_both();
  oracle.waited("r1", 61, 60);
  expect("no answer within the bound: r1");
}

}  // namespace
}  // namespace mnm::sim
