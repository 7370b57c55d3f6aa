// Backups, restores, retention and withdrawn messages, with real relays and the programs that
// people type.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <thread>

#include "base/ids.h"
#include "support/relay_box.h"
#include "support/run_program.h"

namespace mnm::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class Backups : public ::testing::Test {
 protected:
  [[nodiscard]] Ran mnm(std::vector<std::string> arguments) const {
    return run_program(MNM_BIN_DIR "/mnm", std::move(arguments),
                       {"MNM_PROFILES=" + (relay.directory() / "profiles"),
                        "MNM_CONNECT=" + relay.local(), "PATH=/usr/bin:/bin"});
  }
  [[nodiscard]] Ran mnmctl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--data", relay.data()});
    return run_program(MNM_BIN_DIR "/mnmctl", std::move(arguments));
  }
  [[nodiscard]] static Ran mnmlog(const std::string& data, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--data", data});
    return run_program(MNM_BIN_DIR "/mnmlog", std::move(arguments));
  }
  std::string said(std::vector<std::string> arguments) const {
    Ran ran = mnm(std::move(arguments));
    EXPECT_EQ(ran.code, 0) << ran.err;
    while (ran.out.ends_with('\n')) ran.out.pop_back();
    return ran.out;
  }
  // The value of a field of one-line JSON.
  static std::string field(const std::string& json, const std::string& name) {
    const std::string key = "\"" + name + "\":";
    auto begin = json.find(key);
    EXPECT_NE(begin, std::string::npos) << name << " in " << json;
    if (begin == std::string::npos) return {};
    begin += key.size();
    return json.substr(begin, json.find_first_of(",}", begin) - begin);
  }
  std::string uid_of(const std::string& profile) const {
    const std::string uid = field(said({"profile", "show", profile, "--json"}), "uid");
    return uid.substr(1, uid.size() - 2);
  }
  static std::string message_of(const std::string& lsn) {
    return message_id(Lsn(std::stoull(lsn)));
  }
  void enter_both() {
    (void)said({"register", "--as", "ann", "--alias", "ann-smith"});
    (void)said({"register", "--as", "bob", "--alias", "bob-jones"});
    bob = uid_of("bob");
  }
  std::string post(const std::string& text) const {
    return said({"post", "--as", "ann", "--to", bob, "--message", text});
  }
  std::string post_large() const {
    std::ofstream(relay.directory() / "large") << std::string(300'000, 'b');
    return said({"post", "--as", "ann", "--to", bob, relay.directory() / "large"});
  }

  RelayBox relay;
  std::string bob;
};

// Posts on and on, from a thread of its own, and knows which were acked.
class Load {
 public:
  explicit Load(std::function<Ran()> post)
      : thread_([this, post = std::move(post)] {
          while (!done_) {
            Ran ran = post();
            while (ran.out.ends_with('\n')) ran.out.pop_back();
            const std::scoped_lock lock(mutex_);
            if (ran.code == 0) acked_.push_back(ran.out);
          }
        }) {}
  ~Load() { stop(); }
  [[nodiscard]] std::vector<std::string> acked() const {
    const std::scoped_lock lock(mutex_);
    return acked_;
  }
  void stop() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> done_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> acked_;
  std::thread thread_;
};

