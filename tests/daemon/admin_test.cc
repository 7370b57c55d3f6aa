// The admin socket: a line in, a line out.
#include "daemon/admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <boost/json/parse.hpp>
#include <filesystem>

#include "support/temp_dir.h"

namespace mnm::daemon {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

std::map<std::string, AdminCommand> commands() {
  return {{"echo",
           [](const json::object& request) -> Result<json::object> {
             return json::object{{"text", request.at("text")}};
           }},
          {"fail", [](const json::object&) -> Result<json::object> {
             return fail(ErrorCode::kNegative, "no such thing");
           }}};
}

class AdminSocket : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Admin::open(path_, commands());
    ASSERT_TRUE(opened) << opened.error().text;
    server_ = std::move(*opened);
    server_->start();
  }
  net::Fd connect() {
    net::Fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path_.copy(name.sun_path, sizeof(name.sun_path) - 1);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)), 0);
    return fd;
  }
  static std::string line(int fd) {
    std::string text;
    char c = 0;
    while (::recv(fd, &c, 1, 0) == 1 && c != '\n') text.push_back(c);
    return text;
  }
  static void say(int fd, std::string_view text) {
    ASSERT_EQ(::send(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  TempDir directory_;
  std::string path_ = directory_ / "admin.sock";
  std::unique_ptr<Admin> server_;
};

TEST_F(AdminSocket, AnswersALineThatComesInPieces) {
  const net::Fd fd = connect();
  say(fd.get(), "{\"cmd\":\"ec");
  say(fd.get(), "ho\",\"text\":2}\n");
  EXPECT_EQ(line(fd.get()), R"({"ok":true,"text":2})");
}
TEST_F(AdminSocket, SaysWhatFailed) {
  EXPECT_EQ(server_->answer(R"({"cmd":"fail"})"), R"({"ok":false,"error":"no such thing"})");
  EXPECT_THAT(server_->answer(R"({"cmd":"unknown"})"), HasSubstr("no command 'unknown'"));
  for (const char* bad : {"", "{", "[]", "{}", R"({"cmd":1})"}) {
    EXPECT_THAT(server_->answer(bad), HasSubstr(R"("ok":false)")) << bad;
  }
}
TEST_F(AdminSocket, IsForItsOwnerAlone) {
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}
TEST_F(AdminSocket, ServesOneAfterTheOther) {
  const net::Fd first = connect();
  const net::Fd second = connect();
  say(second.get(), "{\"cmd\":\"echo\",\"text\":2}\n");
  say(first.get(), "{\"cmd\":\"echo\",\"text\":1}\n");
  EXPECT_EQ(line(first.get()), R"({"ok":true,"text":1})");
  EXPECT_EQ(line(second.get()), R"({"ok":true,"text":2})");
}
TEST_F(AdminSocket, IsGoneAfterTheEnd) {
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(AdminSocket, StopsWhileSomebodyHasNotAskedYet) {
  const net::Fd silent = connect();
  say(silent.get(), "{\"cmd\":");
  const auto begin = std::chrono::steady_clock::now();
  server_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kAdminWithin);
  EXPECT_EQ(line(silent.get()), "");
}

}  // namespace
}  // namespace mnm::daemon
