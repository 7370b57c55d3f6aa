// Profiles: what is kept, and what is refused.
#include "mnm/profile.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "support/temp_dir.h"

namespace mnm::client {
namespace {

class Profiles : public testing::Test {
 protected:
  Profiles() { ::setenv("MNM_PROFILES", (directory_ / "p").c_str(), 1); }
  ~Profiles() override { ::unsetenv("MNM_PROFILES"); }
  static Profile sample() {
    return {"tcp://127.0.0.1:7070", "", "U1", "SECRET1", "a \"node\"", 3, {"one", "two"}, 7};
  }
  static void create() {
    ASSERT_TRUE(prepare_profile("alice"));
    ASSERT_TRUE(create_profile("alice", sample()));
  }
  unsigned mode_of(const char* name) {
    struct stat status {};
    EXPECT_EQ(::stat((directory_ / name).c_str(), &status), 0);
    return status.st_mode & 07777;
  }
  TempDir directory_;
};

TEST_F(Profiles, AreReadBackAsTheyWereWritten) {
  create();
  const auto profile = load_profile("alice");
  ASSERT_TRUE(profile) << profile.error().text;
  EXPECT_EQ(write_profile(*profile), write_profile(sample()));
}

TEST_F(Profiles, CanBeReadByTheirOwnerAlone) {
  create();
  EXPECT_EQ(mode_of("p"), 0700U);
  EXPECT_EQ(mode_of("p/alice.json"), 0600U);
  ASSERT_TRUE(update_profile("alice", [](Profile& profile) { ++profile.requests; }));
  EXPECT_EQ(mode_of("p/alice.json"), 0600U);
}

TEST_F(Profiles, AreRefusedWhenOthersCanReadThem) {
  create();
  ASSERT_EQ(::chmod((directory_ / "p/alice.json").c_str(), 0640), 0);
  const auto profile = load_profile("alice");
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().code, ErrorCode::kDenied);
  EXPECT_EQ(profile.error().text.find("SECRET1"), std::string::npos);
}

TEST_F(Profiles, AreNeverReplacedByNewOnes) {
  create();
  EXPECT_FALSE(prepare_profile("alice"));
  const auto again = create_profile("alice", {});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kNegative);
  EXPECT_EQ(load_profile("alice")->uid, "U1");
}

TEST_F(Profiles, CountRequestsDurably) {
  create();
  const auto count = [](Profile& profile) { ++profile.requests; };
  ASSERT_TRUE(update_profile("alice", count));
  EXPECT_EQ(update_profile("alice", count)->requests, 9U);
  EXPECT_EQ(load_profile("alice")->requests, 9U);
}

TEST_F(Profiles, HaveNamesThatAreNoPaths) {
  for (const char* name : {"", ".", "..", ".hidden", "-x", "a b", "a\nb"}) {
    const auto path = profile_path(name);
    ASSERT_FALSE(path) << name;
    EXPECT_EQ(path.error().code, ErrorCode::kUsage) << name;
  }
  EXPECT_EQ(*profile_path("./alice.json"), "./alice.json");
}

TEST_F(Profiles, ThatAreDamagedOrNewerSaySo) {
  struct Case {
    const char* text;
    ErrorCode code;
  };
  for (const Case& it :
       {Case{"", ErrorCode::kCorruption}, Case{R"({"format":1)", ErrorCode::kCorruption},
        Case{R"({"format":1,"uid":"U"})", ErrorCode::kCorruption},
        Case{R"({"format":2,"uid":"U","node":"N"})", ErrorCode::kUnknownFormat}}) {
    const auto profile = parse_profile(it.text, "file");
    ASSERT_FALSE(profile) << it.text;
    EXPECT_EQ(profile.error().code, it.code) << it.text;
  }
}

}  // namespace
}  // namespace mnm::client
