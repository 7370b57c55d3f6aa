// The programs that people type, mnm and mnmctl, against a real relay: every command of README's
// and doc/mnm.md's once, over each transport.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "support/certificates.h"
#include "support/relay_box.h"
#include "support/run_program.h"

namespace mnm::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Commands : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> environment(const std::string& url) const {
    return {"MNM_PROFILES=" + (relay.directory() / "profiles"), "MNM_CONNECT=" + url,
            "PATH=/usr/bin:/bin"};
  }
  [[nodiscard]] Ran mnm(std::vector<std::string> arguments) const {
    return run_program(MNM_BIN_DIR "/mnm", std::move(arguments), environment(relay.local()));
  }
  [[nodiscard]] Ran mnmctl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--data", relay.data()});
    return run_program(MNM_BIN_DIR "/mnmctl", std::move(arguments));
  }
  // Of a command that must succeed, its output without the line's end.
  [[nodiscard]] std::string said(std::vector<std::string> arguments) const {
    Ran ran = mnm(std::move(arguments));
    EXPECT_EQ(ran.code, 0) << ran.err;
    while (ran.out.ends_with('\n')) ran.out.pop_back();
    return ran.out;
  }
  // Of one that is refused.
  [[nodiscard]] std::string refused(int code, std::vector<std::string> arguments) const {
    const Ran ran = mnm(std::move(arguments));
    EXPECT_EQ(ran.code, code) << ran.out << ran.err;
    return ran.err;
  }
  [[nodiscard]] std::string uid_of(const std::string& profile) const {
    const std::string shown = said({"profile", "show", profile, "--json"});
    constexpr std::string_view kKey = "\"uid\":\"";
    const auto begin = shown.find(kKey);
    return begin == std::string::npos ? "" : shown.substr(begin + kKey.size(), 32);
  }
  void enter_both() {
    (void)said({"register", "--as", "ann", "--alias", "ann-smith"});
    (void)said({"register", "--as", "bob", "--alias", "bob-jones"});
  }

  RelayBox relay;
};

