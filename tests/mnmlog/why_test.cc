// why: each verdict, with its exit code.
#include <boost/json.hpp>

#include "mnmlog/fixture.h"

namespace mnm {
namespace {

using ::testing::HasSubstr;

class Why : public Inspecting {
 protected:
  void SetUp() override { write_history(); }
  std::string verdict(const std::string& subject, int code) {
    const Ran ran = mnmlog({"why", subject, "--json"});
    EXPECT_EQ(ran.code, code) << ran.out << ran.err;
    last_ = boost::json::parse(ran.out).as_object();
    EXPECT_EQ(last_.at("stuck"), code == 1);
    return std::string(last_.at("verdict").as_string());
  }
  std::string evidence(std::string_view what) {
    for (const auto& each : last_.at("evidence").as_array()) {
      if (each.at("what").as_string() == what) return std::string(each.at("text").as_string());
    }
    return {};
  }
  void end_session(std::uint32_t user, std::uint64_t session) {
    event::Event& event = log_.add(user, user);
    event.mutable_actor()->set_session(session);
    event.mutable_session_ended()->set_reason("lost");
  }
  const std::string bobs_node_ = kBob + "/1";
  boost::json::object last_;
};

TEST_F(Why, NothingWaits) {
  EXPECT_EQ(verdict("maria-lopez/1", 0), "nothing_waits");
  EXPECT_EQ(evidence("state"), "connected");
  EXPECT_EQ(verdict("maria-lopez", 0), "nothing_waits");
  EXPECT_EQ(last_.at("nodes").as_array().size(), 1u);
}

TEST_F(Why, NeverLoggedIn) {
  EXPECT_EQ(verdict(bobs_node_, 1), "never_logged_in");
  EXPECT_THAT(evidence("queue"), HasSubstr(message_id(second_post_)));
  EXPECT_THAT(evidence("ack"), HasSubstr("2026-01-02T03:06:05"));
  EXPECT_EQ(verdict(kBob, 1), "never_logged_in");
  EXPECT_THAT(mnmlog({"why", kBob}).out, HasSubstr("STUCK  " + kBob));
}

TEST_F(Why, Offline) {
  log_.log_in(2, 2, 5);
  log_.move_time(30);
  end_session(2, 5);
  log_.commit();
  EXPECT_EQ(verdict(bobs_node_, 1), "offline");
  EXPECT_THAT(std::string(last_.at("text").as_string()), HasSubstr("2026-01-02T03:06:35"));
  EXPECT_THAT(evidence("end"), HasSubstr("lost"));
  EXPECT_THAT(evidence("login"), HasSubstr("192.0.2.7:4711"));
}

TEST_F(Why, ConnectedAndNotAcking) {
  log_.log_in(2, 2, 5);
  log_.commit();
  EXPECT_EQ(verdict(bobs_node_, 1), "not_acking") << "the history is old";
}

TEST_F(Why, ConnectedAndReceiving) {
  const std::uint64_t in_2100 = 74 * 365 * 86400ULL;  // later than any run of this test
  log_.move_time(in_2100);
  log_.log_in(2, 2, 5);
  log_.commit();
  EXPECT_EQ(verdict(bobs_node_, 0), "receiving");
}

TEST_F(Why, TheRelayIsNotRunning) {
  log_.log_in(2, 2, 5);
  log_.commit();
  log_.close();
  EXPECT_EQ(verdict(bobs_node_, 1), "relay_stopped");
}

TEST_F(Why, OverItsQuota) {
  log_.post(1, 1, {}, "no room", {2});
  log_.commit();
  event::Stored& stored = *log_.add(1, 1).mutable_stored();
  stored.set_kind(message::DELIVERY);
  stored.add_over_quota(2);
  const Lsn id = log_.next_lsn() - 1;
  log_.commit();
  EXPECT_EQ(verdict(bobs_node_, 1), "never_logged_in");
  EXPECT_THAT(evidence("quota"), HasSubstr("no copy of 1 message"));
  EXPECT_EQ(verdict(message_id(id), 1), "over_quota");
}

TEST_F(Why, Dropped) {
  log_.add(1, 1).mutable_node_dropped()->set_node(2);
  log_.commit();
  EXPECT_EQ(verdict(bobs_node_, 1), "dropped");
  EXPECT_THAT(evidence("dropped"), HasSubstr("by maria-lopez/1"));
  EXPECT_THAT(mnmlog({"why", bobs_node_}).out, HasSubstr("[LSN 12]"));
  EXPECT_EQ(verdict(kBob, 1), "dropped");
  EXPECT_EQ(verdict(message_id(second_post_), 1), "copy_ended");
}

TEST_F(Why, ReceiveOnly) {
  event::ReceiveOnlySet& set = *log_.add().mutable_receive_only_set();
  set.set_user(1);
  set.set_on(true);
  log_.commit();
  EXPECT_EQ(verdict("maria-lopez", 1), "receive_only");
  EXPECT_EQ(verdict("maria-lopez/1", 0), "nothing_waits");
}

TEST_F(Why, OfAMessage) {
  EXPECT_EQ(verdict(message_id(first_post_), 0), "acked");
  EXPECT_EQ(verdict(message_id(second_post_), 1), "never_logged_in");
  EXPECT_EQ(last_.at("nodes").as_array().at(0).at("subject"), bobs_node_.c_str());
  EXPECT_THAT(mnmlog({"why", message_id(second_post_)}).out, HasSubstr("0 of 1 node"));
}

TEST_F(Why, OfNobodyIsANegativeAnswer) {
  EXPECT_EQ(mnmlog({"why", "nobody"}).code, 1);
  EXPECT_EQ(mnmlog({"why", "maria-lopez/7"}).code, 1);
  EXPECT_EQ(mnmlog({"why", message_id(Lsn(99))}).code, 1);
  EXPECT_EQ(mnmlog({"why"}).code, 2);
}

}  // namespace
}  // namespace mnm
