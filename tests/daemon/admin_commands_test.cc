// What the admin socket answers, with an engine that only looks at its views.
#include "daemon/admin_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <thread>

#include "base/text.h"
#include "state/views.h"
#include "support/memory_log.h"

namespace mnm::daemon {
namespace {

using boost::json::object;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AdminCommands : public ::testing::Test {
 protected:
  ~AdminCommands() override {
    inbox.close();
    if (engine.joinable()) engine.join();
  }
  void SetUp() override { commands = admin_commands(ports); }
  static void answer(const ops::Request& request, std::string error) {
    request.outlet->post(
        {{request.session,
          {ops::Acknowledged{.op = event::OP_NONE, .id = request.id, .error = std::move(error)}}}});
  }
  // Carries out Inspect, notes and answers commands. With `idle` it takes all and does nothing, as
  // an engine whose log has failed.
  void run_engine(bool idle = false) {
    engine = std::thread([this, idle] {
      while (true) {
        auto requests = inbox.take(std::chrono::milliseconds(1));
        if (requests.empty()) return;
        for (ops::Request& request : requests) {
          if (idle) continue;
          if (const auto* look = std::get_if<ops::Inspect>(&request.command)) look->look(views);
          if (const auto* set = std::get_if<ops::SetReceiveOnly>(&request.command)) {
            asked.push_back(set->uid + (set->on ? " on" : " off"));
            answer(request, "no user " + set->uid);
          }
          if (const auto* withdraw = std::get_if<ops::Withdraw>(&request.command)) {
            const bool purge = withdraw->how == ops::WithdrawHow::kPurge;
            asked.push_back((purge ? "purge " : "recall ") + message_id(withdraw->id) + " " +
                            withdraw->reason + " by " + request.origin->peer);
            answer(request, {});
          }
        }
      }
    });
  }
  Result<object> ask(const std::string& line) {
    const object request = boost::json::parse(line).as_object();
    return commands.at(std::string(request.at("cmd").as_string()))(request);
  }
  Error refusal(const std::string& line) {
    const auto answer = ask(line);
    EXPECT_FALSE(answer) << line;
    return answer ? Error{} : answer.error();
  }

  ops::Inbox inbox{std::size_t{1} << 20};
  log::MemoryLog log{std::make_shared<log::MemoryDisk>()};
  state::Views views;
  std::vector<std::string> asked;
  int scrubs = 0;
  Result<> scrubbed;
  AdminPorts ports{
      .inbox = inbox,
      .log = log,
      .scrub =
          [this] {
            ++scrubs;
            return scrubbed;
          },
      .sign_head = []() -> Result<log::Head> {
        return log::Head{.number = 3, .position = {Epoch(1), Lsn(20), {}}, .records = 9};
      },
      .heads_key = log::key_line({}),
      .links = [] { return std::size_t{7}; },
      .disk_low = [] { return true; },
      .version = "1.2.3",
      .boot_id = "boot",
      .addresses = {"tcp://127.0.0.1:1", "unix:///s"}};
  std::map<std::string, AdminCommand> commands;
  std::thread engine;
};

TEST_F(AdminCommands, TellTheStatusWithoutTheEngine) {
  const auto status = ask(R"({"cmd":"status"})");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->at("version").as_string(), "1.2.3");
  EXPECT_EQ(status->at("boot_id").as_string(), hex_encode("boot"));
  EXPECT_EQ(status->at("links").to_number<int>(), 7);
  EXPECT_EQ(status->at("lsn").to_number<int>(), 0);
  EXPECT_EQ(boost::json::serialize(status->at("addresses")),
            R"(["tcp://127.0.0.1:1","unix:///s"])");
}

TEST_F(AdminCommands, DigestTheLiveViews) {
  run_engine();
  const auto digest = ask(R"({"cmd":"digest"})");
  ASSERT_TRUE(digest);
  EXPECT_EQ(digest->at("digest").as_string(), hex_encode(as_bytes(views.digest())));
  EXPECT_EQ(digest->at("lsn").to_number<int>(), 0);
}

TEST_F(AdminCommands, SayWhatTheEngineRefused) {
  run_engine();
  const Error unknown = refusal(R"({"cmd":"receive-only","uid":"nobody","on":true})");
  EXPECT_EQ(unknown.code, ErrorCode::kNegative);
  EXPECT_THAT(unknown.text, HasSubstr("nobody"));
  EXPECT_THAT(asked, ElementsAre("nobody on"));
}

TEST_F(AdminCommands, NeedTheirFields) {
  for (const auto* line :
       {R"({"cmd":"receive-only"})", R"({"cmd":"receive-only","uid":"u"})",
        R"({"cmd":"receive-only","on":true})", R"({"cmd":"receive-only","uid":1,"on":true})",
        R"({"cmd":"receive-only","uid":"u","on":"true"})"}) {
    EXPECT_EQ(refusal(line).code, ErrorCode::kUsage);
  }
}

TEST_F(AdminCommands, ScrubAndSayWhatFailed) {
  EXPECT_TRUE(ask(R"({"cmd":"scrub"})"));
  scrubbed = fail(ErrorCode::kUnavailable, "the disk");
  EXPECT_EQ(refusal(R"({"cmd":"scrub"})").text, "the disk");
  EXPECT_EQ(scrubs, 2);
}

TEST_F(AdminCommands, SignAHeadAndTellTheKey) {
  const auto key = ask(R"({"cmd":"heads-key"})");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->at("key").as_string(), "mnm-heads-key 1 " + std::string(64, '0'));
  const auto head = ask(R"({"cmd":"heads-sign"})");
  ASSERT_TRUE(head);
  EXPECT_EQ(boost::json::serialize(*head), R"({"head":3,"epoch":1,"lsn":20,"records":9})");
}

TEST_F(AdminCommands, SayThatTheRelayEnds) {
  inbox.close();
  EXPECT_EQ(refusal(R"({"cmd":"digest"})").code, ErrorCode::kUnavailable);
  EXPECT_EQ(refusal(R"({"cmd":"receive-only","uid":"u","on":true})").code, ErrorCode::kUnavailable);
}

TEST_F(AdminCommands, WithdrawMessagesAndSayWhoAskedForIt) {
  run_engine();
  const auto purged = ask(
      R"({"cmd":"message-purge","msgid":"00000000000004d2","reason":"r","peer":"uid=0 pid=1"})");
  ASSERT_TRUE(purged) << purged.error().text;
  EXPECT_EQ(purged->at("copies_ended").to_number<int>(), 0);
  ASSERT_TRUE(ask(R"({"cmd":"message-recall","msgid":"00000000000004d2","reason":"s"})"));
  EXPECT_THAT(asked, ElementsAre("purge 00000000000004d2 r by uid=0 pid=1",
                                 "recall 00000000000004d2 s by "));
  for (const auto* line : {R"({"cmd":"message-purge","msgid":"00000000000004d2"})",
                           R"({"cmd":"message-purge","msgid":"00000000000004d2","reason":""})",
                           R"({"cmd":"message-recall","msgid":"4d2","reason":"r"})"}) {
    EXPECT_EQ(refusal(line).code, ErrorCode::kUsage) << line;
  }
}

TEST_F(AdminCommands, SayThatTheRelayEndsWhenItsLogFailsMeanwhile) {
  run_engine(true);
  EXPECT_EQ(refusal(R"({"cmd":"digest"})").code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace mnm::daemon
