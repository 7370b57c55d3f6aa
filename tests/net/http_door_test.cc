// The HTTP door on real sockets, with a stand-in for the engine: sessions over requests, receivers
// in their three forms, and what is refused.
#include "net/http_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/server_rig.h"
#include "support/http_client.h"

namespace mnm::net::testing {
namespace {

using mnm::testing::HttpAnswer;
using mnm::testing::HttpClient;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kQuit = frame(R"({"op":12})");

ServerOptions http_options() {
  ServerOptions options;
  options.addresses.push_back(*parse_listen_address("http://127.0.0.1:0"));
  return options;
}

std::string token_of(const HttpAnswer& answer) { return answer.field("mnm-session"); }

std::string login(HttpClient& client) {
  const HttpAnswer answer = client.post(kTmtpRev + kLogin);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr(R"({"info":"login ok","op":"info"})"));
  return token_of(answer);
}

TEST(Http, OpensASessionAndAnswersInOrder) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const HttpAnswer first = client.post(kTmtpRev + kLogin);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.field("content-type"), "application/octet-stream");
  EXPECT_EQ(first.field("cache-control"), "no-store");
  EXPECT_EQ(token_of(first).size(), 50U) << "200 bits in hex";
  EXPECT_EQ(first.body, frame(R"({"id":"1","name":"site","op":"tmtprev"})") +
                            frame(R"({"info":"login ok","op":"info"})"));
  const HttpAnswer posts =
      client.post(post_of("a", 5) + "hello" + post_of("b", 2) + "hi", token_of(first));
  EXPECT_EQ(token_of(posts), "") << "it is told once";
  const auto a = posts.body.find(R"("id":"a")");
  const auto b = posts.body.find(R"("id":"b")");
  ASSERT_NE(a, std::string::npos);
  ASSERT_NE(b, std::string::npos);
  EXPECT_LT(a, b);
  EXPECT_EQ(posts.body.find("delivery"), std::string::npos) << "pushes go to the receiver";
  const HttpAnswer quit = client.post(kQuit, token_of(first));
  EXPECT_EQ(quit.body, frame(R"({"error":"logout ok","op":"quit"})"));
  EXPECT_EQ(quit.field("mnm-session-end"), "logout ok");
  EXPECT_EQ(client.post(kQuit, token_of(first)).status, 401);
  rig.engine.await_lost(1);
}
TEST(Http, TakesAFrameOverSeveralRequests) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const std::string token = login(client);
  const std::string post = post_of("a", 5) + "hello";
  const HttpAnswer half = client.post(post.substr(0, 20), token);
  EXPECT_EQ(half.status, 204);
  EXPECT_THAT(client.post(post.substr(20), token).body, HasSubstr(R"("id":"a")"));
}
TEST(Http, StreamsToAReceiverAndAgainWhatWasNotAcked) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const std::string token = login(client);
  (void)client.post(post_of("a", 5) + "hello", token);
  for (int i = 0; i < 2; ++i) {
    HttpClient receiver(rig.address());
    receiver.send(receiver.request("GET", "/mmtp", HttpClient::token_field(token)));
    EXPECT_EQ(receiver.read_head().field("content-type"), "application/octet-stream");
    const std::string delivery = receiver.next_chunk();
    EXPECT_THAT(delivery, HasSubstr(R"("id":"0000000000000001")"));
    EXPECT_TRUE(delivery.ends_with("hello"));
    if (i == 0) continue;
    (void)client.post(post_of("b", 2) + "hi", token);
    EXPECT_TRUE(receiver.next_chunk().ends_with("hi")) << "as it comes";
    (void)client.post(kQuit, token);
    EXPECT_EQ(receiver.next_chunk(), "") << "the stream ends in good order with its session";
  }
}
TEST(Http, ForgetsWhatWasAcked) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const std::string token = login(client);
  (void)client.post(post_of("a", 5) + "hello" + post_of("b", 2) + "hi", token);
  EXPECT_EQ(client.post(frame(R"({"op":10,"id":"0000000000000001","type":"ok"})"), token).status,
            204);
  const HttpAnswer poll = client.ask("GET", "/mmtp?wait=5", HttpClient::token_field(token));
  EXPECT_EQ(poll.status, 200);
  EXPECT_EQ(poll.body.find("hello"), std::string::npos);
  EXPECT_TRUE(poll.body.ends_with("hi"));
}
TEST(Http, LeavesOutWhatIsWithdrawnBeforeAReceiverComes) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const std::string token = login(client);
  (void)client.post(post_of("a", 5) + "hello" + post_of("b", 2) + "hi", token);
  (void)client.post(frame(R"({"op":9,"id":"c","from":"A","to":"B"})"), token);
  const HttpAnswer poll = client.ask("GET", "/mmtp?wait=5", HttpClient::token_field(token));
  EXPECT_TRUE(poll.body.ends_with("hello")) << poll.body;
}
TEST(Http, PollsUntilSomethingComesOrTheTimeIsOver) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const std::string token = login(client);
  EXPECT_EQ(client.ask("GET", "/mmtp?wait=0", HttpClient::token_field(token)).status, 204);
  HttpClient receiver(rig.address());
  receiver.send(receiver.request("GET", "/mmtp?wait=60", HttpClient::token_field(token)));
  (void)client.post(post_of("a", 5) + "hello", token);
  EXPECT_TRUE(receiver.read_answer().body.ends_with("hello"));
  EXPECT_EQ(client.ask("GET", "/mmtp?wait=soon", HttpClient::token_field(token)).status, 400);
}
TEST(Http, GivesServerSentEvents) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const std::string token = login(client);
  (void)client.post(post_of("a", 5) + "hello" + post_of("b", 2) + "hi", token);
  const std::string fields = HttpClient::token_field(token) + "Accept: text/event-stream\r\n";
  HttpClient receiver(rig.address());
  receiver.send(receiver.request("GET", "/mmtp", fields));
  EXPECT_EQ(receiver.read_head().field("content-type"), "text/event-stream");
  const std::string event = receiver.next_chunk();
  EXPECT_THAT(event, StartsWith("id: 0000000000000001\ndata: {"));
  EXPECT_TRUE(event.ends_with("}\ndata: aGVsbG8=\n\n")) << event;
  EXPECT_THAT(receiver.next_chunk(), HasSubstr("data: aGk=\n\n"));
  HttpClient later(rig.address());
  later.send(later.request("GET", "/mmtp", fields + "Last-Event-ID: 0000000000000001\r\n"));
  (void)later.read_head();
  EXPECT_THAT(later.next_chunk(), StartsWith("id: 0000000000000002\n"));
  EXPECT_EQ(receiver.next_chunk(), "") << "a new receiver takes over from the old one";
}
TEST(Http, StreamsLargeBodiesBothWays) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const std::string token = login(client);
  std::string body(3 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 8U);
  EXPECT_THAT(client.post(post_of("a", body.size()) + body, token).body, HasSubstr(R"("id":"a")"));
  const HttpAnswer poll = client.ask("GET", "/mmtp?wait=30", HttpClient::token_field(token));
  ASSERT_GT(poll.body.size(), body.size());
  EXPECT_TRUE(poll.body.ends_with(body));
}
TEST(Http, EndsTheSessionOfAPostThatIsCutWithinAFrameAndKeepsNothing) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const std::string token = login(client);
  {
    HttpClient cut(rig.address());
    const std::string whole = cut.request("POST", "/mmtp", HttpClient::token_field(token),
                                          post_of("a", 1 << 20) + std::string(1 << 20, 'x'));
    cut.send(whole.substr(0, whole.size() / 2));
  }
  rig.engine.await_lost(1);
  EXPECT_EQ(client.post(kQuit, token).status, 401);
  rig.server->drain();
  rig.engine.end();
  rig.server->stop();
  EXPECT_TRUE(rig.disk->bodies.empty());
}
TEST(Http, EndsASessionThatNobodyUses) {
  ServerOptions options = http_options();
  options.http.session_idle = std::chrono::seconds(1);
  ServerRig rig(options);
  HttpClient client(rig.address());
  (void)login(client);
  rig.engine.await_lost(1);
  EXPECT_EQ(rig.engine.lost(), std::vector<std::string>{"idle for too long"});
}
TEST(Http, EndsASessionWhoseTokenIsTooOldEvenIfItIsUsed) {
  ServerOptions options = http_options();
  options.http.session_max = std::chrono::seconds(1);
  ServerRig rig(options);
  HttpClient client(rig.address());
  const std::string token = login(client);
  HttpClient receiver(rig.address());
  receiver.send(receiver.request("GET", "/mmtp", HttpClient::token_field(token)));
  (void)receiver.read_head();
  rig.engine.await_lost(1);
  EXPECT_EQ(rig.engine.lost(), std::vector<std::string>{"the token has expired"});
  EXPECT_EQ(receiver.next_chunk(), "");
}
TEST(Http, EndsASessionWhenAskedTo) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const std::string token = login(client);
  EXPECT_EQ(client.ask("DELETE", "/mmtp", HttpClient::token_field(token)).status, 204);
  rig.engine.await_lost(1);
  EXPECT_EQ(client.ask("DELETE", "/mmtp", HttpClient::token_field(token)).status, 401);
}
TEST(Http, AnswersRequestsThatCameTogetherOneAfterTheOther) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const std::string token = login(client);
  std::string all;
  for (const std::string id : {"a", "b", "c"}) {
    all += client.request("POST", "/mmtp", HttpClient::token_field(token), post_of(id, 1) + "x");
  }
  client.send(all);
  for (const std::string id : {"a", "b", "c"}) {
    EXPECT_THAT(client.read_answer().body, HasSubstr("\"id\":\"" + id + "\""));
  }
}
TEST(Http, SaysProblemsInJson) {
  ServerRig rig(http_options());
  struct Case {
    const char* method;
    const char* target;
    const char* fields;
    int status;
  };
  const std::vector<Case> cases = {
      {"GET", "/nowhere", "", 404},
      {"HEAD", "/nowhere", "", 404},
      {"PUT", "/mmtp", "", 405},
      {"HEAD", "/mmtp", "", 405},
      {"GET", "/mmtp", "", 401},
      {"GET", "/mmtp", "Mnm-Session: 00\r\n", 401},
      {"POST", "/mmtp", "Mnm-Session: 00\r\n", 401},
      {"POST", "/mmtp", "Content-Type: text/plain\r\n", 415},
      {"POST", "/mmtp", "Content-Encoding: gzip\r\n", 415},
      {"GET", "/mmtp", "Origin: https://elsewhere.example\r\n", 403},
      {"GET", "/mmtp", "Connection: Upgrade\r\nUpgrade: h2c\r\n", 400},
      {"GET", "/mmtp",
       "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 12\r\n"
       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
       426},
  };
  HttpClient client(rig.address());
  for (const Case& each : cases) {
    const HttpAnswer answer = client.ask(each.method, each.target, each.fields);
    EXPECT_EQ(answer.status, each.status) << each.method << " " << each.target << each.fields;
    EXPECT_EQ(answer.field("content-type"), "application/problem+json");
    if (std::string_view(each.method) == "HEAD") continue;
    EXPECT_THAT(answer.body, HasSubstr("\"status\":" + std::to_string(each.status)));
  }
  EXPECT_EQ(client.ask("PUT", "/mmtp").field("allow"), "GET, POST, DELETE, OPTIONS");
}
TEST(Http, RefusesAndClosesWhereItCannotReadOn) {
  ServerOptions options = http_options();
  options.session.body_bytes_max = 1000;
  ServerRig rig(options);
  const std::vector<std::pair<std::string, int>> cases = {
      {"POST /mmtp HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
      {"POST /mmtp HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n", 413},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n", 431},
      {"GET / HTTP/1.1\r\n\r\n", 400},
  };
  for (const auto& [octets, status] : cases) {
    HttpClient client(rig.address());
    client.send(octets);
    const HttpAnswer answer = client.read_answer();
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.field("connection"), "close");
    EXPECT_TRUE(client.at_end());
  }
}
TEST(Http, EndsAProtocolErrorWithItsWordsOrAProblem) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const HttpAnswer silent = client.post("zzzz");
  EXPECT_EQ(silent.status, 400);
  EXPECT_EQ(silent.field("content-type"), "application/problem+json");
  EXPECT_EQ(token_of(silent), "");
  HttpClient other(rig.address());
  const std::string token = login(other);
  const HttpAnswer quit = other.post("zzzz", token);
  EXPECT_EQ(quit.body, frame(R"({"error":"invalid header length","op":"quit"})"));
  EXPECT_EQ(quit.field("mnm-session-end"), "invalid header length");
}
TEST(Http, LetsListedOriginsAndItsOwnIn) {
  ServerOptions options = http_options();
  options.http.origins = {"https://app.example"};
  ServerRig rig(options);
  HttpClient client(rig.address());
  const HttpAnswer before = client.ask("OPTIONS", "/mmtp",
                                       "Origin: https://app.example\r\n"
                                       "Access-Control-Request-Method: POST\r\n");
  EXPECT_EQ(before.status, 204);
  EXPECT_EQ(before.field("access-control-allow-origin"), "https://app.example");
  EXPECT_THAT(before.field("access-control-allow-headers"), HasSubstr("Mnm-Session"));
  EXPECT_EQ(before.field("vary"), "Origin");
  EXPECT_EQ(client.ask("OPTIONS", "/mmtp").status, 204);
  const std::string own = "Origin: " + rig.address() + "\r\n";
  EXPECT_EQ(client.ask("OPTIONS", "/mmtp", own).status, 204);
  EXPECT_EQ(client.ask("OPTIONS", "/mmtp", "Origin: https://app.example.evil\r\n").status, 403);
}
// A page of evil.example, whose name was changed to lead here, is its own site to a browser.
TEST(Http, IsCalledByTheNamesItWasGiven) {
  ServerOptions options = http_options();
  options.http.hosts = {"relay.example", "[::1]"};
  options.http.pages.rest = [](std::string_view, const HttpRespond& respond) {
    respond({.status = 200, .type = "text/plain", .body = "page", .fields = {}});
  };
  options.admin_addresses = {*parse_listen_address("http://127.0.0.1:0")};
  options.http.admin_pages = options.http.pages;
  ServerRig rig(options);
  const auto status = [](const std::string& address, const std::string& target,
                         const std::string& host, const std::string& fields = {}) {
    HttpClient client(address);
    client.send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n");
    return client.read_answer().status;
  };
  for (const char* host : {"relay.example", "Relay.Example:7080", "[::1]:7080"}) {
    EXPECT_EQ(status(rig.address(), "/", host), 200) << host;
    EXPECT_EQ(status(rig.address(), "/mmtp", host), 401) << host;
  }
  for (const char* host : {"evil.example", "127.0.0.1", "relay.example.evil", "[::2]", ""}) {
    EXPECT_EQ(status(rig.address(), "/", host), 421) << host;
    EXPECT_EQ(status(rig.address(), "/mmtp", host, "Origin: http://evil.example\r\n"), 421) << host;
  }
  EXPECT_EQ(status(rig.address(1), "/", "10.0.0.7:9464"), 200) << "those who watch come by address";
}
TEST(Http, CarriesOnBehindA100Continue) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const std::string body = kTmtpRev + kLogin;
  std::string request = client.request("POST", "/mmtp", "Expect: 100-continue\r\n", body);
  client.send(std::string_view(request).substr(0, request.size() - body.size()));
  EXPECT_EQ(client.read_answer().status, 100);
  client.send(body);
  EXPECT_EQ(client.read_answer().status, 200);
}
TEST(Http, SpeaksHttp10WithoutChunks) {
  ServerRig rig(http_options());
  HttpClient client(rig.address());
  const std::string token = login(client);
  (void)client.post(post_of("a", 5) + "hello", token);
  client.send("GET /mmtp?wait=5 HTTP/1.0\r\nMnm-Session: " + token + "\r\n\r\n");
  const HttpAnswer poll = client.read_answer();
  EXPECT_EQ(poll.status, 200);
  EXPECT_EQ(poll.field("transfer-encoding"), "");
  EXPECT_TRUE(poll.body.ends_with("hello"));
}
TEST(Http, ServesPagesAndThoseForAdministratorsElsewhere) {
  ServerOptions options = http_options();
  options.admin_addresses.push_back(*parse_listen_address("http://127.0.0.1:0"));
  const auto page = [](std::string text) {
    return [text](std::string_view path, const HttpRespond& respond) {
      respond(
          {.status = 200, .type = "text/plain", .body = text + std::string(path), .fields = {}});
    };
  };
  options.http.pages.exact["/livez"] = page("live ");
  options.http.pages.rest = page("file ");
  options.http.admin_pages.exact["/secret"] = page("admin ");
  options.http.admin_pages.exact["/silent"] = [](std::string_view, const HttpRespond&) {};
  ServerRig rig(options);
  HttpClient client(rig.address());
  EXPECT_EQ(client.ask("GET", "/livez?x").body, "live /livez");
  const HttpAnswer head = client.ask("HEAD", "/livez");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("content-length"), "11");
  EXPECT_EQ(client.ask("GET", "/secret").body, "file /secret");
  EXPECT_EQ(client.ask("POST", "/livez", "", "x").status, 405);
  HttpClient admin(rig.address(1));
  EXPECT_EQ(admin.ask("GET", "/secret").body, "admin /secret");
  EXPECT_EQ(admin.ask("GET", "/silent").status, 503);
  EXPECT_EQ(admin.ask("GET", "/mmtp").status, 404);
}
TEST(Http, SparesAPageThatTheClientHas) {
  ServerOptions options = http_options();
  options.http.pages.rest = [](std::string_view, const HttpRespond& respond) {
    respond({.status = 200, .type = "text/plain", .body = "text", .fields = {{"ETag", "\"v1\""}}});
  };
  ServerRig rig(options);
  HttpClient client(rig.address());
  EXPECT_EQ(client.ask("GET", "/").body, "text");
  for (const std::string known : {"\"v1\"", "W/\"v1\"", "\"v0\" ,\t\"v1\"", "*"}) {
    const std::string field = "If-None-Match: " + known + "\r\n";
    client.send(client.request("GET", "/", field));
    const HttpAnswer answer = client.read_head();  // and no body, or the next answer isn't one
    EXPECT_EQ(answer.status, 304) << known;
    EXPECT_EQ(answer.field("etag"), "\"v1\"");
    EXPECT_EQ(client.ask("HEAD", "/", field).status, 304);
  }
  for (const std::string other : {"\"v2\"", "v1", "\"v1", ",", ""}) {
    EXPECT_EQ(client.ask("GET", "/", "If-None-Match: " + other + "\r\n").body, "text") << other;
  }
}
TEST(Http, TurnsAwaySessionsBeyondTheLimitOfLinks) {
  ServerOptions options = http_options();
  options.limits.links_max = 3;  // two links, and a session
  ServerRig rig(options);
  HttpClient client(rig.address());
  const std::string token = login(client);
  HttpClient other(rig.address());
  const HttpAnswer answer = other.post(kTmtpRev + kLogin);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.field("retry-after"), "15");
  EXPECT_EQ(client.post(kQuit, token).status, 200);
}

}  // namespace
}  // namespace mnm::net::testing
