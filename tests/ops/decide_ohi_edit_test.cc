#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class ShowingPresence : public Story {
 protected:
  Client shower = registers();
  Client seer = registers();
  Client seer_too = adds_node(seer);
  Client other = registers();

  void SetUp() override {
    for (const Client& who : {seer, seer_too}) reads_all(who);
  }
  Outcome edits(const Client& who, OhiType type, std::vector<std::string> uids) {
    return ask(who, OhiEdit{type, std::move(uids)});
  }
  // The statuses that a session was told.
  static std::vector<std::uint32_t> seen_by(const Outcome& outcome, const Client& who) {
    std::vector<std::uint32_t> statuses;
    for (const Ohi& ohi : outcome.told_to<Ohi>(who.session)) statuses.push_back(ohi.status);
    return statuses;
  }
};

TEST_F(ShowingPresence, TellsTheConnectedNodesOfThoseAddedAndDropped) {
  const Outcome added = edits(shower, OhiType::kAdd, {seer.uid});
  EXPECT_EQ(added.error(), "");
  EXPECT_FALSE(added.shown());
  EXPECT_THAT(seen_by(added, seer), ElementsAre(1));
  EXPECT_THAT(seen_by(added, seer_too), ElementsAre(1));
  EXPECT_THAT(seen_by(added, other), IsEmpty());
  EXPECT_EQ(added.told_to<Ohi>(seer.session).at(0).from_uid, shower.uid);
  quits(seer_too);
  const Outcome dropped = edits(shower, OhiType::kDrop, {seer.uid});
  EXPECT_THAT(seen_by(dropped, seer), ElementsAre(2));
  EXPECT_THAT(seen_by(dropped, seer_too), IsEmpty());
  EXPECT_THAT(queue(seer), IsEmpty()) << "presence never waits";
}

TEST_F(ShowingPresence, TellsChangesOnly) {
  edits(shower, OhiType::kAdd, {seer.uid});
  EXPECT_THAT(seen_by(edits(shower, OhiType::kAdd, {seer.uid}), seer), IsEmpty());
  EXPECT_THAT(seen_by(edits(shower, OhiType::kInit, {seer.uid}), seer), IsEmpty());
  EXPECT_THAT(seen_by(edits(shower, OhiType::kDrop, {other.uid}), other), IsEmpty());
  EXPECT_THAT(seen_by(edits(shower, OhiType::kAdd, {other.uid, other.uid}), other), ElementsAre(1));
}

TEST_F(ShowingPresence, InitExtendsTheListAndLeavesNoMessage) {
  const Client shower_too = adds_node(shower);
  reads_all(shower);
  reads_all(shower_too);
  edits(shower, OhiType::kInit, {seer.uid});
  const Outcome outcome = edits(shower_too, OhiType::kInit, {other.uid});
  EXPECT_THAT(outcome.facts(), ElementsAre("ohi_edited"));
  EXPECT_THAT(seen_by(outcome, seer), IsEmpty());
  EXPECT_THAT(seen_by(outcome, other), ElementsAre(1));
  EXPECT_THAT(views().user(shower.user).presence->targets,
              UnorderedElementsAre(seer.user, other.user));
  EXPECT_THAT(queue(shower), IsEmpty());
}

TEST_F(ShowingPresence, TellsOwnNodesOfAnAdditionOrDrop) {
  const Client shower_too = adds_node(shower);
  reads_all(shower);
  reads_all(shower_too);
  edits(shower, OhiType::kAdd, {seer.uid, other.uid});
  for (const Client& who : {shower, shower_too}) {
    ASSERT_THAT(queue(who), ElementsAre("ohiedit"));
    EXPECT_EQ(last(who, message::OHIEDIT).type(), "add");
    EXPECT_THAT(last(who, message::OHIEDIT).for_uids(), ElementsAre(seer.uid, other.uid));
  }
  edits(shower, OhiType::kDrop, {other.uid});
  EXPECT_EQ(last(shower_too, message::OHIEDIT).type(), "drop");
}

TEST_F(ShowingPresence, ChecksAllUidsFirst) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"Unknown", "OpenNodes: iUid Unknown not found"},
      {"not-one", "fetchUser: invalid string 'not-one'"},
  };
  for (const OhiType type : {OhiType::kAdd, OhiType::kDrop, OhiType::kInit}) {
    for (const auto& [uid, error] : cases) {
      const Outcome outcome = edits(shower, type, {seer.uid, uid});
      EXPECT_EQ(outcome.error(), error);
      EXPECT_THAT(outcome.facts(), ElementsAre("refused"));
      EXPECT_THAT(seen_by(outcome, seer), IsEmpty());
    }
  }
  EXPECT_THAT(views().user(shower.user).presence->nodes, IsEmpty());
}

TEST_F(ShowingPresence, AddedOnceMoreIsNoSecondMessageButShows) {
  const OhiEdit add{OhiType::kAdd, {seer.uid}};
  EXPECT_THAT(ask(shower, add, {.id = "1"}).facts(), ElementsAre("ohi_edited", "stored"));
  const Outcome at_once = ask(shower, add, {.id = "1"});
  EXPECT_THAT(at_once.facts(), ElementsAre("ohi_edited"));
  EXPECT_EQ(at_once.error(), "");
  EXPECT_THAT(seen_by(at_once, seer), IsEmpty());
  reads_all(shower);
  quits(shower);
  const Client again = logs_in(shower);
  reads_all(again);
  const Outcome later = ask(again, add, {.id = "1"});
  EXPECT_THAT(seen_by(later, seer), ElementsAre(1)) << "presence ended with the first session";
  EXPECT_THAT(queue(again), IsEmpty());
}

TEST_F(ShowingPresence, InitIsNeverTakenForARepetition) {
  EXPECT_THAT(ask(shower, OhiEdit{OhiType::kInit, {seer.uid}}, {.id = "first_ohi"}).facts(),
              ElementsAre("ohi_edited"));
  quits(shower);
  const Client again = logs_in(shower);
  EXPECT_THAT(ask(again, OhiEdit{OhiType::kInit, {seer.uid}}, {.id = "first_ohi"}).facts(),
              ElementsAre("ohi_edited"));
}

}  // namespace
}  // namespace mnm::ops
