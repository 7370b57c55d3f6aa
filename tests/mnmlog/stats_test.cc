// stats: counts and octets by op, user and hour; what waits, by age.
#include <boost/json.hpp>
#include <chrono>
#include <sstream>

#include "mnmlog/fixture.h"

namespace mnm {
namespace {

using ::testing::HasSubstr;

class Stats : public Inspecting {
 protected:
  void SetUp() override { write_history(); }
  std::vector<boost::json::object> rows(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "stats");
    arguments.emplace_back("--json");
    std::istringstream lines(mnmlog(std::move(arguments)).out);
    std::vector<boost::json::object> rows;
    for (std::string line; std::getline(lines, line);) {
      rows.push_back(boost::json::parse(line).as_object());
    }
    return rows;
  }
};

TEST_F(Stats, ByOpTheMostLast) {
  const auto by_op = rows({});
  std::int64_t events = 0;
  for (const auto& row : by_op) {
    events += row.at("events").as_int64();
    if (row.at("op") != "post") continue;
    EXPECT_EQ(row.at("messages"), 2);
    EXPECT_EQ(row.at("copies"), 2);
    EXPECT_EQ(row.at("data_bytes"), 2053);
    EXPECT_GT(row.at("event_bytes").as_int64(), 100);
  }
  EXPECT_EQ(events, 11);
  EXPECT_EQ(by_op.back().at("events"), 2);
}

TEST_F(Stats, ByUserNamesThem) {
  const auto by_user = rows({"--by", "user", "--op", "post,ack"});
  ASSERT_EQ(by_user.size(), 2u);
  EXPECT_EQ(by_user.at(0).at("user"), kBob.c_str());
  EXPECT_EQ(by_user.at(1).at("user"), kMaria.c_str());
  EXPECT_EQ(by_user.at(1).at("events"), 2);
  EXPECT_THAT(mnmlog({"stats", "--by", "user"}).out, HasSubstr("maria-lopez\t4\t"));
}

TEST_F(Stats, ByHourInOrder) {
  log_.move_time(3600);
  log_.add().mutable_tick()->set_uptime_hours(1);
  log_.commit();
  const auto by_hour = rows({"--by", "hour"});
  ASSERT_EQ(by_hour.size(), 2u);
  EXPECT_EQ(by_hour.at(0).at("hour"), "2026-01-02T03:00:00.000Z");
  EXPECT_EQ(by_hour.at(0).at("events"), 11);
  EXPECT_EQ(by_hour.at(1).at("events"), 1);
}

TEST_F(Stats, OfARange) {
  EXPECT_EQ(rows({"8..9"}).at(0).at("events"), 2);
  EXPECT_EQ(mnmlog({"stats", "12.."}).code, 1);
  EXPECT_EQ(mnmlog({"stats", "--by", "moon"}).code, 2);
}

TEST_F(Stats, ByAgeOfWhatWaits) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  constexpr std::int64_t kHistory = 1'767'323'165;  // its last event
  constexpr std::int64_t kTwoHours = 7200;
  log_.move_time(static_cast<std::uint64_t>(seconds - kHistory - kTwoHours));
  log_.post(1, 1, {NodeNo(2)}, "x", {2});
  log_.commit();
  const auto ages = rows({"--by", "age"});
  ASSERT_EQ(ages.size(), 2u);
  EXPECT_EQ(ages.at(0).at("node"), (kBob + "/1").c_str());
  EXPECT_EQ(ages.at(0).at("copies"), 2);
  const auto& all = ages.at(1);
  EXPECT_FALSE(all.contains("node"));
  for (const auto& each : all.at("by_age").as_array()) {
    const bool here = each.at("age") == "6h" || each.at("age") == "older";
    EXPECT_EQ(each.at("copies"), here ? 1 : 0) << each.at("age");
  }
  EXPECT_EQ(mnmlog({"stats", "1..2", "--by", "age"}).code, 2);
}

}  // namespace
}  // namespace mnm
