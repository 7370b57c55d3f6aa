// trace: the life of a message, from its post to its purge.
#include <boost/json.hpp>

#include "mnmlog/fixture.h"

namespace mnm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Trace : public Inspecting {
 protected:
  void SetUp() override { write_history(); }
  boost::json::object trace(Lsn id) {
    const Ran ran = mnmlog({"trace", message_id(id), "--json"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return boost::json::parse(ran.out).as_object();
  }
  boost::json::object copy(Lsn id, std::size_t index = 0) {
    return trace(id).at("copies").as_array().at(index).as_object();
  }
  void end_session(std::uint32_t user, std::uint64_t session, std::uint64_t sent,
                   std::uint64_t acked) {
    event::Event& event = log_.add(user, user);
    event.mutable_actor()->set_session(session);
    event.mutable_session_ended()->set_reason("lost");
    event.mutable_session_ended()->set_sent(sent);
    event.mutable_session_ended()->set_acked(acked);
  }
};

TEST_F(Trace, OfAMessageThatWasAcked) {
  const auto life = trace(first_post_);
  EXPECT_EQ(life.at("actor_node"), (kMaria + "/1").c_str());
  EXPECT_EQ(life.at("targets").as_array().at(0), kBob.c_str());
  EXPECT_EQ(life.at("body"), "purged");
  EXPECT_EQ(life.at("purged_lsn"), 10);
  EXPECT_EQ(life.at("waiting"), 0);
  const auto bob = copy(first_post_);
  EXPECT_EQ(bob.at("node"), (kBob + "/1").c_str());
  EXPECT_EQ(bob.at("state"), "acked");
  EXPECT_EQ(bob.at("sent"), "yes");
  EXPECT_EQ(bob.at("queued_lsn"), 8);
  EXPECT_EQ(bob.at("ended_lsn"), 10);
  EXPECT_EQ(bob.at("took_ns"), 60'000'000'000);
  const std::string text = mnmlog({"trace", message_id(first_post_)}).out;
  EXPECT_THAT(text, HasSubstr("BOB9XW3C5TQ1/1\t8\tyes\t10\t+1m 0s\tacked"));
  EXPECT_THAT(text, HasSubstr("purged by LSN 10 at 2026-01-02T03:06:05.118+00:00, 1m 0s after"));
}

TEST_F(Trace, OfAMessageThatWaits) {
  const auto life = trace(second_post_);
  EXPECT_EQ(life.at("body"), "kept");
  EXPECT_EQ(life.at("waiting"), 1);
  EXPECT_FALSE(life.contains("purged_lsn"));
  EXPECT_EQ(copy(second_post_).at("state"), "waiting");
  EXPECT_EQ(copy(second_post_).at("sent"), "no") << "bob has not logged in since";
  EXPECT_FALSE(copy(second_post_).contains("ended_lsn"));
  const std::string text = mnmlog({"trace", message_id(second_post_)}).out;
  EXPECT_THAT(text, HasSubstr("no session since the post"));
  EXPECT_THAT(text, HasSubstr("kept: 1 of 1 copies wait"));
  EXPECT_THAT(text, Not(HasSubstr("xxx"))) << "the body is nobody's business";
}

TEST_F(Trace, TellsFromTheSessionsWhetherItCanHaveBeenSent) {
  log_.log_in(2, 2, 7);
  end_session(2, 7, 0, 0);
  log_.commit();
  EXPECT_EQ(copy(second_post_).at("sent"), "no") << "nothing was sent in it";
  log_.log_in(2, 2, 8);
  end_session(2, 8, 3, 3);
  log_.commit();
  EXPECT_EQ(copy(second_post_).at("sent"), "no") << "all that was sent was acked";
  log_.log_in(2, 2, 9);
  end_session(2, 9, 3, 2);
  log_.commit();
  EXPECT_EQ(copy(second_post_).at("sent"), "perhaps");
  log_.log_in(2, 2, 10);
  log_.commit();
  const auto bob = copy(second_post_);
  EXPECT_EQ(bob.at("session_count"), 4);
  EXPECT_FALSE(bob.at("sessions").as_array().at(3).as_object().contains("ended_lsn"));
  EXPECT_THAT(mnmlog({"trace", message_id(second_post_)}).out, HasSubstr("session 10 is open"));
}

TEST_F(Trace, KnowsASessionThatWasOpenWhenTheMessageCame) {
  const Lsn to_maria = log_.post(2, 2, {NodeNo(1)}, "back", {1});
  log_.commit();
  EXPECT_EQ(copy(to_maria).at("sessions").as_array().at(0).at("session"), 1);
  EXPECT_EQ(copy(to_maria).at("sent"), "perhaps");
  end_session(1, 1, 1, 0);
  log_.commit();
  const auto session = copy(to_maria).at("sessions").as_array().at(0).as_object();
  EXPECT_FALSE(session.contains("begun_lsn"));
  EXPECT_EQ(session.at("sent"), 1);
}

TEST_F(Trace, NamesSessionsCutOffByARestart) {
  log_.log_in(2, 2, 7);
  log_.commit();
  log_.start();
  log_.commit();
  const auto life = trace(second_post_);
  EXPECT_THAT(std::string(life.at("gaps").as_array().at(0).as_string()), HasSubstr("cut off"));
  EXPECT_EQ(copy(second_post_).at("sent"), "perhaps");
}

TEST_F(Trace, FollowsCopiesToNewNodesAndTheirEnds) {
  event::NodeAdded& added = *log_.add(2, 2).mutable_node_added();
  added.set_user(2);
  added.set_node(3);
  added.set_ordinal(2);
  added.set_node_name("laptop");
  added.set_verifier(std::string(32, 'w'));
  added.set_copy_of(2);
  log_.commit();  // 12
  EXPECT_EQ(copy(second_post_, 1).at("queued_lsn"), 12);
  log_.add().mutable_node_dropped()->set_node(2);
  log_.commit();  // 13
  EXPECT_EQ(copy(second_post_, 0).at("state"), "dropped");
  event::Expired& expired = *log_.add().mutable_expired();
  expired.set_id(second_post_.value());
  expired.add_nodes(3);
  expired.set_reason("too old");
  log_.add().mutable_tick()->set_uptime_hours(1);
  log_.commit();  // 14
  EXPECT_EQ(copy(second_post_, 1).at("state"), "expired");
  EXPECT_EQ(copy(second_post_, 1).at("reason"), "too old");
  EXPECT_EQ(trace(second_post_).at("purged_lsn"), 14);
}

TEST_F(Trace, OfWhatIsNoMessageIsANegativeAnswer) {
  EXPECT_EQ(mnmlog({"trace", message_id(Lsn(10))}).code, 1);
  EXPECT_EQ(mnmlog({"trace", message_id(Lsn(99))}).code, 1);
  EXPECT_EQ(mnmlog({"trace", "9"}).code, 2);
}

}  // namespace
}  // namespace mnm
