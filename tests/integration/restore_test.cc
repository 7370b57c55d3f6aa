// A relay starts from what mnmlog makes: an import, or a replay to an earlier moment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/relay_box.h"
#include "support/run_program.h"

namespace mnm::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RestoredRelay : public ::testing::Test {
 protected:
  std::string said(std::vector<std::string> arguments) {
    Ran ran = run_program(MNM_BIN_DIR "/mnm", std::move(arguments),
                          {"MNM_PROFILES=" + (relay.directory() / "profiles"),
                           "MNM_CONNECT=" + relay.local(), "PATH=/usr/bin:/bin"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    while (ran.out.ends_with('\n')) ran.out.pop_back();
    return ran.out;
  }
  Ran mnmlog(std::vector<std::string> arguments) {
    return run_program(MNM_BIN_DIR "/mnmlog", std::move(arguments));
  }
  // Ann writes to Bob, who is away; returns the message's id.
  std::string post(const std::string& text) {
    return said({"post", "--as", "ann", "--to", bob_, "--message", text});
  }
  void meet() {
    (void)said({"register", "--as", "ann"});
    bob_ = said({"register", "--as", "bob"});
  }
  // From now on the relay runs on the directory that was made.
  void move_to(const std::string& directory) {
    ASSERT_EQ(relay.stop(), 0);
    std::filesystem::rename(relay.data(), relay.directory() / "old");
    std::filesystem::rename(directory, relay.data());
    relay.start();
  }
  [[nodiscard]] std::string secrets() const { return relay.data() + "/secrets"; }
  [[nodiscard]] std::string made() const { return relay.directory() / "made"; }

  RelayBox relay;
  std::string bob_;
};

TEST_F(RestoredRelay, GoesOnFromAnImportMadeBesideIt) {
  meet();
  (void)post("before the export");
  const std::string file = relay.directory() / "export";
  const Ran exported = mnmlog({"--data", relay.data(), "export", "--out", file});
  ASSERT_EQ(exported.code, 0) << exported.err;
  (void)post("after the export");
  const Ran imported =
      mnmlog({"import", file, "--into", made(), "--new-epoch", "--secrets", secrets()});
  ASSERT_EQ(imported.code, 0) << imported.err;
  move_to(made());
  const std::string got = said({"receive", "--as", "bob"});
  EXPECT_THAT(got, HasSubstr("before the export"));
  EXPECT_THAT(got, Not(HasSubstr("after the export")));
  const std::string id = post("in the new epoch");
  EXPECT_GT(id, "1000000000000000") << "above all that the other future gave";
  EXPECT_EQ(relay.inspect("verify --purged"), 0);
}

TEST_F(RestoredRelay, GoesOnFromAnEarlierMoment) {
  meet();
  const std::string first = post("first");
  (void)said({"receive", "--as", "bob"});  // acked, and purged
  (void)post("second");
  const Ran replayed =
      mnmlog({"--data", relay.data(), "replay", "--into", made(), "--until",
              std::to_string(std::stoull(first, nullptr, 16)), "--secrets", secrets()});
  ASSERT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr(first)) << "its octets are gone, and it is named";
  move_to(made());
  (void)post("third");
  const std::string got = said({"receive", "--as", "bob"});
  EXPECT_THAT(got, HasSubstr("third"));
  EXPECT_THAT(got, Not(HasSubstr("second"))) << "it never happened";
  EXPECT_EQ(relay.inspect("verify --purged"), 0);
  EXPECT_EQ(relay.inspect("replay --compare live"), 0);
}

}  // namespace
}  // namespace mnm::testing
