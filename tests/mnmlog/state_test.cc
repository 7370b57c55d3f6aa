// state: the views as of any moment, and from which base they are folded.
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "mnmlog/fixture.h"
#include "ops/checkpoint.h"
#include "ops/moments.h"
#include "ops/replay.h"

namespace mnm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class State : public Inspecting {
 protected:
  void SetUp() override { write_history(); }
  boost::json::object json(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "state");
    arguments.emplace_back("--json");
    const Ran ran = mnmlog(std::move(arguments));
    EXPECT_EQ(ran.code, 0) << ran.err;
    return boost::json::parse(ran.out).as_object();
  }
  [[nodiscard]] static std::string digest_of(const state::Views& views) {
    return hex_encode(as_bytes(views.digest()));
  }
  // A checkpoint at `at` that says 77 hours of uptime, which no event of the log does: whoever
  // starts from it says so, too.
  void write_false_checkpoint(Lsn at, bool of_this_log = true) {
    const std::string directory = log_.directory() + "/views";
    std::filesystem::create_directories(directory);
    auto checkpoint = ops::Checkpoint::open(directory);
    ASSERT_TRUE(checkpoint) << checkpoint.error().text;
    state::Changes changes{.track = true};
    const state::Views views = false_views(at, changes);
    ASSERT_TRUE((*checkpoint)->write(views, changes, position(at, of_this_log)));
  }
  // A moment that says so.
  void write_false_moment(Lsn at, bool of_this_log = true) {
    state::Changes changes;
    const state::Views views = false_views(at, changes);
    const ops::Bases moments = ops::moments_in(log_.directory());
    ASSERT_TRUE(moments.write(views, position(at, of_this_log), {}));
  }
  std::int64_t uptime(const std::string& at) {
    const Ran ran = mnmlog({"state", "--all", "--json", "--at", at});
    EXPECT_EQ(ran.code, 0) << ran.err;
    const std::string log = ran.out.substr(0, ran.out.find('\n'));
    return boost::json::parse(log).at("uptime_hours").as_int64();
  }

 private:
  state::Views false_views(Lsn at, state::Changes& changes) {
    state::Views views;
    EXPECT_TRUE(ops::replay(log_.log(), at - 1, views, changes));
    event::Event tick;
    tick.mutable_tick()->set_uptime_hours(77);
    views.evolve(at, tick, changes);
    return views;
  }
  log::Position position(Lsn at, bool of_this_log) {
    const auto record = log_.log().read(at);
    CHECK(record && record->last() == at);
    log::Position position{record->epoch, at, record->chain};
    if (!of_this_log) position.chain[0] ^= 1;
    return position;
  }
};

