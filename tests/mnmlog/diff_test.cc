// diff: what changed between two moments, and which events did it.
#include <boost/json.hpp>

#include "mnmlog/fixture.h"

namespace mnm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Diff : public Inspecting {
 protected:
  void SetUp() override { write_history(); }
  void set_member(std::uint32_t by, std::uint32_t user, const std::string& alias,
                  event::MemberStatus status, const std::string& act, const std::string& gid = {}) {
    event::MemberSet& set = *log_.add(by, by).mutable_member_set();
    set.set_group(1);
    set.set_gid(gid);
    set.set_user(user);
    set.set_alias(alias);
    set.set_status(status);
    set.set_act(act);
  }
  boost::json::object json(std::vector<std::string> arguments, int code = 1) {
    arguments.insert(arguments.begin(), "diff");
    arguments.emplace_back("--json");
    const Ran ran = mnmlog(std::move(arguments));
    EXPECT_EQ(ran.code, code) << ran.err;
    return boost::json::parse(ran.out).as_object();
  }
  // The one change of this object's field, or null.
  static boost::json::value change(const boost::json::object& diff, std::string_view object,
                                   std::string_view field, std::string_view item = {}) {
    boost::json::value found;
    for (const auto& each : diff.at("changes").as_array()) {
      const auto& one = each.as_object();
      const auto is = [&one](const char* name, std::string_view value) {
        const auto* member = one.if_contains(name);
        return member == nullptr ? value.empty() : member->as_string() == value;
      };
      if (is("object", object) && is("field", field) && is("item", item)) found = each;
    }
    return found;
  }
};

TEST_F(Diff, OfOneMomentFindsNothing) {
  const auto none = json({"9", "9"}, 0);
  EXPECT_EQ(none.at("identical"), true);
  EXPECT_TRUE(none.at("changes").as_array().empty());
  EXPECT_EQ(mnmlog({"diff", "11"}).code, 0) << "to the end, which it is";
}

TEST_F(Diff, NamesTheEventAndItsActorOfEachChange) {
  const auto diff = json({"8", "10"});
  EXPECT_EQ(diff.at("from_lsn"), 8);
  EXPECT_EQ(diff.at("to_lsn"), 10);
  const auto gone = change(diff, "queue", "messages", message_id(first_post_));
  EXPECT_EQ(gone.at("change"), "removed");
  EXPECT_EQ(gone.at("causes").at(0).at("lsn"), 10);
  EXPECT_EQ(gone.at("causes").at(0).at("event"), "acked");
  EXPECT_EQ(gone.at("causes").at(0).at("actor"), (kBob + "/1").c_str());
  const auto came = change(diff, "queue", "messages", message_id(second_post_));
  EXPECT_EQ(came.at("change"), "added");
  EXPECT_EQ(came.at("after").at("data_bytes"), 2048);
  EXPECT_EQ(came.at("causes").at(0).at("lsn"), 9);
  const auto bytes = change(diff, "queue", "cost_bytes");
  EXPECT_EQ(bytes.at("before"), 40);
  EXPECT_EQ(bytes.at("after"), 2084);
}

TEST_F(Diff, ShowsMembersAsPeopleReadThem) {
  set_member(1, 1, "mary", event::JOINED, "invite", "ops-team");
  set_member(1, 2, "rob", event::INVITED, "invite");
  log_.commit();  // 12, 13
  set_member(2, 2, "rob", event::JOINED, "join");
  set_member(2, 2, "bob", event::JOINED, "alias");
  log_.commit();  // 14, 15
  set_member(2, 2, "bob", event::MEMBER_NONE, "drop");
  log_.commit();  // 16
  EXPECT_EQ(mnmlog({"diff", "11", "12", "group", "ops-team"}).out,
            "+ group ops-team   [invite 12 by maria-lopez/1]\n"
            "  members                  + maria-lopez (alias mary, status joined)"
            "   [invite 12 by maria-lopez/1]\n");
  EXPECT_EQ(mnmlog({"diff", "12", "15", "group", "ops-team"}).out,
            "group ops-team\n"
            "  members                  + " +
                kBob +
                " (alias bob, status joined)"
                "   [invite 13 by maria-lopez/1, join 14 by " +
                kBob + "/1, alias 15 by " + kBob + "/1]\n");
  EXPECT_THAT(mnmlog({"diff", "13", "15", "group", "ops-team"}).out,
              HasSubstr("~ " + kBob + ": alias rob -> bob, status invited -> joined   [join 14"));
  EXPECT_THAT(mnmlog({"diff", "15", "16", "group", "ops-team"}).out,
              HasSubstr("- " + kBob + " (alias bob, status joined)   [drop 16"));
  EXPECT_THAT(mnmlog({"diff", "12", "15", "user", kBob}).out, HasSubstr("groups"));
}

