// A real relay over HTTP and WebSocket: killed and found again, uploads that are cut, receivers
// that don't read, and the figures for those who watch it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/regex.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "net/client_codec.h"
#include "net/frame.h"
#include "support/http_frames.h"
#include "support/memory_bound.h"
#include "support/relay_box.h"
#include "support/ws_client.h"

namespace mnm::testing {
namespace {

using net::frame;
using ::testing::HasSubstr;

const std::vector<std::string> kHttp = {"--listen", "http://127.0.0.1:0"};

// A frame's header, understood.
net::Reply reply_of(const std::string& octets) {
  net::HeaderReader reader;
  std::string_view in = octets;
  if (reader.feed(in) != net::HeaderReader::State::kReady) throw HttpTrouble("no frame: " + octets);
  auto reply = net::parse_reply(reader.header());
  if (!reply) throw HttpTrouble("no reply: " + octets);
  return std::move(*reply);
}

struct Account {
  std::string uid;
  std::string node;
  [[nodiscard]] std::string login() const {
    return frame(R"({"op":3,"uid":")" + uid + R"(","node":")" + node + R"("})");
  }
};

Account account_of(const std::string& octets) {
  const net::Reply reply = reply_of(octets);
  return {reply.uid.value_or(""), reply.nodeid.value_or("")};
}

const std::string kRegister = frame(R"({"op":1,"newnode":"web"})");

std::string post(const std::string& id, const std::string& to, const std::string& body) {
  return frame(R"({"op":5,"id":")" + id + R"(","dataLen":)" + std::to_string(body.size()) +
               R"(,"for":[{"id":")" + to + R"(","type":1}]})") +
         body;
}

std::string http_of(const RelayBox& relay) {
  for (const std::string& address : relay.addresses()) {
    if (address.starts_with("http://")) return address;
  }
  return {};
}

TEST(WebSocketRelay, KeepsWhatWasAckedOverKillsAndReconnections) {
  RelayBox relay(kHttp);
  Account bob;
  {
    WsClient client(http_of(relay));
    ASSERT_TRUE(client.send(kRegister));
    bob = account_of(*client.receive());
  }
  WsClient alice(http_of(relay));
  ASSERT_TRUE(alice.send(kRegister));
  const Account account = account_of(*alice.receive());
  EXPECT_THAT(*alice.receive(), HasSubstr("login ok"));
  std::vector<std::string> bodies;
  for (int round = 0; round < 3; ++round) {
    WsClient again(http_of(relay));
    if (round > 0) {
      ASSERT_TRUE(again.send(account.login()));
      EXPECT_THAT(*again.receive(), HasSubstr("login ok"));
    }
    WsClient& sender = round == 0 ? alice : again;
    bodies.push_back("round " + std::to_string(round));
    ASSERT_TRUE(sender.send(post("1", bob.uid, bodies.back())));
    std::string ack = *sender.receive();
    if (ack.find("\"ack\"") == std::string::npos) ack = *sender.receive();  // a notice came first
    EXPECT_THAT(ack, HasSubstr(R"("ok":"ok")"));
    relay.kill();
    EXPECT_EQ(sender.receive(), std::nullopt);
    relay.start();
  }
  WsClient receiver(http_of(relay));
  ASSERT_TRUE(receiver.send(bob.login()));
  EXPECT_THAT(*receiver.receive(), HasSubstr("login ok"));
  for (const std::string& body : bodies) {
    const std::string delivery = *receiver.receive();
    EXPECT_TRUE(delivery.ends_with(body)) << delivery;
    ASSERT_TRUE(receiver.send(
        frame(R"({"op":7,"id":")" + *reply_of(delivery).id + R"(","type":"delivery"})")));
  }
  EXPECT_EQ(relay.inspect("verify"), 0);
}

TEST(HttpRelay, ForgetsSessionsWithAKillButNoMessage) {
  RelayBox relay(kHttp);
  HttpClient client(http_of(relay));
  const HttpAnswer registered = client.post(kRegister);
  const Account account = account_of(registered.body);
  const std::string token = registered.field("mnm-session");
  HttpClient other(http_of(relay));
  const HttpAnswer sender = other.post(kRegister);
  EXPECT_THAT(other.post(post("1", account.uid, "hello"), sender.field("mnm-session")).body,
              HasSubstr(R"("ok":"ok")"));
  relay.kill();
  relay.start();
  HttpClient later(http_of(relay));
  {
    HttpClient stale(http_of(relay));  // its body isn't read, so its link is closed
    EXPECT_EQ(stale.post(post("1", account.uid, "x"), token).status, 401);
  }
  const std::string fresh = later.post(account.login()).field("mnm-session");
  const HttpAnswer poll = later.ask("GET", "/mmtp?wait=30", HttpClient::token_field(fresh));
  EXPECT_TRUE(poll.body.ends_with("hello"));
  const std::string ack =
      frame(R"({"op":7,"id":")" + *reply_of(poll.body).id + R"(","type":"delivery"})");
  EXPECT_EQ(later.post(ack, fresh).status, 204);
  EXPECT_EQ(later.ask("GET", "/mmtp?wait=0", HttpClient::token_field(fresh)).status, 204);
}

TEST(HttpRelay, LeavesNothingOfAnUploadThatIsCut) {
  RelayBox relay(kHttp);
  HttpClient client(http_of(relay));
  const HttpAnswer registered = client.post(kRegister);
  const Account account = account_of(registered.body);
  {
    HttpClient cut(http_of(relay));
    const std::string whole =
        cut.request("POST", "/mmtp", HttpClient::token_field(registered.field("mnm-session")),
                    post("1", account.uid, std::string(4 << 20, 'x')));
    cut.send(std::string_view(whole).substr(0, whole.size() / 2));
    EXPECT_TRUE(relay.await([&] { return relay.bodies() > 0; }));
  }
  EXPECT_TRUE(relay.await([&] { return relay.bodies() == 0; }));
}

TEST(HttpRelay, SpendsLittleMemoryOnAReceiverThatDoesNotRead) {
  RelayBox relay(kHttp);
  HttpClient client(http_of(relay));
  const HttpAnswer registered = client.post(kRegister);
  const Account account = account_of(registered.body);
  HttpClient sender(http_of(relay));
  const std::string token = sender.post(kRegister).field("mnm-session");
  constexpr std::size_t kBody = 24 << 20;
  const std::uint64_t before_kib = relay.process().memory_kib("VmHWM");
  HttpClient receiver(http_of(relay));
  receiver.send(
      receiver.request("GET", "/mmtp", HttpClient::token_field(registered.field("mnm-session"))));
  (void)receiver.read_head();
  for (const std::string id : {"1", "2", "3"}) {
    const std::string body(kBody, id.front());
    EXPECT_THAT(sender.post(post(id, account.uid, body), token).body, HasSubstr(R"("ok":"ok")"));
  }
  EXPECT_LT(relay.process().memory_kib("VmHWM") - before_kib, (24U << 10) + kSanitizerMemory_kib);
  // It is there all the same, once it is read.
  std::size_t came = 0;
  while (came < kBody) came += receiver.next_chunk().size();
  EXPECT_LT(relay.process().memory_kib("VmHWM") - before_kib, (24U << 10) + kSanitizerMemory_kib);
}

TEST(BrowserClient, IsServedAtTheRootUnlessItIsOff) {
  RelayBox relay(kHttp);
  HttpClient client(http_of(relay));
  const HttpAnswer page = client.ask("GET", "/");
  if (page.status == 404) GTEST_SKIP() << "built without Node.js and TypeScript";
  ASSERT_EQ(page.status, 200);
  EXPECT_EQ(page.field("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.field("content-security-policy"), HasSubstr("connect-src 'self'"));
  EXPECT_THAT(page.field("content-security-policy"), HasSubstr("frame-ancestors 'none'"));
  EXPECT_EQ(page.field("x-content-type-options"), "nosniff");
  EXPECT_EQ(page.field("referrer-policy"), "no-referrer");
  EXPECT_EQ(page.field("cache-control"), "no-cache");
  EXPECT_EQ(page.field("set-cookie"), "");
  EXPECT_THAT(page.body, HasSubstr("/web/app/main.js"));
  const HttpAnswer head = client.ask("HEAD", "/");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("content-length"), std::to_string(page.body.size()));
  EXPECT_EQ(head.field("etag"), page.field("etag"));
  client.send(client.request("GET", "/", "If-None-Match: " + page.field("etag") + "\r\n"));
  EXPECT_EQ(client.read_head().status, 304);
  EXPECT_EQ(client.ask("GET", "/web/app/main.js").field("content-type"),
            "text/javascript; charset=utf-8");
  for (const char* nowhere : {"/web", "/web/", "/web/app/main.ts", "/web/../", "//", "/index.html",
                              "/web/app/main.js/", "/WEB/app/main.js"}) {
    EXPECT_EQ(client.ask("GET", nowhere).status, 404) << nowhere;
  }
  EXPECT_EQ(client.ask("POST", "/", "", "x").status, 405);
}

TEST(BrowserClient, IsOffWithNoWeb) {
  RelayBox relay({"--listen", "http://127.0.0.1:0", "--no-web"});
  HttpClient client(http_of(relay));
  EXPECT_EQ(client.ask("GET", "/").status, 404);
  EXPECT_EQ(client.ask("GET", "/web/app/main.js").status, 404);
  EXPECT_EQ(client.ask("GET", "/livez").status, 200);
}

TEST(BrowserClient, IsNotOnAddressesForAdministrators) {
  RelayBox relay({"--admin-listen", "http://127.0.0.1:0"});
  HttpClient client(relay.addresses().back());
  EXPECT_EQ(client.ask("GET", "/livez").status, 200);
  EXPECT_EQ(client.ask("GET", "/").status, 404);
}

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Watching, HasAllFiguresThatTheAlertsAndTheDashboardName) {
  RelayBox relay({"--admin-listen", "http://127.0.0.1:0", "--checkpoint-interval", "50ms",
                  "--listen", "http://127.0.0.1:0"});
  const std::string admin = relay.addresses().back();
  HttpClient client(http_of(relay));
  if (http_of(relay) == admin) FAIL() << "the admin's address is the last";
  const HttpAnswer registered = client.post(kRegister);
  const Account account = account_of(registered.body);
  (void)client.post(post("1", account.uid, "hello"), registered.field("mnm-session"));
  HttpClient watcher(admin);
  EXPECT_EQ(watcher.ask("GET", "/livez").body, "{\"status\":\"live\"}\n");
  EXPECT_EQ(watcher.ask("GET", "/readyz").body, "{\"status\":\"ready\"}\n");
  EXPECT_EQ(client.ask("GET", "/livez").status, 200);
  EXPECT_EQ(client.ask("GET", "/metrics").status, 404) << "for clients only with --metrics";
  std::string scrape;
  EXPECT_TRUE(relay.await([&] {
    scrape = watcher.ask("GET", "/metrics").body;
    // The engine's figures, and the projector's, which follow.
    return scrape.find("mnm_sessions{transport=\"http\"} 1") != std::string::npos &&
           scrape.find("mnm_events_total{op=\"registered\"} 1\n") != std::string::npos;
  })) << scrape;
  EXPECT_THAT(scrape, HasSubstr("mnm_users 1\n"));
  EXPECT_EQ(scrape.find(account.uid), std::string::npos) << "no figure names anybody";
  EXPECT_THAT(relay.admin("metrics"), HasSubstr("mnm_users 1\\n"));
  EXPECT_THAT(watcher.ask("GET", "/console").body, HasSubstr("mnmctl console"));
  const std::string named = file_text(MNM_SOURCE_DIR "/contrib/prometheus/mnm.rules.yml") +
                            file_text(MNM_SOURCE_DIR "/contrib/grafana/mnm.json");
  const boost::regex figure("(mnm|process)_[a-z_]+");
  std::set<std::string> names;
  for (boost::sregex_iterator i(named.begin(), named.end(), figure), end; i != end; ++i) {
    names.insert(i->str());
  }
  EXPECT_GE(names.size(), 15U);
  for (const std::string& name : names) {
    const bool there = boost::regex_search(scrape, boost::regex("(^|\n)" + name + "[{ ]"));
    EXPECT_TRUE(there) << name << " is in no scrape";
  }
}

}  // namespace
}  // namespace mnm::testing
