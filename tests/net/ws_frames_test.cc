// WebSocket framing against the examples of RFC 6455, at every split, and what is refused.
#include "net/ws_frames.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mnm::net {
namespace {

using namespace std::string_literals;

// The head and masked data of a client's frame.
std::string client_frame(unsigned first, std::string_view data,
                         std::string_view mask = "\x37\xfa\x21\x3d") {
  std::string frame(1, static_cast<char>(first));
  std::string head(ws_head(WsOpcode::kBinary, true, data.size()).text().substr(1));
  head[0] = static_cast<char>(static_cast<unsigned char>(head[0]) | 0x80U);
  frame += head;
  frame += mask;
  for (std::size_t i = 0; i < data.size(); ++i) {
    frame += static_cast<char>(data[i] ^ mask[i % mask.size()]);
  }
  return frame;
}

struct Taken {
  std::string data;
  std::vector<std::pair<WsOpcode, std::string>> controls;
  std::uint16_t failed = 0;
  bool closed = false;
};

Taken take(const std::string& octets, std::size_t piece) {
  WsReader reader(WsRole::kServer);
  Taken taken;
  for (std::size_t at = 0; at < octets.size(); at += piece) {
    std::string part = octets.substr(at, piece);
    const std::size_t count = reader.take(part, [&](WsOpcode opcode, std::string_view data) {
      taken.controls.emplace_back(opcode, data);
    });
    taken.data += part.substr(0, count);
  }
  taken.failed = reader.failed();
  taken.closed = reader.closed();
  return taken;
}

TEST(WsReader, UnmasksTheRfcsHello) {
  // 5.7: "Hello", masked; here as a binary frame.
  const std::string hello = "\x82\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s;
  EXPECT_EQ(take(hello, hello.size()).data, "Hello");
  EXPECT_EQ(client_frame(0x82, "Hello"), hello);
}
TEST(WsReader, TakesAStreamSplitAtAnyPlace) {
  const std::string large(70'000, 'x');
  const std::string middle(300, 'y');
  const std::string stream = client_frame(0x02, "Hel") + client_frame(0x89, "ping") +
                             client_frame(0x80, "lo") + client_frame(0x82, "") +
                             client_frame(0x82, middle) + client_frame(0x8a, "") +
                             client_frame(0x82, large) + client_frame(0x88, "\x03\xe8");
  for (const std::size_t piece : {1U, 2U, 3U, 5U, 7U, 13U, 64U, 1000U, 1U << 20}) {
    const Taken taken = take(stream, piece);
    EXPECT_TRUE(taken.data == "Hello" + middle + large) << piece;
    ASSERT_EQ(taken.controls.size(), 3U);
    EXPECT_EQ(taken.controls[0], std::pair(WsOpcode::kPing, "ping"s));
    EXPECT_EQ(taken.controls[1], std::pair(WsOpcode::kPong, ""s));
    EXPECT_EQ(taken.controls[2], std::pair(WsOpcode::kClose, "\x03\xe8"s));
    EXPECT_TRUE(taken.closed);
    EXPECT_EQ(taken.failed, 0);
  }
}
TEST(WsReader, TakesNothingAfterAClose) {
  const Taken taken = take(client_frame(0x88, "") + client_frame(0x82, "late"), 100);
  EXPECT_TRUE(taken.closed);
  EXPECT_EQ(taken.data, "");
}
TEST(WsReader, RefusesWhatTheRfcForbids) {
  const std::vector<std::pair<const char*, std::string>> wrong = {
      {"an unmasked frame of a client", "\x82\x01x"s},
      {"a reserved bit", client_frame(0xc2, "x")},
      {"an unknown opcode", client_frame(0x83, "x")},
      {"an unknown control opcode", client_frame(0x8b, "x")},
      {"a continuation of nothing", client_frame(0x80, "x")},
      {"a new message within another", client_frame(0x02, "x") + client_frame(0x82, "y")},
      {"a fragmented ping", client_frame(0x09, "x")},
      {"a ping of 126 octets", client_frame(0x89, std::string(126, 'x'))},
      {"a close of one octet", client_frame(0x88, "x")},
      {"a length of 16 bits that fits 7", "\x82\xfe\x00\x7d\x00\x00\x00\x00"s},
      {"a length of 64 bits that fits 16", "\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff\0\0\0\0"s},
      {"a length beyond 63 bits", "\x82\xff\x80\x00\x00\x00\x00\x01\x00\x00\0\0\0\0"s},
  };
  for (const auto& [what, octets] : wrong) {
    EXPECT_EQ(take(octets, 1).failed, kWsProtocolError) << what;
    EXPECT_EQ(take(octets, octets.size()).failed, kWsProtocolError) << what;
  }
}
TEST(WsReader, TakesThePingOf125OctetsAndTheShortestLongLengths) {
  EXPECT_EQ(take(client_frame(0x89, std::string(125, 'x')), 1).controls.size(), 1U);
  EXPECT_EQ(take(client_frame(0x82, std::string(126, 'x')), 1).data.size(), 126U);
  EXPECT_EQ(take(client_frame(0x82, std::string(65'536, 'x')), 4096).data.size(), 65'536U);
}
TEST(WsReader, DoesNotAcceptText) {
  EXPECT_EQ(take(client_frame(0x81, "x"), 1).failed, kWsNotAcceptable);
}
TEST(WsReader, OfAClientRefusesMaskedFrames) {
  WsReader reader(WsRole::kClient);
  std::string good = "\x82\x05Hello"s;
  EXPECT_EQ(reader.take(good, [](WsOpcode, std::string_view) {}), 5U);
  EXPECT_EQ(good.substr(0, 5), "Hello");
  std::string masked = client_frame(0x82, "x");
  EXPECT_EQ(reader.take(masked, [](WsOpcode, std::string_view) {}), 0U);
  EXPECT_EQ(reader.failed(), kWsProtocolError);
}
TEST(WsFrames, HaveHeadsOfTheShortestLength) {
  EXPECT_EQ(ws_head(WsOpcode::kBinary, true, 0).text(), "\x82\x00"s);
  EXPECT_EQ(ws_head(WsOpcode::kBinary, true, 125).text(), "\x82\x7d"s);
  EXPECT_EQ(ws_head(WsOpcode::kBinary, false, 126).text(), "\x02\x7e\x00\x7e"s);
  EXPECT_EQ(ws_head(WsOpcode::kContinuation, false, 65'535).text(), "\x00\x7e\xff\xff"s);
  EXPECT_EQ(ws_head(WsOpcode::kContinuation, true, 65'536).text(),
            "\x80\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
  EXPECT_EQ(ws_control(WsOpcode::kClose, ws_close_data(kWsNormal)), "\x88\x02\x03\xe8"s);
}
TEST(WsFrames, AnswerTheRfcsKey) {  // 1.3
  EXPECT_EQ(ws_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

}  // namespace
}  // namespace mnm::net