TEST_F(Commands, HoldAFirstConversation) {
  enter_both();
  (void)said({"ping", "--as", "ann", "--from", "ann-smith", "--to", "bob-jones", "hello"});
  EXPECT_THAT(said({"receive", "--as", "bob"}), HasSubstr(uid_of("ann")));
  const std::string id =
      said({"post", "--as", "bob", "--to", uid_of("ann"), "--message", "hello, ann"});
  EXPECT_THAT(id, ::testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_THAT(said({"receive", "--as", "ann", "--json"}),
              AllOf(HasSubstr(id), HasSubstr("\"text\":\"hello, ann\"")));
  EXPECT_EQ(said({"receive", "--as", "ann"}), "") << "what was acked came again";
}

TEST_F(Commands, SaveWhatIsPosted) {
  enter_both();
  const std::string body(300'000, 'b');
  std::ofstream(relay.directory() / "letter") << body;
  const std::string id =
      said({"post", "--as", "ann", "--to", uid_of("bob"), relay.directory() / "letter"});
  (void)said({"receive", "--as", "bob", "--save", relay.directory() / "inbox"});
  std::string saved;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(relay.directory() / "inbox")) {
    if (!entry.is_regular_file() || entry.file_size() != body.size()) continue;
    std::ifstream file(entry.path());
    saved.assign(std::istreambuf_iterator<char>(file), {});
    EXPECT_THAT(entry.path().filename().string(), HasSubstr(id));
  }
  EXPECT_TRUE(saved == body);
}

TEST_F(Commands, LeadAGroup) {
  enter_both();
  const std::string group = "choir-of-x";
  (void)said({"group", "invite", "--as", "ann", group, "--from", "ann-smith", "--to", "bob-jones"});
  (void)said({"group", "join", "--as", "bob", group});
  EXPECT_THAT(refused(1, {"group", "alias", "--as", "bob", group, "bob-other"}),
              HasSubstr("GroupAlias: iNewAlias bob-other not for iUid"));
  (void)said({"alias", "add", "--as", "bob", "bob-other"});
  (void)said({"group", "alias", "--as", "bob", group, "bob-other"});
  (void)said({"post", "--as", "bob", "--to", "group:" + group, "--message", "I am in"});
  EXPECT_THAT(said({"receive", "--as", "ann"}), HasSubstr("I am in"));
  (void)said({"group", "drop", "--as", "ann", group, "bob-other"});
  EXPECT_THAT(refused(1, {"group", "join", "--as", "bob", group}), HasSubstr("not invited"));
}

TEST_F(Commands, GiveUpAnAliasForGood) {
  enter_both();
  (void)said({"alias", "add", "--as", "ann", "ann-at-work"});
  (void)said({"alias", "drop", "--as", "ann", "ann-at-work"});
  EXPECT_THAT(refused(1, {"alias", "add", "--as", "bob", "ann-at-work"}),
              HasSubstr("AddAlias: alias ann-at-work"));
}

TEST_F(Commands, AddDropAndKeepNodes) {
  enter_both();
  const std::string phone = relay.directory() / "phone.json";
  (void)said({"node", "add", "--as", "bob", "--name", "phone", "--export", phone});
  struct stat status {};
  ASSERT_EQ(::stat(phone.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  (void)said({"post", "--as", "ann", "--to", uid_of("bob"), "--message", "to both"});
  EXPECT_THAT(said({"receive", "--as", phone}), HasSubstr("to both"));
  EXPECT_THAT(said({"receive", "--as", "bob"}), HasSubstr("to both"));
  // The phone was stolen: it can't be rid of its elder at once, nor at all.
  const Ran announced = mnm({"node", "drop", "--as", phone, "1"});
  EXPECT_EQ(announced.code, 0);
  EXPECT_THAT(announced.err, HasSubstr("unless one of your nodes says: mnm node keep 1"));
  (void)said({"node", "keep", "--as", "bob", "1"});
  (void)said({"node", "drop", "--as", "bob", "2"});
  EXPECT_THAT(refused(6, {"receive", "--as", phone}), HasSubstr("login failed"));
  EXPECT_THAT(refused(1, {"node", "drop", "--as", "bob", "1"}),
              HasSubstr("DropNode: cannot drop last node"));
}

TEST_F(Commands, TellOfPresence) {
  enter_both();
  Running ann(MNM_BIN_DIR "/mnm", {"receive", "--as", "ann", "--follow", "--json"},
              environment(relay.local()));
  (void)said({"post", "--as", "bob", "--to", uid_of("ann"), "--message", "there?"});
  ASSERT_TRUE(ann.read_until("there?"));
  (void)said({"ohi", "init", "--as", "bob", uid_of("ann")});
  EXPECT_TRUE(ann.read_until("{\"op\":\"ohi\",\"from\":\"" + uid_of("bob") + "\",\"status\":1}"));
  EXPECT_TRUE(ann.read_until("{\"op\":\"ohi\",\"from\":\"" + uid_of("bob") + "\",\"status\":2}"));
}

TEST_F(Commands, FollowAcrossARestart) {
  enter_both();
  Running ann(MNM_BIN_DIR "/mnm", {"receive", "--as", "ann", "--follow", "--json"},
              environment(relay.local()));
  (void)said({"post", "--as", "bob", "--to", uid_of("ann"), "--message", "before"});
  ASSERT_TRUE(ann.read_until("before"));
  relay.kill();
  relay.start();
  (void)said({"post", "--as", "bob", "--to", uid_of("ann"), "--message", "after"});
  EXPECT_TRUE(ann.read_until("after"));
  ann.signal(SIGINT);
  EXPECT_EQ(ann.finish().code, 8);
}

TEST_F(Commands, SendFramesByHand) {
  enter_both();
  std::ofstream(relay.directory() / "note.txt") << "a note";
  std::ofstream(relay.directory() / "frames")
      << R"({"op":5,"id":"1","for":[{"id":")" << uid_of("bob") << R"(","type":1}],"dataLen":6} @)"
      << (relay.directory() / "note.txt") << "\n";
  const std::string command = MNM_BIN_DIR "/mnm raw --as ann <" + (relay.directory() / "frames");
  const Ran ran = run_program("/bin/sh", {"-c", command}, environment(relay.local()));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("\"op\":\"ack\""));
  EXPECT_THAT(said({"receive", "--as", "bob"}), HasSubstr("a note"));
}

TEST_F(Commands, ShowEveryFrameThatComesWhileOneIsSentByHand) {
  enter_both();
  std::ofstream(relay.directory() / "large") << std::string(5'000'000, 'x');
  std::ofstream(relay.directory() / "frames") << "{\"op\":0,\"mmtp\":\"1\"}\n"
                                              << R"({"op":5,"id":"1","for":[]})"
                                              << "\n"
                                              << R"({"op":5,"id":"2","for":[],"dataLen":5000000} @)"
                                              << (relay.directory() / "large") << "\n{\"op\":8}\n";
  const std::string command = MNM_BIN_DIR "/mnm raw --as ann <" + (relay.directory() / "frames");
  const Ran ran = run_program("/bin/sh", {"-c", command}, environment(relay.local()));
  EXPECT_EQ(ran.code, 0) << ran.err;
  for (const char* part : {"mmtprev", R"("id":"1","msgid")", R"("id":"2","msgid")", "logout ok"}) {
    EXPECT_THAT(ran.out, HasSubstr(part));
  }
}

TEST_F(Commands, AdministerTheRelay) {
  enter_both();
  EXPECT_THAT(mnmctl({"status"}).out, HasSubstr(relay.tcp()));
  EXPECT_EQ(mnmctl({"receive-only", uid_of("ann"), "on"}).code, 0);
  EXPECT_THAT(refused(1, {"post", "--as", "ann", "--to", uid_of("bob"), "--message", "x"}),
              HasSubstr("not allowed for a receive-only account"));
  EXPECT_EQ(mnmctl({"receive-only", uid_of("ann"), "off"}).code, 0);
  (void)said({"post", "--as", "ann", "--to", uid_of("bob"), "--message", "x"});
  EXPECT_EQ(mnmctl({"receive-only", "nobody", "on"}).code, 1);
  EXPECT_EQ(mnmctl({"scrub"}).code, 0);
  std::ifstream key(relay.data() + "/heads.pub");
  EXPECT_EQ(mnmctl({"heads-key"}).out, std::string(std::istreambuf_iterator<char>(key), {}));
  EXPECT_THAT(mnmctl({"heads-sign"}).out, HasSubstr("records"));
  EXPECT_THAT(mnmctl({"--json", "digest"}).out, HasSubstr(relay.digest()));
  EXPECT_EQ(relay.stop(), 0);
  EXPECT_EQ(mnmctl({"status"}).code, 5);
}

TEST(CommandsOverTls, TrustTheAuthorityGiven) {
  const Certificate certificate("localhost");
  RelayBox relay({"--listen", "tls://127.0.0.1:0", "--tls-cert", certificate.file(), "--tls-key",
                  certificate.key()});
  std::string url = relay.addresses().at(2);
  url.replace(url.find("127.0.0.1"), 9, "localhost");
  const std::vector<std::string> environment{"MNM_PROFILES=" + (relay.directory() / "profiles"),
                                             "PATH=/usr/bin:/bin"};
  const auto enter = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"register", "--as", "ann", "--connect", url});
    return run_program(MNM_BIN_DIR "/mnm", std::move(more), environment);
  };
  EXPECT_EQ(enter({}).code, 6);
  const Ran trusted = enter({"--tls-ca", certificate.file()});
  EXPECT_EQ(trusted.code, 0) << trusted.err;
}

}  // namespace
}  // namespace mnm::testing
