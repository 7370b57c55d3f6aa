// WebSocket on real sockets, with Boost.Beast's client on the other side: the stream in any split,
// a frame of the protocol in each message out.
#include "net/transport_ws.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/server_rig.h"
#include "support/http_client.h"
#include "support/ws_client.h"

namespace mnm::net::testing {
namespace {

using mnm::testing::HttpClient;
using mnm::testing::WsClient;
using mnm::testing::WsTrouble;
using ::testing::HasSubstr;

ServerOptions http_options() {
  ServerOptions options;
  options.addresses.push_back(*parse_listen_address("http://127.0.0.1:0"));
  return options;
}

void login(WsClient& client) {
  ASSERT_TRUE(client.send(kTmtpRev + kLogin));
  EXPECT_EQ(client.receive(), frame(R"({"id":"1","name":"site","op":"tmtprev"})"));
  EXPECT_EQ(client.receive(), frame(R"({"info":"login ok","op":"info"})"));
}

TEST(WebSocket, HoldsAConversationAFrameAMessage) {
  ServerRig rig(http_options());
  WsClient client(rig.address());
  login(client);
  ASSERT_TRUE(client.send(post_of("a", 5) + "hello"));
  EXPECT_THAT(*client.receive(), HasSubstr(R"("id":"a","msgid":"0000000000000001")"));
  const std::string delivery = *client.receive();
  EXPECT_THAT(delivery, HasSubstr(R"("datalen":5)"));
  EXPECT_TRUE(delivery.ends_with("hello"));
  ASSERT_TRUE(client.send(frame(R"({"op":12})")));
  EXPECT_EQ(client.receive(), frame(R"({"error":"logout ok","op":"quit"})"));
  EXPECT_EQ(client.receive(), std::nullopt);
  EXPECT_EQ(client.reason(), kWsNormal);
}
TEST(WebSocket, TakesFramesInAnySplitOfMessages) {
  ServerRig rig(http_options());
  WsClient client(rig.address());
  const std::string all = kTmtpRev + kLogin + post_of("a", 5) + "hello" + post_of("b", 2) + "hi";
  for (const char octet : all) ASSERT_TRUE(client.send({&octet, 1}));
  for (int i = 0; i < 2; ++i) (void)client.receive();
  for (const std::string data : {"hello", "hi"}) {
    EXPECT_THAT(*client.receive(), HasSubstr("ack"));
    EXPECT_TRUE(client.receive()->ends_with(data));
  }
}
TEST(WebSocket, StreamsABodyOf5MiBInAndOutAsOneMessage) {
  ServerRig rig(http_options());
  WsClient client(rig.address());
  login(client);
  std::string body(5 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 8U);
  ASSERT_TRUE(client.send(post_of("a", body.size()) + body));
  EXPECT_THAT(*client.receive(), HasSubstr("ack"));
  const std::string delivery = *client.receive();
  EXPECT_THAT(delivery.substr(0, 200), HasSubstr(R"("datalen":5242880)"));
  EXPECT_TRUE(delivery.ends_with(body));
  ASSERT_TRUE(client.send(post_of("b", 2) + "hi"));
  EXPECT_THAT(*client.receive(), HasSubstr(R"("id":"b")"));
}
TEST(WebSocket, AnswersPingsAlsoWithinABodyThatItStreams) {
  ServerRig rig(http_options());
  WsClient client(rig.address(), {}, 16 << 10);
  login(client);
  const std::string body(4 << 20, 'x');
  ASSERT_TRUE(client.send(post_of("a", body.size()) + body));
  for (int i = 0; i < 20; ++i) client.ping();
  EXPECT_THAT(*client.receive(), HasSubstr("ack"));
  EXPECT_TRUE(client.receive()->ends_with(body));
}
TEST(WebSocket, ServesWhoeverReadsLate) {
  ServerRig rig(http_options());
  WsClient client(rig.address(), {}, 16 << 10);
  login(client);
  constexpr int kPosts = 20;  // less than what stops the relay from reading us
  const std::string body(32 << 10, 'x');
  std::string posts;
  for (int i = 0; i < kPosts; ++i) posts += post_of("a", body.size()) + body;
  ASSERT_TRUE(client.send(posts));
  for (int i = 0; i < kPosts; ++i) {
    ASSERT_THAT(*client.receive(), HasSubstr("ack"));
    ASSERT_TRUE(client.receive()->ends_with(body));
  }
}
TEST(WebSocket, EndsItsSessionWhenTheClientCloses) {
  ServerRig rig(http_options());
  WsClient client(rig.address());
  login(client);
  client.close();
  rig.engine.await_lost(1);
  EXPECT_EQ(rig.engine.lost(), std::vector<std::string>{"closed by the peer"});
}
TEST(WebSocket, RefusesOriginsThatAreNotListed) {
  ServerOptions options = http_options();
  options.http.origins = {"https://app.example"};
  ServerRig rig(options);
  WsClient listed(rig.address(), "https://app.example");
  login(listed);
  EXPECT_THROW(WsClient(rig.address(), "https://evil.example"), WsTrouble);
}
TEST(WebSocket, IsSpokenOverTls) {
  TempDir directory;
  write_certificate(directory / "cert.pem", directory / "key.pem", "site");
  ServerOptions options;
  options.addresses.push_back(*parse_listen_address("https://127.0.0.1:0"));
  options.tls_certificate_file = directory / "cert.pem";
  options.tls_key_file = directory / "key.pem";
  ServerRig rig(options);
  HttpClient client(rig.address());
  // By hand: masked with zeros, as anybody may.
  client.send(client.request("GET", "/mmtp",
                             "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: x, mmtp\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") +
              // At once, without waiting for the answer.
              "\x82" + std::string(1, static_cast<char>(0x80U | kTmtpRev.size())) +
              std::string(4, '\0') + kTmtpRev);
  const auto answer = client.read_answer();
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.field("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer.field("sec-websocket-protocol"), "mmtp");
  const std::string reply = frame(R"({"id":"1","name":"site","op":"tmtprev"})");
  EXPECT_EQ(client.take(2), std::string("\x82") + static_cast<char>(reply.size()));
  EXPECT_EQ(client.take(reply.size()), reply);
}

// ------------------------------------------------------------------------- without a socket
// beneath

// Takes so many octets a call, and remembers them; says that it is stuck each other time.
class StingyTransport final : public Transport {
 public:
  StingyTransport(std::size_t at_once, std::string& out) : at_once_(at_once), out_(out) {}
  IoResult handshake() override { return {IoResult::Status::kDone, 1}; }
  IoResult read(std::span<char>) override { return {IoResult::Status::kWantRead}; }
  bool has_buffered() const override { return false; }
  IoResult write(std::span<const Piece> pieces) override {
    std::string all;
    for (const Piece& piece : pieces) all += piece.octets;
    // What it was stuck with must come again, octet for octet.
    EXPECT_TRUE(all.starts_with(stuck_)) << "the octets changed";
    if (!std::exchange(give_, !give_)) {
      stuck_ = all.substr(0, at_once_);
      return {IoResult::Status::kWantWrite};
    }
    stuck_.clear();
    const std::size_t count = std::min(at_once_, all.size());
    out_ += all.substr(0, count);
    return {IoResult::Status::kDone, count};
  }
  void finish() override {}

 private:
  std::size_t at_once_;
  std::string& out_;
  std::string stuck_;
  bool give_ = false;
};

TEST(WsTransport, FramesTheSameHoweverLittleIsTakenAtOnce) {
  const std::string large(300, 'x');
  for (std::size_t at_once = 1; at_once < 50; ++at_once) {
    std::string out;
    WsTransport transport(std::make_unique<StingyTransport>(at_once, out), "101\r\n", {},
                          TimePoint());
    while (transport.handshake().status != IoResult::Status::kDone) {
    }
    // A message of two pieces, and one in two fragments; a ping falls due in the middle.
    const std::vector<Piece> all = {
        {"he", false, false}, {"llo", true, false}, {large, true, true}, {"end", true, false}};
    std::vector<Piece> left = all;
    bool pinged = false;
    while (!left.empty() || transport.has_own()) {
      const IoResult result = transport.write(left);
      if (!std::exchange(pinged, true)) {
        EXPECT_TRUE(transport.keep_alive(TimePoint(), true));
      }
      if (result.status != IoResult::Status::kDone) continue;
      std::size_t count = result.count;
      while (!left.empty() && count >= left.front().octets.size()) {
        count -= left.front().octets.size();
        left.erase(left.begin());
      }
      if (count > 0) left.front().octets.remove_prefix(count);
    }
    // Whatever the order, they say the same to a client.
    ASSERT_TRUE(out.starts_with("101\r\n"));
    std::string frames = out.substr(5);
    WsReader reader(WsRole::kClient);
    int pings = 0;
    const std::size_t size = reader.take(frames, [&](WsOpcode opcode, std::string_view) {
      pings += opcode == WsOpcode::kPing ? 1 : 0;
    });
    EXPECT_EQ(frames.substr(0, size), "hello" + large + "end") << at_once;
    EXPECT_EQ(reader.failed(), 0);
    EXPECT_EQ(pings, 1);
    EXPECT_EQ(out.size(), 5 + 2 + 5 + 4 + 300 + 2 + 3 + 2U) << "a head for each message";
  }
}
TEST(WsTransport, GivesUpOnAPeerThatAnswersNoPing) {
  std::string out;
  WsTransport transport(std::make_unique<StingyTransport>(100, out), "", {}, TimePoint());
  EXPECT_FALSE(transport.is_due(TimePoint() + kPingEvery - std::chrono::milliseconds(1)));
  const TimePoint first = TimePoint() + kPingEvery;
  ASSERT_TRUE(transport.is_due(first));
  EXPECT_TRUE(transport.keep_alive(first, true));
  EXPECT_FALSE(transport.is_due(first));
  const TimePoint second = first + kPingEvery;
  ASSERT_TRUE(transport.is_due(second));
  EXPECT_TRUE(transport.keep_alive(second, false)) << "it isn't read, so it can't answer";
  EXPECT_FALSE(transport.keep_alive(second + kPingEvery, true));
}

// A peer that sends the same octets for as long as it is read.
class FloodingTransport final : public Transport {
 public:
  FloodingTransport(std::string flood, int& reads) : flood_(std::move(flood)), reads_(reads) {}
  IoResult handshake() override { return {IoResult::Status::kDone, 1}; }
  IoResult read(std::span<char> into) override {
    if (++reads_ > kReadsMax) return {IoResult::Status::kEnd};
    const std::size_t count = std::min(into.size(), flood_.size());
    std::copy_n(flood_.data(), count, into.data());
    return {IoResult::Status::kDone, count};
  }
  bool has_buffered() const override { return false; }
  IoResult write(std::span<const Piece>) override { return {IoResult::Status::kWantWrite}; }
  void finish() override {}
  static constexpr int kReadsMax = 10'000;

 private:
  std::string flood_;
  int& reads_;
};

TEST(WsTransport, LetsOthersHaveTheirTurnHoweverManyPingsCome) {
  int reads = 0;
  const std::string ping = std::string("\x89\x80", 2) + std::string(4, '\0');
  WsTransport transport(std::make_unique<FloodingTransport>(ping, reads), "", {}, TimePoint());
  std::string into(1 << 10, '\0');
  EXPECT_EQ(transport.read(into).status, IoResult::Status::kWantRead);
  EXPECT_LT(reads, 100);
}
TEST(WsTransport, AnswersACloseWithACodeThatMayBeSent) {
  const auto close = [](const std::string& data) {
    return std::string("\x88") + static_cast<char>(0x80U | data.size()) + std::string(4, '\0') +
           data;
  };
  const auto answer = [&close](const std::string& data) {
    std::string out;
    WsTransport transport(std::make_unique<StingyTransport>(100, out), "", close(data),
                          TimePoint());
    std::string into(100, '\0');
    EXPECT_NE(transport.read(into).status, IoResult::Status::kDone);
    EXPECT_EQ(transport.write({}).status, IoResult::Status::kDone);
    transport.finish();  // the one beneath is stuck each other time
    transport.finish();
    return out;
  };
  const auto with = [](std::uint16_t code) {
    return ws_control(WsOpcode::kClose, ws_close_data(code));
  };
  for (const auto code : std::vector<std::uint16_t>{1000, 1001, 1011, 3000, 4999}) {
    EXPECT_EQ(answer(ws_close_data(code)), with(code));
    EXPECT_EQ(answer(ws_close_data(code) + "bye"), with(code));
  }
  EXPECT_EQ(answer(""), ws_control(WsOpcode::kClose, ""));
  for (const auto code :
       std::vector<std::uint16_t>{0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000}) {
    EXPECT_EQ(answer(ws_close_data(code)), with(kWsProtocolError)) << code;
  }
  EXPECT_EQ(answer("x"), with(kWsProtocolError));
}

}  // namespace
}  // namespace mnm::net::testing
