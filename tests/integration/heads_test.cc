// Signed heads of a real relay: signed when asked and at a clean stop, checked beside it and after
// it, and a directory that was rolled back is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/relay_box.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

using ::testing::HasSubstr;

class Heads : public ::testing::Test {
 protected:
  // The interval is longer than any test, so that only what is asked for is signed.
  std::vector<std::string> options() const {
    return {"--heads-interval", "1h", "--heads-file", heads_};
  }
  void post(int count) {
    for (int i = 0; i < count; ++i) ann_->post(std::to_string(++posted_), {user(who_.uid)}, "text");
  }
  void enter() {
    ann_ = std::make_unique<WireClient>(relay_.tcp(), Dialect::kMmtp);
    who_ = ann_->enter("ann");
  }
  std::size_t lines() const {
    std::ifstream file(heads_);
    return static_cast<std::size_t>(
        std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n'));
  }
  // The data directory, with its modes.
  void keep(const std::string& name) const {
    std::filesystem::copy(relay_.data(), elsewhere_ / name,
                          std::filesystem::copy_options::recursive);
  }
  void put_back(const std::string& name) const {
    std::filesystem::remove_all(relay_.data());
    std::filesystem::copy(elsewhere_ / name, relay_.data(),
                          std::filesystem::copy_options::recursive);
  }
  int verify() const {
    return relay_.inspect("verify --heads " + heads_ + " --pubkey " + relay_.data() + "/heads.pub");
  }

  TempDir elsewhere_;
  std::string heads_ = elsewhere_ / "heads";
  RelayBox relay_{options()};
  std::unique_ptr<WireClient> ann_;
  Identity who_;
  int posted_ = 0;
};

TEST_F(Heads, AreSignedWhenAskedForAndAtACleanStopAndHold) {
  enter();
  post(20);
  const std::size_t before = lines();
  EXPECT_THAT(relay_.admin("heads-sign"), HasSubstr("\"ok\":true"));
  EXPECT_EQ(lines(), before + 1);
  EXPECT_EQ(verify(), 0) << "beside the relay";
  post(20);
  EXPECT_EQ(relay_.stop(), 0);
  EXPECT_EQ(lines(), before + 2);
  EXPECT_EQ(verify(), 0);
  relay_.start();
  EXPECT_THAT(relay_.admin("heads-sign"), HasSubstr("\"ok\":true"));
  EXPECT_EQ(verify(), 0);
}

TEST_F(Heads, GoOnAfterAKill) {
  enter();
  post(20);
  EXPECT_THAT(relay_.admin("heads-sign"), HasSubstr("\"ok\":true"));
  post(20);
  relay_.kill();
  relay_.start();
  EXPECT_THAT(relay_.admin("heads-sign"), HasSubstr("\"ok\":true"));
  EXPECT_EQ(verify(), 0);
}

TEST_F(Heads, RefuseADirectoryThatWasRolledBackAsAWhole) {
  enter();
  post(5);
  EXPECT_EQ(relay_.stop(), 0);
  keep("earlier");
  relay_.start();
  WireClient again(relay_.tcp(), Dialect::kMmtp);
  again.login(who_);
  again.post("later", {user(who_.uid)}, "text");
  EXPECT_EQ(relay_.stop(), 0);
  keep("later");

  put_back("earlier");
  EXPECT_EQ(verify(), 4) << "copied heads find it";
  std::string said;
  EXPECT_EQ(relay_.refused(said, options()), 4) << said;
  EXPECT_THAT(said, HasSubstr("it was rolled back"));

  put_back("later");
  relay_.start();
  EXPECT_THAT(relay_.admin("heads-sign"), HasSubstr("\"ok\":true"));
  EXPECT_EQ(verify(), 0);
}

TEST_F(Heads, LeadToAProofThatNeedsNoLog) {
  enter();
  post(3);
  EXPECT_THAT(relay_.admin("heads-sign"), HasSubstr("\"ok\":true"));
  const std::string proof = elsewhere_ / "proof.json";
  EXPECT_EQ(relay_.inspect("prove 3 --heads " + heads_ + " --out " + proof), 0);
  std::filesystem::copy_file(relay_.data() + "/heads.pub", elsewhere_ / "relay.pub");
  EXPECT_EQ(relay_.stop(), 0);
  std::filesystem::remove_all(relay_.data());
  EXPECT_EQ(relay_.inspect("check-proof " + proof + " --pubkey " + (elsewhere_ / "relay.pub")), 0);
}

}  // namespace
}  // namespace mnm::testing
