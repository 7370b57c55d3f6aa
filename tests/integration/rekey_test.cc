// Another key for a sealed data directory, beside a running relay and a stopped one: what opens it
// from then on, and what the log says of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <filesystem>
#include <thread>

#include "base/text.h"
#include "support/relay_box.h"
#include "support/run_program.h"
#include "support/sealed.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

namespace fs = std::filesystem;
using boost::json::object;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Rekeyed : public ::testing::Test {
 protected:
  Ran program(const std::string& name, std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--data", relay.data()});
    return run_program(MNM_BIN_DIR "/" + name, std::move(arguments));
  }
  // What mnmctl answers.
  object rekey(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--json", "rekey"});
    const Ran ran = program("mnmctl", std::move(arguments));
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.code == 0 ? boost::json::parse(ran.out).as_object() : object{};
  }
  // The log's events about rekeys. Without a key: beside the relay.
  std::vector<object> told(const KeyFile* with = nullptr) const {
    std::vector<std::string> arguments = {"show", "--op", "rekeyed", "--format", "jsonl"};
    if (with != nullptr) arguments.insert(arguments.end(), {"--key", with->path()});
    const Ran ran = program("mnmlog", std::move(arguments));
    EXPECT_TRUE(ran.code == 0 || ran.out.empty()) << ran.code << ran.err;  // 1: there is none
    std::vector<object> events;
    std::istringstream lines(ran.out);
    for (std::string line; std::getline(lines, line);) {
      events.push_back(boost::json::parse(line).as_object());
    }
    return events;
  }
  void expect_refused(const KeyFile& with) {
    std::string said;
    EXPECT_EQ(relay.refused(said, {"--key", with.path()}), exit_code(ErrorCode::kDenied));
  }

  const KeyFile key;
  const KeyFile other_key{kOtherKeyText};
  RelayBox relay{{"--key", key.path()}};
};

// Posts on and on from a thread of its own.
class Poster {
 public:
  Poster(const std::string& address, const Identity& to)
      : client_(address, Dialect::kMmtp), to_(to) {
    (void)client_.enter("the poster", "the-poster");
    thread_ = std::thread([this] {
      while (!done_) {
        const std::string id = std::to_string(acked_ + 1);
        (void)client_.post(id, {user(to_.uid)}, "letter " + id);
        ++acked_;
      }
    });
  }
  ~Poster() { stop(); }
  int stop() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
    return acked_;
  }
  [[nodiscard]] int acked() const { return acked_; }

 private:
  WireClient client_;
  const Identity to_;
  std::atomic<bool> done_ = false;
  std::atomic<int> acked_ = 0;
  std::thread thread_;
};

TEST_F(Rekeyed, UnderLoadThenKilledOpensWithTheNewKeyAloneAndHasLostNothing) {
  Identity bob;
  {
    WireClient client(relay.local(), Dialect::kTmtp);
    bob = client.enter("telephone", "bob-the-builder");
    client.quit();
  }
  Poster poster(relay.tcp(), bob);
  ASSERT_TRUE(relay.await([&] { return poster.acked() >= 20; }));
  const object done = rekey({"--new-key", other_key.path()});
  const int before = poster.acked();
  ASSERT_TRUE(relay.await([&] { return poster.acked() >= before + 20; }));
  const int acked = poster.stop();
  const auto events = told();  // the relay reads it
  relay.kill();

  expect_refused(key);
  relay.set_options({"--key", other_key.path()});
  relay.start();
  WireClient client(relay.local(), Dialect::kTmtp);
  client.login(bob);
  for (int i = 1; i <= acked; ++i) {
    ASSERT_EQ(client.take_delivery().data, "letter " + std::to_string(i));
  }
  ASSERT_EQ(events.size(), 1U);
  const object& event = events[0];
  EXPECT_EQ(event.at("event").as_string(), "rekeyed");
  EXPECT_EQ(event.at("transport").as_string(), "admin");
  EXPECT_THAT(std::string(event.at("peer").as_string()), StartsWith("uid="));
  EXPECT_EQ(event.at("key_id"), done.at("key_id"));
  EXPECT_EQ(event.at("data_key"), done.at("data_key"));
  EXPECT_EQ(event.at("at_start"), false);
  EXPECT_EQ(told().size(), 1U);  // not once more by the start
  EXPECT_EQ(relay.stop(), 0);
  EXPECT_EQ(program("mnmlog", {"verify", "--key", other_key.path()}).code, 0);
}