TEST_F(State, OfAUserAtTheEnd) {
  const auto user = json({"user", "maria-lopez"});
  EXPECT_EQ(user.at("at_lsn"), 11);
  EXPECT_EQ(user.at("object"), "user");
  EXPECT_EQ(user.at("id"), kMaria.c_str());
  EXPECT_EQ(user.at("nodes").as_array().at(0), (kMaria + "/1").c_str());
  EXPECT_EQ(user.at("aliases").as_array().at(0).at("alias"), "maria-lopez");
  EXPECT_EQ(user.at("receive_only"), false);
  const std::string text = mnmlog({"state", "user", kBob}).out;
  EXPECT_THAT(text, HasSubstr("\\u{1b}]52"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST_F(State, OfAQueueAsOfEachMoment) {
  const auto waiting = [this](const std::string& at) {
    return json({"queue", kBob + "/1", "--at", at}).at("waiting").as_int64();
  };
  EXPECT_EQ(waiting("7"), 0);
  EXPECT_EQ(waiting("8"), 1) << "a moment may lie within a record";
  EXPECT_EQ(waiting("9"), 2);
  EXPECT_EQ(waiting("10"), 1);
  EXPECT_EQ(waiting("end-2"), 2);
  EXPECT_EQ(waiting("@2026-01-02T03:06"), 2);
  EXPECT_EQ(waiting("end"), 1);
}

TEST_F(State, OfAGroupNamesItsMembers) {
  event::MemberSet& set = *log_.add(1, 1).mutable_member_set();
  set.set_group(1);
  set.set_gid("ops-team");
  set.set_user(1);
  set.set_alias("mary");
  set.set_status(event::JOINED);
  set.set_act("invite");
  log_.commit();
  const auto group = json({"group", "ops-team"});
  EXPECT_EQ(group.at("members").as_array().at(0).at("user"), kMaria.c_str());
  EXPECT_EQ(group.at("members").as_array().at(0).at("status"), "joined");
  EXPECT_EQ(json({"user", kMaria}).at("groups").as_array().at(0).at("group"), "ops-team");
  EXPECT_EQ(mnmlog({"state", "group", "ops-team", "--at", "11"}).code, 1) << "not yet";
}

TEST_F(State, OfAllHasTheDigestOfThatMoment) {
  const std::string end = digest_of(log_.views());
  EXPECT_EQ(json({"--hash"}).at("digest"), end.c_str());
  EXPECT_EQ(mnmlog({"state", "--all", "--hash"}).out, end + "\n");
  log_.ack(2, 2, second_post_);
  log_.commit();
  EXPECT_EQ(json({"--hash"}).at("digest"), digest_of(log_.views()).c_str());
  EXPECT_EQ(json({"--hash", "--at", "11"}).at("digest"), end.c_str());
}

TEST_F(State, OfAllListsTheLogUsersNodesAndQueues) {
  const std::string out = mnmlog({"state", "--all", "--json"}).out;
  EXPECT_EQ(std::ranges::count(out, '\n'), 6) << out;
  EXPECT_THAT(out, HasSubstr(R"("object":"queue","id":")" + kBob + "/1\""));
  EXPECT_THAT(out, Not(HasSubstr("76767676"))) << "a verifier";
}

TEST_F(State, IsFoldedFromTheCheckpointWhereThatIsNotLater) {
  write_false_checkpoint(Lsn(9));
  EXPECT_EQ(uptime("9"), 77);
  EXPECT_EQ(uptime("11"), 77);
  EXPECT_EQ(uptime("8"), 0);
}

TEST_F(State, IsNotFoldedFromAnotherLogsCheckpoint) {
  write_false_checkpoint(Lsn(9), false);
  EXPECT_EQ(uptime("11"), 0);
}

TEST_F(State, IsFoldedFromTheLatestMomentThatIsNotLater) {
  write_false_moment(Lsn(7));
  EXPECT_EQ(uptime("6"), 0);
  EXPECT_EQ(uptime("7"), 77);
  EXPECT_EQ(uptime("8"), 77) << "a moment may lie within a record";
  EXPECT_EQ(uptime("11"), 77);
  write_false_checkpoint(Lsn(9));
  EXPECT_EQ(uptime("11"), 77);
}

TEST_F(State, IsNotFoldedFromAnotherLogsMomentNorFromADamagedOne) {
  write_false_moment(Lsn(9), false);
  EXPECT_EQ(uptime("11"), 0);
  write_false_moment(Lsn(7));
  std::ofstream(ops::moments_in(log_.directory()).path(Lsn(7)), std::ios::app) << "x";
  EXPECT_EQ(uptime("11"), 0);
}

TEST_F(State, OfAFalseMomentIsFoundByVerify) {
  EXPECT_EQ(mnmlog({"verify"}).code, 0);
  write_false_moment(Lsn(7));
  const Ran ran = mnmlog({"verify"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.out, HasSubstr("the moment at LSN 7 isn't what the events say"));
  EXPECT_THAT(ran.out, HasSubstr("unaffected  LSN 1..11\n")) << "it is no part of the log";
}

TEST_F(State, OfAFalseCheckpointIsFoundByVerify) {
  for (const bool at_the_end : {false, true}) {
    write_false_checkpoint(Lsn(at_the_end ? 11 : 7));
    const Ran ran = mnmlog({"verify"});
    EXPECT_EQ(ran.code, 4) << ran.out;
    EXPECT_THAT(ran.out, HasSubstr("the checkpoint at LSN"));
    EXPECT_THAT(ran.out, HasSubstr("isn't what the events say"));
    EXPECT_THAT(ran.out, HasSubstr("unaffected  LSN 1..11\n"));
    std::filesystem::remove_all(log_.directory() + "/views");
  }
  EXPECT_EQ(mnmlog({"verify"}).code, 0);
}

TEST_F(State, OfACheckpointThatVerifyDoesNotComeByIsNotJudged) {
  write_false_checkpoint(Lsn(9));
  const Ran before = mnmlog({"verify", "..7"});
  EXPECT_EQ(before.code, 0) << before.out << before.err;
  EXPECT_THAT(before.err, HasSubstr("views is at LSN 9, past what was verified"));
  const Ran within = mnmlog({"verify", "8.."});
  EXPECT_EQ(within.code, 0) << within.out << within.err;
  std::filesystem::remove_all(log_.directory() + "/views");
  write_false_checkpoint(Lsn(9), false);
  const Ran foreign = mnmlog({"verify"});
  EXPECT_EQ(foreign.code, 0) << "nobody starts from it: " << foreign.out;
  EXPECT_THAT(foreign.err, HasSubstr("of another log"));
}

TEST_F(State, OfATrueMomentIsComparedByVerify) {
  state::Views views;
  state::Changes changes;
  const auto at = ops::replay(log_.log(), Lsn(9), views, changes);
  ASSERT_TRUE(at);
  const ops::Bases moments = ops::moments_in(log_.directory());
  ASSERT_TRUE(moments.write(views, *at, {}));
  EXPECT_THAT(mnmlog({"verify", "--moments"}).out, HasSubstr("1 kept ones compared")) << "as ever";
  EXPECT_EQ(mnmlog({"state", "--hash", "--all", "--at", "9"}).out, digest_of(views) + "\n");
  std::ofstream(moments.path(at->lsn), std::ios::app) << "x";
  EXPECT_EQ(mnmlog({"verify"}).code, 3);
}

TEST_F(State, OfWhatIsNotThereIsANegativeAnswer) {
  EXPECT_EQ(mnmlog({"state", "user", "nobody"}).code, 1);
  EXPECT_EQ(mnmlog({"state", "user", "maria-lopez", "--at", "2"}).code, 1);
  EXPECT_EQ(mnmlog({"state", "user", kMaria, "--at", "12"}).code, 1) << "beyond the end";
  EXPECT_EQ(mnmlog({"state", "user", kMaria, "--at", "@2020-01-01"}).code, 1);
}

TEST_F(State, RefusesWhatCannotBeMeant) {
  EXPECT_EQ(mnmlog({"state"}).code, 2);
  EXPECT_EQ(mnmlog({"state", "user"}).code, 2);
  EXPECT_EQ(mnmlog({"state", "planet", "mars"}).code, 2);
  EXPECT_EQ(mnmlog({"state", "user", kMaria, "--all"}).code, 2);
  EXPECT_EQ(mnmlog({"state", "--hash", "--at", "now"}).code, 2);
}

}  // namespace
}  // namespace mnm