TEST_F(Backups, AreTakenUnderLoadAndRestoredTwiceWithoutAnIdTwice) {
  enter_both();
  const std::string large = post_large();
  Load load([&] { return mnm({"post", "--as", "ann", "--to", bob, "--message", "under load"}); });
  ASSERT_TRUE(relay.await([&] { return load.acked().size() >= 3; }));
  const std::string into = relay.directory() / "backups";
  const Ran first = mnmctl({"backup", into, "--json"});
  ASSERT_EQ(first.code, 0) << first.err;
  const std::vector<std::string> acked = load.acked();
  const Ran second = mnmctl({"backup", into, "--json", "--with-secrets"});
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_FALSE(fs::exists(relay.data() + "/snapshot"));
  relay.kill();
  load.stop();
  EXPECT_EQ(mnmctl({"backup", "--verify", into}).code, 0);
  EXPECT_EQ(relay.inspect("verify"), 0);
  EXPECT_THAT(mnmlog(relay.data(), {"show", "--op", "backed_up"}).out, HasSubstr("backed up"));

  std::vector<std::string> firsts;
  for (const char* name : {"one", "two"}) {
    const std::string data = relay.directory() / name;
    const Ran restored = mnmctl({"restore", into, "--into", data, "--json"});
    ASSERT_EQ(restored.code, 0) << restored.err;
    EXPECT_EQ(field(restored.out, "epoch"), "2");
    EXPECT_EQ(field(restored.out, "previous_lsn"), field(second.out, "lsn"));
    firsts.push_back(field(restored.out, "first_lsn"));
    const Ran verified = mnmlog(data, {"verify", "--json"});
    EXPECT_EQ(verified.code, 0) << verified.out;
    EXPECT_EQ(field(verified.out, "epochs"), "2");
    EXPECT_EQ(mnmlog(relay.data(), {"replay", "--compare", data}).code, 0);
    EXPECT_EQ(mnmctl({"restore", into, "--into", data}).code, 2) << "it is not empty";
  }
  EXPECT_NE(firsts[0], firsts[1]);

  MnmdProcess other(
      {"--data", relay.directory() / "one", "--listen", relay.local(), "--disk-reserve", "0"},
      relay.directory() / "other");
  ASSERT_FALSE(other.await_ready().empty()) << other.words();
  const std::string received = said({"receive", "--as", "bob", "--json"});
  EXPECT_THAT(received, HasSubstr(large));
  for (const std::string& id : acked) EXPECT_THAT(received, HasSubstr(id)) << "acked, then lost";
  const std::string id = post("after the restore");
  EXPECT_GT(id, large) << "ids rise, also over a restore";
  EXPECT_GT(id, message_of(field(second.out, "lsn")));
  other.stop();
}

