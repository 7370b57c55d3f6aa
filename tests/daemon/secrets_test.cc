// The secrets file: made once, guarded, never replaced.
#include "daemon/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/temp_dir.h"

namespace mnm::daemon {
namespace {

using ::testing::HasSubstr;

class SecretsFile : public ::testing::Test {
 protected:
  std::string text() {
    std::stringstream all;
    all << std::ifstream(path_).rdbuf();
    return all.str();
  }
  void write(const std::string& text, mode_t mode = 0600) {
    std::ofstream(path_) << text;
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
  }
  Error refusal(bool may_create = true) {
    auto opened = load_secrets(path_, may_create);
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }
  TempDir directory_;
  std::string path_ = directory_ / "secrets";
};

TEST_F(SecretsFile, IsMadeOnceWithMode600) {
  const auto made = load_secrets(path_, true);
  ASSERT_TRUE(made) << made.error().text;
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_EQ(made->keys.pepper.size(), 32U);
  EXPECT_NE(made->keys.pepper, made->keys.request);
  const auto again = load_secrets(path_, false);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->keys.pepper, made->keys.pepper);
  EXPECT_EQ(again->keys.request, made->keys.request);
  EXPECT_EQ(again->head_signing, made->head_signing);
  EXPECT_EQ(again->sealing, made->sealing);
}
TEST_F(SecretsFile, IsMadeThoughAnEarlierStartWasCutOff) {
  std::ofstream(path_ + ".new") << "mnm sec";
  EXPECT_TRUE(load_secrets(path_, true));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}
TEST_F(SecretsFile, ThatIsMissingBesideAStoreIsRefusedByName) {
  const Error error = refusal(false);
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.text, HasSubstr(path_));
  EXPECT_FALSE(std::filesystem::exists(path_));
}
TEST_F(SecretsFile, ThatOthersMayReadIsRefused) {
  ASSERT_TRUE(load_secrets(path_, true));
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(refusal().code, ErrorCode::kDenied);
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0400), 0);
  EXPECT_TRUE(load_secrets(path_, true));
}
TEST_F(SecretsFile, ThatIsDamagedIsRefusedAndKept) {
  ASSERT_TRUE(load_secrets(path_, true));
  const std::string whole = text();
  for (const std::string& damaged :
       {whole.substr(0, whole.size() - 2), whole.substr(0, whole.rfind("sealing")),
        whole + "pepper = 00\n", whole + "novel = 00\n"}) {
    write(damaged);
    EXPECT_EQ(refusal().code, ErrorCode::kCorruption) << damaged.size();
    EXPECT_EQ(text(), damaged);
  }
}
TEST_F(SecretsFile, OfAnotherFormatIsRefused) {
  write("mnm secrets 2\n");
  EXPECT_EQ(refusal().code, ErrorCode::kCorruption);
}

}  // namespace
}  // namespace mnm::daemon