TEST_F(Rekeyed, IsShownAsASentence) {
  const object done = rekey({"--new-key", other_key.path()});
  const Ran shown = program("mnmlog", {"show", "--op", "rekeyed"});
  EXPECT_THAT(shown.out,
              HasSubstr("sealed with another key, " + std::string(done.at("key_id").as_string()) +
                        "; data key 2 begins"));
  EXPECT_THAT(shown.out, HasSubstr("uid="));
  EXPECT_THAT(shown.out, Not(HasSubstr(kOtherKeyText)));
}

TEST_F(Rekeyed, WithAPassphraseAndBackAgain) {
  const KeyFile passphrase("correct horse battery staple");
  const object first = rekey({"--new-key", passphrase.path()});
  const object second = rekey({"--new-key", key.path()});
  EXPECT_NE(first.at("key_id"), second.at("key_id"));
  relay.kill();
  expect_refused(passphrase);
  relay.start();
  EXPECT_EQ(told().size(), 2U);
}

TEST_F(Rekeyed, WhileItWasStoppedIsToldByTheNextStartOnce) {
  EXPECT_EQ(relay.stop(), 0);
  (void)rekey({"--key", key.path(), "--new-key", other_key.path()});
  const object done = rekey({"--key", other_key.path(), "--new-key", key.path()});
  EXPECT_EQ(told(&key).size(), 0U);
  relay.start();
  const auto events = told();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].at("at_start"), true);
  EXPECT_EQ(events[0].at("rekeys").to_number<int>(), 2);
  EXPECT_EQ(events[0].at("key_id"), done.at("key_id"));
  EXPECT_EQ(events[0].at("data_key").to_number<int>(), 3);
  const Ran shown = program("mnmlog", {"show", "--op", "rekeyed"});
  EXPECT_THAT(shown.out, HasSubstr("found at a start, done at 20"));
  EXPECT_THAT(shown.out, HasSubstr("the last of 2 rekeys"));
  relay.kill();
  relay.start();
  EXPECT_EQ(told().size(), 1U);
}

// Killed when the event was durable, and the keyring didn't say so yet.
TEST_F(Rekeyed, MayBeToldTwiceWithTheSameDataKey) {
  EXPECT_EQ(relay.stop(), 0);
  (void)rekey({"--key", key.path(), "--new-key", other_key.path()});
  const std::string kept = relay.directory() / "keyring";
  fs::copy_file(relay.data() + "/keyring", kept);
  relay.set_options({"--key", other_key.path()});
  relay.start();
  relay.kill();
  fs::copy_file(kept, relay.data() + "/keyring", fs::copy_options::overwrite_existing);
  relay.start();
  const auto events = told();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].at("data_key"), events[1].at("data_key"));
  EXPECT_LT(events[0].at("lsn").to_number<int>(), events[1].at("lsn").to_number<int>());
}

TEST_F(Rekeyed, NeedsTheOldKeyOfAStoppedOne) {
  EXPECT_EQ(relay.stop(), 0);
  const Ran ran = program("mnmctl", {"rekey", "--new-key", other_key.path()});
  EXPECT_EQ(ran.code, exit_code(ErrorCode::kUsage));
  EXPECT_THAT(ran.err, HasSubstr("--key"));
  const Ran wrong =
      program("mnmctl", {"rekey", "--key", other_key.path(), "--new-key", other_key.path()});
  EXPECT_EQ(wrong.code, exit_code(ErrorCode::kDenied));
  relay.start();
}

TEST_F(Rekeyed, NeverWithAKeyThatOthersMayRead) {
  other_key.set_mode(0644);
  const Ran ran = program("mnmctl", {"rekey", "--new-key", other_key.path()});
  EXPECT_EQ(ran.code, exit_code(ErrorCode::kDenied));
  EXPECT_EQ(told().size(), 0U);
  relay.kill();
  relay.start();
}

TEST(RekeyOfAPlainOne, IsRefusedBesideItsRelayToo) {
  const RelayBox plain;
  const auto link = WireLink::open("unix://" + plain.data() + "/admin.sock");
  ASSERT_TRUE(link->send("{\"cmd\":\"rekey\",\"new_key\":\"6b6579\"}\n"));
  std::string answer;
  while (link->receive(answer) == WireLink::Got::kOctets) {
  }
  EXPECT_THAT(answer, HasSubstr("isn't sealed"));
  EXPECT_FALSE(fs::exists(plain.data() + "/keyring"));
}

}  // namespace
}  // namespace mnm::testing
