// Addresses and listening sockets, and who may come in.
#include "net/server_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "net/server_admission.h"
#include "support/temp_dir.h"

namespace mnm::net {
namespace {

using ::testing::HasSubstr;

TEST(ListenAddress, IsReadAndWrittenInOneForm) {
  for (const char* text : {"tcp://127.0.0.1:7070", "tls://[::1]:443", "tcp://localhost:0",
                           "unix:///run/mnm.sock", "tls://[::]:65535"}) {
    const auto address = parse_listen_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), text);
  }
}
TEST(ListenAddress, IsRefusedInAnyOtherForm) {
  for (const char* text : {"", "tcp://", "tcp://host", "tcp://host:", "tcp://host:65536",
                           "tcp://host:-1", "tcp://host:7070/", "tcp://::1:7070", "tcp://:7070",
                           "unix://relative", "ftp://host:80", "127.0.0.1:7070"}) {
    const auto address = parse_listen_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, ErrorCode::kUsage);
  }
}
TEST(Listen, PicksAPort) {
  const auto listening = listen_on(*parse_listen_address("tcp://127.0.0.1:0"), false);
  ASSERT_TRUE(listening);
  EXPECT_NE(listening->address.port, 0);
}
TEST(Listen, RefusesPlaintextToTheNetworkUnlessAsked) {
  const auto any = parse_listen_address("tcp://0.0.0.0:0");
  const auto refused = listen_on(*any, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUsage);
  EXPECT_THAT(refused.error().text, HasSubstr("--allow-plaintext"));
  EXPECT_TRUE(listen_on(*any, true));
  EXPECT_TRUE(listen_on(*parse_listen_address("tls://0.0.0.0:0"), false));
}
TEST(Listen, SaysWhenAPortIsTaken) {
  const auto first = listen_on(*parse_listen_address("tcp://127.0.0.1:0"), false);
  ASSERT_TRUE(first);
  const auto second = listen_on(first->address, false);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}
TEST(UnixSocket, HasMode660) {
  TempDir directory;
  const auto listening = listen_on(*parse_listen_address("unix://" + (directory / "s")), false);
  ASSERT_TRUE(listening);
  struct stat status {};
  ASSERT_EQ(::stat((directory / "s").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0660U);
}
TEST(UnixSocket, IsReplacedOnlyWhenNobodyAnswers) {
  TempDir directory;
  const auto address = *parse_listen_address("unix://" + (directory / "s"));
  {
    const auto first = listen_on(address, false);
    ASSERT_TRUE(first);
    const auto second = listen_on(address, false);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().text, HasSubstr("in use"));
  }
  EXPECT_TRUE(listen_on(address, false)) << "left behind by a process that is gone";
}
TEST(UnixSocket, DoesNotReplaceAFile) {
  TempDir directory;
  std::ofstream(directory / "s") << "precious";
  const auto listening = listen_on(*parse_listen_address("unix://" + (directory / "s")), false);
  ASSERT_FALSE(listening);
  EXPECT_THAT(listening.error().text, HasSubstr("no socket"));
}
TEST(UnixSocket, RefusesAPathThatIsTooLong) {
  const auto listening =
      listen_on(*parse_listen_address("unix:///" + std::string(108, 'x')), false);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().code, ErrorCode::kUsage);
}

// ------------------------------------------------------------------------------------------
// admission

TEST(Admission, BoundsAllLinks) {
  Admission admission({.links_max = 2, .strangers_percent = 100, .strangers_per_address = 9});
  auto one = admission.enter("");
  const auto two = admission.enter("");
  EXPECT_TRUE(one && two);
  EXPECT_FALSE(admission.enter(""));
  one.reset();
  EXPECT_TRUE(admission.enter(""));
  EXPECT_EQ(admission.links(), 1U);
}
TEST(Admission, BoundsStrangersAndForgetsThemOnceTheyLogIn) {
  Admission admission({.links_max = 8, .strangers_percent = 25, .strangers_per_address = 9});
  auto one = admission.enter("192.0.2.1");
  const auto two = admission.enter("192.0.2.2");
  EXPECT_TRUE(one && two);
  EXPECT_FALSE(admission.enter("192.0.2.3"));
  EXPECT_TRUE(admission.enter("")) << "links from here are not counted";
  one->logged_in();
  one->logged_in();
  EXPECT_TRUE(admission.enter("192.0.2.3"));
}
TEST(Admission, BoundsStrangersOfOneAddress) {
  Admission admission({.links_max = 100, .strangers_percent = 50, .strangers_per_address = 2});
  const auto one = admission.enter("192.0.2.1");
  auto two = admission.enter("192.0.2.1");
  EXPECT_FALSE(admission.enter("192.0.2.1"));
  EXPECT_TRUE(admission.enter("192.0.2.2"));
  two.reset();
  EXPECT_TRUE(admission.enter("192.0.2.1"));
}

}  // namespace
}  // namespace mnm::net