TEST_F(Diff, TellsOfNewUsersWithTheirNodesAndAliases) {
  const auto diff = json({"2", "7"});
  EXPECT_EQ(change(diff, "user", "").at("causes").at(0).at("event"), "registered");
  EXPECT_EQ(change(diff, "node", "").at("change"), "added");
  EXPECT_EQ(change(diff, "user", "aliases", "maria-lopez").at("causes").at(0).at("lsn"), 4);
}

TEST_F(Diff, TellsOfSessionsDropsAndTheClock) {
  event::SessionEnded& ended = *log_.add(1, 1).mutable_session_ended();
  ended.set_reason("lost");
  log_.add().mutable_tick()->set_uptime_hours(5);
  log_.add(1, 1).mutable_node_drop_announced()->set_node(2);
  log_.add().mutable_node_dropped()->set_node(2);
  log_.commit();
  const auto diff = json({"11", "end"});
  EXPECT_EQ(change(diff, "log", "uptime_hours").at("after"), 5);
  const auto dropped = change(diff, "node", "dropped");
  EXPECT_EQ(dropped.at("before"), false);
  EXPECT_EQ(dropped.at("causes").at(0).at("event"), "node_dropped");
  EXPECT_EQ(
      change(diff, "queue", "messages", message_id(second_post_)).at("causes").at(0).at("lsn"), 15);
}

// Whatever a digest covers, diff tells of: a change of the digest without one of the diff would be
// a field forgotten.
TEST_F(Diff, FindsSomethingWhereverTheDigestDiffers) {
  set_member(1, 1, "mary", event::JOINED, "invite", "ops-team");
  set_member(1, 2, "rob", event::INVITED, "invite");
  log_.add(1, 1).mutable_ohi_edited()->set_type("add");
  log_.add().mutable_receive_only_set()->set_user(2);
  log_.add(1, 1).mutable_refused()->set_op(event::PING);
  log_.add().mutable_tick()->set_uptime_hours(1);
  log_.commit();
  for (int lsn = 2; lsn <= 17; ++lsn) {
    const auto hash = [&](int at) {
      return mnmlog({"state", "--hash", "--at", std::to_string(at)}).out;
    };
    const Ran diff = mnmlog({"diff", std::to_string(lsn - 1), std::to_string(lsn)});
    if (hash(lsn - 1) != hash(lsn)) {
      EXPECT_EQ(diff.code, 1) << lsn;
      EXPECT_THAT(diff.out, HasSubstr(std::to_string(lsn))) << "the cause of " << lsn;
    }
  }
}

TEST_F(Diff, LetsNoStrangerWriteToTheTerminal) {
  const std::string out = mnmlog({"diff", "1", "end"}).out;
  EXPECT_THAT(out, HasSubstr("\\u{1b}]52"));
  EXPECT_THAT(out, Not(HasSubstr("\x1b")));
}

TEST_F(Diff, TakesMomentsAndDurations) {
  EXPECT_EQ(json({"@2026-01-02T03:05", "60s"}).at("to_lsn"), 9);
  EXPECT_EQ(mnmlog({"diff", "9", "8"}).code, 2);
  EXPECT_EQ(mnmlog({"diff", "9", "12"}).code, 1) << "beyond the end";
  EXPECT_EQ(mnmlog({"diff"}).code, 2);
  EXPECT_EQ(mnmlog({"diff", "8", "9", "user"}).code, 2);
  EXPECT_EQ(mnmlog({"diff", "8", "9", "user", "nobody"}).code, 1);
}

}  // namespace
}  // namespace mnm
