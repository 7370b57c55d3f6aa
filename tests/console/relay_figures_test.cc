// Which of many reasons there are no figures: only one means that no relay is running.
#include "console/relay_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <string>
#include <thread>

#include "net/server_address.h"
#include "support/temp_dir.h"

namespace mnm::console {
namespace {

using ::testing::HasSubstr;

constexpr int kPatienceMs = 30'000;

// A relay's admin socket, which answers one request with `reply`; with none, it only listens.
class Relay {
 public:
  Relay(const TempDir& directory, const std::string& reply)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, (directory / "admin.sock").c_str());
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_.get(), 4), 0);
    if (reply.empty()) return;
    thread_ = std::thread([this, reply] {
      const net::Fd link(::accept(fd_.get(), nullptr, nullptr));
      std::array<char, 256> request{};
      EXPECT_GT(::recv(link.get(), request.data(), request.size(), 0), 0);
      EXPECT_EQ(::send(link.get(), reply.data(), reply.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(reply.size()));
    });
  }
  ~Relay() {
    if (thread_.joinable()) thread_.join();
  }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

 private:
  net::Fd fd_;
  std::thread thread_;
};

net::HttpReply figures(const std::string& reply, int timeout_ms = kPatienceMs) {
  const TempDir directory;
  const Relay relay(directory, reply);
  return relay_figures(directory.path(), timeout_ms);
}

TEST(RelayFigures, AreTheRelaysText) {
  const net::HttpReply reply = figures("{\"ok\":true,\"metrics\":\"a 1\\n\"}\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "{\"metrics\":\"a 1\\n\"}");
  EXPECT_EQ(reply.type, "application/json");
}

TEST(RelayFigures, ThatItRefusesAreNone) {
  const net::HttpReply reply = figures("{\"ok\":false,\"error\":\"not now\"}\n");
  EXPECT_EQ(reply.status, 502);
  EXPECT_THAT(reply.body, HasSubstr("not now"));
  for (const char* odd : {"{}\n", "[]\n", "no JSON\n", "{\"ok\":true}\n",
                          "{\"ok\":true,\"metrics\":1}\n", "{\"metrics\":\"a 1\"}\n"}) {
    EXPECT_EQ(figures(odd).status, 502) << odd;
  }
}

TEST(RelayFigures, OfABusyRelayDontMakeItAbsent) {
  const net::HttpReply reply = figures("", 20);
  EXPECT_EQ(reply.status, 504);
  EXPECT_THAT(reply.body, HasSubstr("didn't answer"));
}

TEST(RelayFigures, AreNoneWithoutARelay) {
  const TempDir directory;
  const net::HttpReply reply = relay_figures(directory.path(), kPatienceMs);
  EXPECT_EQ(reply.status, 503);
  EXPECT_THAT(reply.body, HasSubstr("no relay is running there"));
  { const Relay ended(directory, ""); }
  EXPECT_EQ(relay_figures(directory.path(), kPatienceMs).status, 503) << "its socket is left";
}

}  // namespace
}  // namespace mnm::console
