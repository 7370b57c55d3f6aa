// The judge of histories, judged: a good history passes, and for each rule there is a bad one.
#include "support/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mnm::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class HistoryRules : public ::testing::Test {
 protected:
  // Ann's first two messages, for Bob, acked.
  void SetUp() override {
    history.login("bob");
    history.post("ann", "one", {"bob"});
    history.ack("one", "11");
    history.post("ann", "two", {"bob"});
    history.ack("two", "12");
  }
  void deliver_both() {
    history.deliver("bob", "11", "one");
    history.deliver("bob", "12", "two");
  }
  void post_three_and_four() {
    history.post("ann", "three", {"bob"});
    history.post("ann", "four", {"bob"});
  }
  void take_four_before_three() {
    history.ack("four", "13");
    history.ack("three", "14");
    deliver_both();
    history.deliver("bob", "13", "four");
    history.deliver("bob", "14", "three");
  }
  void expect_fault(const std::string& what) {
    EXPECT_THAT(history.faults(), ElementsAre(HasSubstr(what)));
  }
  History history;
};

TEST_F(HistoryRules, PassAGoodHistory) {
  deliver_both();
  EXPECT_THAT(history.faults(), IsEmpty());
}

TEST_F(HistoryRules, AllowRepeatsBeforeTheAckIsConfirmed) {
  deliver_both();
  history.login("bob");
  deliver_both();
  EXPECT_THAT(history.faults(), IsEmpty());
  EXPECT_EQ(history.counts().repeated, 2U);
}

TEST_F(HistoryRules, AllowThatAPostOfUnknownOutcomeWasStoredOrNot) {
  deliver_both();
  history.post("ann", "stored", {"bob"});
  history.post("ann", "not stored", {"bob"});
  history.deliver("bob", "13", "stored");
  EXPECT_THAT(history.faults(), IsEmpty());
}

TEST_F(HistoryRules, FindALostMessage) {
  history.deliver("bob", "11", "one");
  expect_fault("lost for bob: two");
}

TEST_F(HistoryRules, FindAMessageLostForANodeThatNeverSawAny) {
  deliver_both();
  history.post("ann", "three", {"bob", "carol"});
  history.ack("three", "13");
  history.deliver("bob", "13", "three");
  expect_fault("lost for carol: three");
}

TEST_F(HistoryRules, FindAPhantom) {
  deliver_both();
  history.deliver("bob", "13", "nobody sent this");
  expect_fault("phantom");
}

TEST_F(HistoryRules, FindASpoiltMessage) {
  deliver_both();
  history.login("bob");
  history.deliver("bob", "11", "onE");
  expect_fault("spoilt");
}

TEST_F(HistoryRules, FindALeak) {
  deliver_both();
  history.deliver("stranger", "11", "one");
  expect_fault("leaked to stranger");
}

TEST_F(HistoryRules, FindASendersMessagesOutOfOrder) {
  history.deliver("bob", "12", "two");
  history.login("bob");
  history.deliver("bob", "11", "one");
  expect_fault("came after a later one of its sender at bob: one");
}

TEST_F(HistoryRules, AllowThatWhatWasRefusedForTheMomentComesLater) {
  post_three_and_four();
  history.postpone("three");
  take_four_before_three();
  EXPECT_THAT(history.faults(), IsEmpty());
}

TEST_F(HistoryRules, LetTheRelayPlaceWhatIsInDoubt) {
  post_three_and_four();
  history.doubt("three");
  take_four_before_three();
  EXPECT_THAT(history.faults(), IsEmpty());
}

TEST_F(HistoryRules, FindWhatIsInDoubtAndYetOutOfOrder) {
  history.post("ann", "three", {"bob"});
  history.doubt("three");
  history.ack("three", "13");
  history.deliver("bob", "13", "three");
  history.login("bob");
  history.deliver("bob", "11", "one");
  history.deliver("bob", "12", "two");
  EXPECT_THAT(history.faults(), Each(HasSubstr("came after a later one of its sender at bob")));
  EXPECT_FALSE(history.faults().empty());
}

TEST_F(HistoryRules, FindIdsThatFallWithinASession) {
  deliver_both();
  history.deliver("bob", "11", "one");
  expect_fault("ids don't rise");
}

TEST_F(HistoryRules, FindADeliveryAfterAConfirmedAck) {
  deliver_both();
  history.confirm("bob", "11");
  history.login("bob");
  history.deliver("bob", "11", "one");
  expect_fault("came again after the ack of bob: one");
}

TEST_F(HistoryRules, FindOneIdForTwoMessages) {
  deliver_both();
  history.post("carol", "other", {"bob"});
  history.login("bob");
  history.deliver("bob", "12", "other");
  expect_fault("has another message's id: other");
}

TEST_F(HistoryRules, FindARetryThatBecameASecondMessage) {
  deliver_both();
  history.ack("two", "13");
  expect_fault("has two ids: two");
}

TEST_F(HistoryRules, FindADeliveryUnderAnotherIdThanTheAcks) {
  history.deliver("bob", "11", "one");
  history.deliver("bob", "13", "two");
  expect_fault("has two ids: two");
}

TEST_F(HistoryRules, FindAnIdThatDoesNotRise) {
  deliver_both();
  history.post("carol", "late", {"bob"});
  history.ack("late", "10");
  history.login("bob");
  history.deliver("bob", "10", "late");
  expect_fault("isn't above");
}

TEST_F(HistoryRules, LetIdsOfWhatWasPostedTogetherComeInAnyOrder) {
  deliver_both();
  history.post("carol", "c", {"bob"});
  history.post("dave", "d", {"bob"});
  history.ack("d", "14");
  history.ack("c", "13");
  history.deliver("bob", "13", "c");
  history.deliver("bob", "14", "d");
  EXPECT_THAT(history.faults(), IsEmpty());
}

TEST_F(HistoryRules, FindATraceOfARefusedPost) {
  deliver_both();
  history.post("ann", "refused", {"bob"});
  history.refuse("refused");
  history.deliver("bob", "13", "refused");
  expect_fault("was refused, yet exists");
}

}  // namespace
}  // namespace mnm::testing
