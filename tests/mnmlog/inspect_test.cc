// get, info, queue, tail, replay.
#include <signal.h>

#include <fmt/format.h>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "mnmlog/fixture.h"

namespace mnm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Inspect : public Inspecting {
 protected:
  void SetUp() override { write_history(); }
  boost::json::object json(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    return boost::json::parse(mnmlog(std::move(arguments)).out).as_object();
  }
};

TEST_F(Inspect, GetShowsEveryFieldTheRecordAndTheHashes) {
  const auto event = json({"get", "9"});
  EXPECT_EQ(event.at("lsn"), 9);
  EXPECT_EQ(event.at("event"), "stored");
  EXPECT_EQ(event.at("actor"), kMaria.c_str());
  EXPECT_EQ(event.at("actor_node"), (kMaria + "/1").c_str());
  EXPECT_EQ(event.at("record_first_lsn"), 8);
  EXPECT_EQ(event.at("record_last_lsn"), 9);
  for (const char* name : {"record_hash", "previous_hash", "events_root", "event_leaf"}) {
    EXPECT_EQ(event.at(name).as_string().size(), 64u) << name;
  }
}

TEST_F(Inspect, GetSaysWhatBecameOfTheMessage) {
  const auto acked = json({"get", message_id(first_post_)});
  EXPECT_EQ(acked.at("message"), "purged");
  EXPECT_TRUE(acked.at("waits_for").as_array().empty());
  const auto waiting = json({"get", message_id(second_post_)});
  EXPECT_EQ(waiting.at("message"), "kept");
  EXPECT_EQ(waiting.at("waits_for").as_array().at(0), (kBob + "/1").c_str());
  EXPECT_THAT(mnmlog({"get", "9"}).out, Not(HasSubstr("xxx"))) << "the body is nobody's business";
}

