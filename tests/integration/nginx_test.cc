// The relay behind nginx, with the configuration of contrib/nginx. Skipped where there is no nginx.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/regex.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "net/frame.h"
#include "net/limits.h"
#include "support/http_frames.h"
#include "support/relay_box.h"
#include "support/run_program.h"
#include "support/ws_client.h"

namespace mnm::testing {
namespace {

using net::frame;
using ::testing::HasSubstr;

constexpr const char* kNginx = "/usr/sbin/nginx";

void replace(std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  CHECK_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

std::string our_configuration() {
  std::ifstream file(MNM_SOURCE_DIR "/contrib/nginx/mnm.conf");
  return {std::istreambuf_iterator<char>(file), {}};
}

// Ours in front of `relay`, without its TLS.
std::string configuration(const std::string& directory, const std::string& front,
                          const std::string& relay) {
  std::string ours = our_configuration();
  replace(ours, "server 127.0.0.1:7080", "server " + relay);
  replace(ours, "listen 443 ssl", "listen " + front);
  replace(ours, "ssl_certificate     /etc/mnm/chain.pem;", "");
  replace(ours, "ssl_certificate_key /etc/mnm/key.pem;", "");
  std::string all = "daemon off;\nmaster_process off;\npid " + directory + "/pid;\nerror_log " +
                    directory + "/error.log;\nevents {}\nhttp {\naccess_log off;\n";
  for (const char* path : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    all += std::string(path) + "_temp_path " + directory + "/" + path + ";\n";
  }
  return all + ours + "}\n";
}

// A port that is free now.
std::string free_address() {
  const auto listening = net::listen_on(*net::parse_listen_address("http://127.0.0.1:0"), false);
  return listening->address.text();
}

// Else a request may meet a link that the relay has just closed, and a POST isn't tried again.
TEST(Nginx, LetsGoOfAnIdleLinkBeforeTheRelayDoes) {
  const std::string ours = our_configuration();
  boost::smatch seconds;
  ASSERT_TRUE(
      boost::regex_search(ours, seconds, boost::regex("\\n *keepalive_timeout ([0-9]+)s;")));
  EXPECT_LT(std::stoi(seconds[1]), net::kHttpIdle.count() / 2 + 1);
}
TEST(Nginx, SaysTooManyToOneClientThatAsksWithoutEnd) {
  if (::access(kNginx, X_OK) != 0) GTEST_SKIP() << "there is no " << kNginx;
  RelayBox relay({"--listen", "http://127.0.0.1:0"});
  const TempDir directory;
  const std::string front = free_address();
  std::ofstream(directory / "nginx.conf")
      << configuration(directory / "", front.substr(7), relay.addresses().back().substr(7));
  Running nginx(kNginx, {"-c", directory / "nginx.conf", "-p", directory / ""});
  ASSERT_TRUE(relay.await([&] { return WireLink::open(front) != nullptr; }));
  HttpClient client(front);
  int status = 0;
  for (int i = 0; i < 900 && status != 429; ++i) status = client.ask("GET", "/nowhere").status;
  EXPECT_EQ(status, 429);
  nginx.signal(SIGTERM);
  (void)nginx.finish();
}
TEST(Nginx, PassesOnRequestsStreamsAndWebSockets) {
  if (::access(kNginx, X_OK) != 0) GTEST_SKIP() << "there is no " << kNginx;
  RelayBox relay({"--listen", "http://127.0.0.1:0"});
  const TempDir directory;
  const std::string front = free_address();
  const auto plain = [](const std::string& address) { return address.substr(7); };
  std::ofstream(directory / "nginx.conf")
      << configuration(directory / "", plain(front), plain(relay.addresses().back()));
  Running nginx(kNginx, {"-c", directory / "nginx.conf", "-p", directory / ""});
  ASSERT_TRUE(relay.await([&] { return WireLink::open(front) != nullptr; }));

  HttpFrames frames(front);
  frames.send(frame(R"({"op":1,"newnode":"web"})"));
  const std::string answers = *frames.receive();
  EXPECT_THAT(answers, HasSubstr("login ok"));
  const std::string uid = answers.substr(answers.find("\"uid\":\"") + 7, 32);
  const std::string body(200'000, 'x');
  const std::string post =
      frame(R"({"op":5,"id":"1","dataLen":200000,"for":[{"id":")" + uid + R"(","type":1}]})") +
      body;
  frames.send(post);
  EXPECT_THAT(*frames.receive(), HasSubstr(R"("ok":"ok")"));
  std::string delivery;
  while (!delivery.ends_with(body))
    delivery += *frames.receive();  // as it comes: the stream goes on

  WsClient client(front, "http://" + plain(front));  // our own site, seen through the proxy
  ASSERT_TRUE(client.send(frame(R"({"op":1,"newnode":"web"})")));
  EXPECT_THAT(*client.receive(), HasSubstr("registered"));
  nginx.signal(SIGTERM);
  (void)nginx.finish();
}

}  // namespace
}  // namespace mnm::testing