TEST_F(Backups, ShareWhatDidNotChangeAndTellOfDamage) {
  enter_both();
  post_large();
  const std::string into = relay.directory() / "backups";
  ASSERT_EQ(mnmctl({"backup", into, "--json"}).code, 0);
  const Ran again = mnmctl({"backup", into, "--json"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_LT(std::stoull(field(again.out, "copied")) + 300'000,
            std::stoull(field(again.out, "octets")));
  std::string newest = field(again.out, "directory");
  newest = newest.substr(1, newest.size() - 2);
  const auto body = fs::directory_iterator(newest + "/body")->path();
  {
    std::fstream file(body, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1000);
    file.put('?');
  }
  const Ran verified = mnmctl({"backup", "--verify", into});
  EXPECT_EQ(verified.code, 3);
  EXPECT_THAT(verified.err, HasSubstr("body/" + body.filename().string()));
  EXPECT_EQ(mnmctl({"restore", into, "--into", relay.directory() / "no"}).code, 3);
  EXPECT_FALSE(fs::exists(relay.directory() / "no"));
  EXPECT_EQ(mnmctl({"restore", relay.directory() / "profiles", "--into", "x"}).code, 1);
}

TEST_F(Backups, OldEventsAreGivenUpAndTheRestAddsUp) {
  enter_both();
  const std::string first = post("the first");
  (void)said({"alias", "add", "--as", "bob", "bob-in-town"});  // a session that acks nothing
  for (int i = 0; i < 5; ++i) (void)post("more");
  relay.stop();
  relay.set_options({"--checkpoint-interval", "1h"});
  relay.start();
  const Ran planned = mnmctl({"retain", "--before", "20", "--dry-run", "--json"});
  ASSERT_EQ(planned.code, 0) << planned.err;
  EXPECT_NE(field(planned.out, "events"), "0")
      << "none goes that isn't checkpointed and indexed, so that is done first";
  EXPECT_EQ(mnmlog(relay.data(), {"get", "1"}).code, 0) << "a dry run does nothing";
  const Ran gone = mnmctl({"retain", "--before", "20", "--json", "--reason", "old"});
  ASSERT_EQ(gone.code, 0) << gone.err;
  EXPECT_EQ(field(gone.out, "through_lsn"), field(planned.out, "through_lsn"));
  EXPECT_EQ(relay.inspect("verify"), 0);
  EXPECT_EQ(relay.inspect("replay --compare live"), 0);
  EXPECT_EQ(relay.inspect("get 1"), 1);
  EXPECT_EQ(relay.inspect("state --all --hash --at 2"), 1);
  EXPECT_EQ(relay.inspect("state --all --hash --at end"), 0);
  EXPECT_EQ(relay.inspect("trace " + first), 0) << "it waits";
  EXPECT_THAT(mnmlog(relay.data(), {"trace", first}).out, HasSubstr("perhaps"))
      << "what was sent before the log begins isn't known";
  EXPECT_NE(mnmlog(relay.data(), {"why", first}).out, "") << "a session that was given up";
  EXPECT_EQ(relay.inspect("info"), 0);

  const std::string digest = relay.digest();
  relay.kill();
  fs::remove_all(relay.data() + "/views");
  fs::remove(relay.data() + "/heads.range");
  EXPECT_EQ(relay.inspect("verify"), 0);
  relay.start();
  EXPECT_EQ(mnmctl({"heads-sign"}).code, 0) << "the base has the range of what went";
  const std::string heads = relay.data() + "/heads";
  EXPECT_EQ(relay.inspect("verify --heads " + heads + " --pubkey " + heads + ".pub"), 0);
  EXPECT_EQ(relay.digest(), digest);
  EXPECT_EQ(relay.inspect("replay --compare live"), 0);
  EXPECT_THAT(mnmlog(relay.data(), {"verify"}).out, HasSubstr("what was before was trimmed"));
  const std::string received = said({"receive", "--as", "bob", "--json"});
  EXPECT_THAT(received, HasSubstr("the first"));

  const std::string into = relay.directory() / "backups";
  ASSERT_EQ(mnmctl({"backup", into}).code, 0);
  const std::string data = relay.directory() / "restored";
  ASSERT_EQ(mnmctl({"restore", into, "--into", data}).code, 0);
  EXPECT_EQ(mnmlog(data, {"verify"}).code, 0) << "the base is in the backup";
}

TEST_F(Backups, AMessageIsPurgedOrRecalledAndItsPeopleSeeIt) {
  enter_both();
  const std::string purged = post("never mind");
  const std::string recalled = post("come back");
  EXPECT_EQ(mnmctl({"message", "purge", purged}).code, 2) << "without a reason";
  EXPECT_EQ(mnmctl({"message", "purge", purged, "--reason", "spam"}).code, 0);
  EXPECT_EQ(mnmctl({"message", "purge", purged, "--reason", "spam"}).code, 1);
  EXPECT_EQ(mnmctl({"message", "recall", recalled, "--reason", "she asked"}).code, 0);
  EXPECT_EQ(said({"receive", "--as", "bob", "--json"}), "");
  EXPECT_THAT(said({"receive", "--as", "ann", "--json"}),
              AllOf(HasSubstr(recalled), HasSubstr("recalled"), Not(HasSubstr(purged))));
  EXPECT_THAT(mnmlog(relay.data(), {"trace", purged}).out,
              AllOf(HasSubstr("purged: spam"), HasSubstr("purged by LSN")));
  EXPECT_THAT(mnmlog(relay.data(), {"show", "--op", "withdrawn"}).out, HasSubstr("she asked"));
  EXPECT_EQ(relay.inspect("replay --compare live"), 0);
}

TEST_F(Backups, PeopleAreLookedAtAndTheirSessionsEnded) {
  enter_both();
  EXPECT_THAT(mnmctl({"user", "show", bob}).out, HasSubstr("bob-jones"));
  EXPECT_EQ(mnmctl({"user", "show", "nobody"}).code, 1);
  EXPECT_EQ(mnmctl({"session", "list"}).out, "");
  EXPECT_EQ(mnmctl({"session", "kick", bob}).code, 1) << "it is not connected";
  EXPECT_EQ(mnmctl({"node", "drop", bob, "1"}).code, 1) << "it is the last";
}

}  // namespace
}  // namespace mnm::testing