TEST_F(Inspect, GetAndTraceSayThatABodysFileIsGone) {
  log_.keep_bodies_in_files();
  const Lsn id = log_.post(1, 1, {NodeNo(2)}, std::string(100'000, 'y'), {2});
  log_.commit();
  EXPECT_EQ(json({"get", message_id(id)}).at("message"), "kept");
  EXPECT_EQ(json({"trace", message_id(id)}).at("body"), "kept");
  std::filesystem::remove_all(log_.directory() + "/body");
  EXPECT_EQ(json({"get", message_id(id)}).at("message"), "missing");
  EXPECT_EQ(json({"trace", message_id(id)}).at("body"), "missing");
  EXPECT_THAT(mnmlog({"trace", message_id(id)}).out, HasSubstr("MISSING: its file body/"));
}

TEST_F(Inspect, GetOfAnEventThatIsNotThereIsANegativeAnswer) {
  EXPECT_EQ(mnmlog({"get", "12"}).code, 1);
  EXPECT_EQ(mnmlog({"get", "0"}).code, 1);
  EXPECT_EQ(mnmlog({"get", "end", "--json"}).out, mnmlog({"get", "11", "--json"}).out);
  EXPECT_EQ(mnmlog({"get", "end-3", "--json"}).out, mnmlog({"get", "8", "--json"}).out);
  EXPECT_EQ(mnmlog({"get", "1..2"}).code, 2);
  EXPECT_EQ(mnmlog({"get", "x"}).code, 2);
  EXPECT_EQ(mnmlog({"get"}).code, 2);
}

TEST_F(Inspect, AMistypedCommandIsNoRange) {
  const Ran ran = mnmlog({"verfiy"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("verfiy: no such command"));
}

TEST_F(Inspect, TailOfNothingIsNoNegativeAnswer) { EXPECT_EQ(mnmlog({"tail", "-n", "0"}).code, 0); }

TEST_F(Inspect, InfoCounts) {
  const auto info = json({"info"});
  EXPECT_EQ(info.at("format"), "mnm log 2");
  EXPECT_EQ(info.at("epoch"), 1);
  EXPECT_EQ(info.at("tail_lsn"), 1);
  EXPECT_EQ(info.at("head_lsn"), 11);
  EXPECT_EQ(info.at("users"), 2);
  EXPECT_EQ(info.at("nodes"), 2);
  EXPECT_EQ(info.at("groups"), 0);
  EXPECT_EQ(info.at("waiting_messages"), 1);
  EXPECT_EQ(info.at("open_sessions"), 1);
  EXPECT_EQ(info.at("started_lsn"), 2);
  EXPECT_EQ(info.at("live"), true);
  EXPECT_GT(info.at("log_bytes").as_int64(), 0);
  EXPECT_THAT(mnmlog({"info"}).out, HasSubstr("last start        2026-01-02T03:04:05.118"));
}

TEST_F(Inspect, QueueSumsUpAndListsANode) {
  EXPECT_EQ(mnmlog({"queue"}).out.substr(0, kBob.size() + 2), kBob + "/1");
  const auto waiting = json({"queue", kBob + "/1"});
  EXPECT_EQ(waiting.at("msgid"), message_id(second_post_).c_str());
  EXPECT_EQ(waiting.at("kind"), "delivery");
  EXPECT_EQ(waiting.at("from"), kMaria.c_str());
  EXPECT_EQ(waiting.at("data_bytes"), 2048);
  EXPECT_EQ(waiting.at("class"), "normal");
  EXPECT_EQ(mnmlog({"queue", "maria-lopez/1"}).out, "");
  EXPECT_EQ(mnmlog({"queue", "maria-lopez/2"}).code, 1);
  EXPECT_EQ(mnmlog({"queue", "nobody"}).code, 1);
}

TEST_F(Inspect, TailShowsTheLastOnes) {
  EXPECT_EQ(mnmlog({"tail", "--fields", "lsn"}).out, "2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n");
  EXPECT_EQ(mnmlog({"tail", "-n", "1", "--op", "post", "--fields", "lsn"}).out, "9\n");
}

TEST_F(Inspect, TailGoesOnWhereItsCursorSays) {
  const std::string cursor = directory_ / "seen";
  EXPECT_EQ(mnmlog({"tail", "-n0", "--cursor", cursor}).code, 0) << "from now on";
  std::string line;
  std::getline(std::ifstream(cursor), line);
  EXPECT_EQ(line, "mnm-cursor 1 1 11");
  std::filesystem::remove(cursor);
  EXPECT_EQ(mnmlog({"tail", "-n1", "--cursor", cursor, "--fields", "lsn"}).out, "11\n");
  EXPECT_EQ(mnmlog({"tail", "--cursor", cursor}).code, 1) << "nothing new";
  log_.add().mutable_tick()->set_uptime_hours(1);
  log_.commit();
  EXPECT_EQ(mnmlog({"show", "cursor:" + cursor, "--fields", "lsn"}).out, "12\n");
  EXPECT_EQ(mnmlog({"tail", "--cursor", cursor, "--fields", "lsn"}).out, "12\n");
  EXPECT_EQ(mnmlog({"tail", "--cursor", cursor}).code, 1);
  std::ofstream(cursor) << "mnm-cursor 1 1 99\n";
  EXPECT_EQ(mnmlog({"tail", "--cursor", cursor}).code, 1) << "beyond the end: another log's";
  std::ofstream(cursor) << "mnm-cursor 2 1 9\n";
  EXPECT_EQ(mnmlog({"tail", "--cursor", cursor}).code, 7);
  std::ofstream(cursor) << "shopping list\n";
  EXPECT_EQ(mnmlog({"tail", "--cursor", cursor}).code, 2);
}

TEST_F(Inspect, TailFollowsTheDurableEventsUntilItIsInterrupted) {
  const std::string cursor = directory_ / "seen";
  Running running(program(), {"--data", log_.directory(), "tail", "-f", "-n1", "--cursor", cursor,
                              "--json", "--fields", "lsn,actor"});
  ASSERT_TRUE(running.read_until("{\"lsn\":11}\n"));
  // A user who came after the start has its name, too.
  log_.register_user(3, "EVE", 3);
  log_.commit();
  log_.log_in(3, 3, 9);
  log_.commit();
  ASSERT_TRUE(running.read_until("{\"lsn\":13,\"actor\":\"EVE\"}\n"));
  running.signal(SIGINT);
  const Ran ran = running.finish();
  EXPECT_EQ(ran.code, 8);
  EXPECT_THAT(ran.err, HasSubstr("LSN 13"));
}

TEST_F(Inspect, BesideAWriterOnlyWholeDurableRecordsAreShown) {
  // Each record is three ticks, and a reader that starts at any time sees a multiple of three.
  std::jthread writer([this](const std::stop_token& stop) {
    std::uint64_t hours = 0;
    while (!stop.stop_requested() && hours < 60'000) {
      for (int i = 0; i < 3; ++i) log_.add().mutable_tick()->set_uptime_hours(++hours);
      log_.commit();
    }
  });
  int previous = 0;
  for (int i = 0; i < 5; ++i) {
    const Ran ran = mnmlog({"--count", "12.."});
    const int count = std::stoi(ran.out);
    EXPECT_EQ(count % 3, 0);
    EXPECT_GE(count, previous);
    previous = count;
    EXPECT_EQ(mnmlog({"verify"}).code, 0);
  }
}

TEST_F(Inspect, ReplayGivesTheDigestOfTheViews) {
  std::string expected;
  for (const std::uint8_t octet : log_.views().digest()) expected += fmt::format("{:02x}", octet);
  const auto replayed = json({"replay"});
  EXPECT_EQ(replayed.at("digest"), expected.c_str());
  EXPECT_EQ(replayed.at("lsn"), 11);
  EXPECT_EQ(mnmlog({"replay", "--compare", "live"}).code, 5) << "nobody answers";
}

TEST_F(Inspect, ReplayComparesTwoDirectories) {
  EventLog same(directory_ / "same");
  std::swap(same, log_);
  write_history();
  std::swap(same, log_);
  const Ran identical = mnmlog({"replay", "--compare", same.directory()});
  EXPECT_EQ(identical.code, 0);
  EXPECT_THAT(identical.out, HasSubstr("IDENTICAL\n"));

  log_.ack(2, 2, second_post_);
  log_.commit();
  same.add().mutable_tick()->set_uptime_hours(1);
  same.commit();
  const Ran different = mnmlog({"replay", "--compare", same.directory()});
  EXPECT_EQ(different.code, 1);
  EXPECT_THAT(different.out, HasSubstr("differs     the clock"));
}

}  // namespace
}  // namespace mnm
