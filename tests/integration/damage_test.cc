// A data directory that lost what was acked, or that isn't whole, is refused by name and left as it
// is; what is only derived is made again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/relay_box.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

using ::testing::HasSubstr;

class Damage : public ::testing::Test {
 protected:
  void SetUp() override {
    WireClient ann(relay.tcp(), Dialect::kMmtp);
    who = ann.enter("a");
    WireClient bob(relay.tcp(), Dialect::kMmtp);
    recipient = bob.enter("b");
    for (int i = 0; i < 100; ++i) {
      last = ann.post(std::to_string(i), {user(recipient.uid)}, fmt::format("acked {}", i));
    }
    digest = relay.digest();
    relay.kill();
  }
  [[nodiscard]] std::filesystem::path newest_wal() const {
    std::filesystem::path newest;
    for (const auto& entry : std::filesystem::directory_iterator(relay.data() + "/log")) {
      if (entry.path().extension() == ".log" && entry.path() > newest) newest = entry.path();
    }
    return newest;
  }
  // Its exit code; the directory must stay as it is.
  int refused_and_untouched() {
    const DirectoryImage before = relay.image();
    const int code = relay.refused(said);
    EXPECT_EQ(before.difference(relay.image()), "");
    return code;
  }
  void expect_whole() {
    relay.start();
    EXPECT_EQ(relay.digest(), digest);
    WireClient bob(relay.tcp(), Dialect::kMmtp);
    bob.login(recipient);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(bob.take_delivery().data, fmt::format("acked {}", i));
  }
  RelayBox relay;
  Identity who;
  Identity recipient;
  std::string last;  // id
  std::string digest;
  std::string said;
};

TEST_F(Damage, OfNothingIsAKillAlone) { expect_whole(); }

TEST_F(Damage, OfTheNewestWalCutShortIsRefused) {
  const auto wal = newest_wal();
  std::filesystem::resize_file(wal, std::filesystem::file_size(wal) / 2);
  EXPECT_EQ(refused_and_untouched(), 3) << said;
  // The last LSN that was there, as people read it.
  EXPECT_THAT(said, HasSubstr("LSN"));
  EXPECT_THAT(said, HasSubstr(std::to_string(std::stoull(last, nullptr, 16))));
}

TEST_F(Damage, OfTheNewestWalGoneIsRefused) {
  std::filesystem::remove(newest_wal());
  EXPECT_EQ(refused_and_untouched(), 3) << said;
  EXPECT_THAT(said, HasSubstr("LSN"));
}

TEST_F(Damage, OfAnOctetInTheMiddleIsRefused) {
  const auto wal = newest_wal();
  std::fstream file(wal, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(wal) / 2));
  file << "damage";
  file.close();
  EXPECT_EQ(refused_and_untouched(), 3) << said;
}

TEST_F(Damage, OfAnUnfinishedRecordAtTheEndIsNone) {
  std::ofstream(newest_wal(), std::ios::binary | std::ios::app) << std::string(5, '\x01');
  expect_whole();
}

TEST_F(Damage, OfABodyThatWaitsIsRefused) {
  relay.start();
  WireClient ann(relay.tcp(), Dialect::kMmtp);
  ann.login(who);
  const std::string id = ann.post("large", {user(recipient.uid)}, std::string(200'000, 'x'));
  relay.kill();
  const DirectoryImage whole = relay.image();
  for (const bool gone : {true, false}) {
    std::string body;
    for (const auto& entry : std::filesystem::directory_iterator(relay.data() + "/body")) {
      body = entry.path();
    }
    if (gone) {
      std::filesystem::remove(body);
    } else {
      std::filesystem::resize_file(body, 199'999);
    }
    EXPECT_EQ(refused_and_untouched(), 3) << said;
    EXPECT_THAT(said, HasSubstr("message " + id));
    EXPECT_THAT(said, HasSubstr(body));
    whole.restore_file(relay.data(), std::filesystem::relative(body, relay.data()));
  }
  relay.start();
}

TEST_F(Damage, OfTheViewsIsMadeGood) {
  std::filesystem::remove_all(relay.data() + "/views");
  expect_whole();
}

TEST_F(Damage, OfTheViewsOctetsIsMadeGood) {
  for (const auto& entry : std::filesystem::directory_iterator(relay.data() + "/views")) {
    std::filesystem::resize_file(entry.path(), 0);
  }
  expect_whole();
}

TEST_F(Damage, OfTheSecretsIsRefused) {
  const DirectoryImage whole = relay.image();
  std::filesystem::remove(relay.data() + "/secrets");
  EXPECT_EQ(relay.refused(said), 5);
  EXPECT_THAT(said, HasSubstr(relay.data() + "/secrets is missing"));
  EXPECT_FALSE(std::filesystem::exists(relay.data() + "/secrets"));
  whole.restore_file(relay.data(), "secrets");
  std::filesystem::permissions(relay.data() + "/secrets", std::filesystem::perms(0640));
  EXPECT_EQ(relay.refused(said), 6);
  EXPECT_THAT(said, HasSubstr("chmod 600"));
  std::filesystem::permissions(relay.data() + "/secrets", std::filesystem::perms(0600));
  expect_whole();
}

TEST_F(Damage, IsNotDoneByASecondRelayOnTheSameDirectory) {
  relay.start();
  EXPECT_EQ(relay.refused(said), 5);
  EXPECT_THAT(said, HasSubstr(relay.data()));
  EXPECT_EQ(relay.digest(), digest);
  relay.kill();
  expect_whole();
}

}  // namespace
}  // namespace mnm::testing
