// Requests that can be read in one way only, at every split; all others are refused.
#include "net/http_request.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mnm::net {
namespace {

constexpr std::uint64_t kBodyMax = 1000;

struct Read {
  int refused = 0;
  bool done = false;
  std::string body;
  std::string left;
};

Read read(const std::string& octets, std::size_t piece = 1 << 20) {
  HttpRequest request(kBodyMax);
  Read result;
  std::string held;
  for (std::size_t at = 0; at < octets.size() && result.refused == 0; at += piece) {
    held += octets.substr(at, piece);
    std::string_view in = held;
    for (std::size_t before = in.size() + 1; in.size() < before && result.refused == 0;) {
      before = in.size();
      result.refused = request.feed(in, [&](std::string_view body) { result.body += body; });
    }
    held = std::string(in);
  }
  result.done = request.done();
  result.left = held;
  return result;
}

TEST(HttpRequest, IsReadAtEverySplit) {
  const std::string plain = "POST /mmtp HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
  const std::string chunked =
      "POST /mmtp HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nTrailer: x\r\n\r\n";
  for (const std::string& octets : {plain, chunked}) {
    for (std::size_t piece = 1; piece <= octets.size(); ++piece) {
      const Read result = read(octets, piece);
      ASSERT_EQ(result.refused, 0) << piece;
      ASSERT_TRUE(result.done) << piece;
      ASSERT_EQ(result.body, "hello") << piece;
    }
  }
}
TEST(HttpRequest, LeavesTheNextOneAlone) {
  const Read result = read("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /two");
  EXPECT_TRUE(result.done);
  EXPECT_EQ(result.left, "GET /two");
}
TEST(HttpRequest, KnowsItsPathAndQuery) {
  HttpRequest request(kBodyMax);
  std::string_view in = "GET /mmtp?wait=30&x HTTP/1.1\r\nHost: x\r\nConnection: a, Upgrade\r\n\r\n";
  ASSERT_EQ(request.feed(in, [](std::string_view) {}), 0);
  EXPECT_EQ(request.path(), "/mmtp");
  EXPECT_EQ(request.query("wait"), "30");
  EXPECT_EQ(request.query("x"), "");
  EXPECT_EQ(request.query("wai"), "");
  EXPECT_TRUE(request.has_token("Connection", "upgrade"));
  EXPECT_FALSE(request.has_token("Connection", "up"));
}
TEST(HttpRequest, IsRefusedWhereAnotherReaderMightReadItOtherwise) {
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
  const std::vector<std::pair<const char*, std::string>> wrong = {
      {"both lengths", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"both, the other way round",
       post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
      {"two lengths", post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"},
      {"two equal lengths", post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"},
      {"a list of lengths", post + "Content-Length: 5, 5\r\n\r\nhello"},
      {"a signed length", post + "Content-Length: +5\r\n\r\nhello"},
      {"a negative length", post + "Content-Length: -5\r\n\r\nhello"},
      {"a length in hex", post + "Content-Length: 0x5\r\n\r\nhello"},
      {"a length beyond 64 bits", post + "Content-Length: 99999999999999999999\r\n\r\nhello"},
      {"another coding", post + "Transfer-Encoding: gzip\r\n\r\nhello"},
      {"two codings", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"chunked twice",
       post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"chunked, but not last", post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"},
      {"a name with a space", post + "Content-Length : 5\r\n\r\nhello"},
      {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"no host", "GET / HTTP/1.1\r\n\r\n"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"},
      {"a chunk size that is none",
       post + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"},
      {"a chunk that is longer than it says",
       post + "Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n"},
      {"no request line", "hello\r\n\r\n"},
      {"a bare line feed in a name", "GET / HTTP/1.1\r\nHost: x\r\na\nb: c\r\n\r\n"},
  };
  for (const auto& [what, octets] : wrong) {
    const int refused = read(octets).refused;
    EXPECT_EQ(refused, 400) << what;
    EXPECT_EQ(read(octets, 1).refused, refused) << what;
  }
}
TEST(HttpRequest, IsRefusedByItsSize) {
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\nA: ";
  EXPECT_EQ(read(head + std::string(kHttpHeadBytesMax, 'a') + "\r\n\r\n").refused, 431);
  EXPECT_EQ(read(head + std::string(kHttpHeadBytesMax, 'a') + "\r\n\r\n", 100).refused, 431);
  EXPECT_EQ(read(head + std::string(kHttpHeadBytesMax / 2, 'a') + "\r\n\r\n").refused, 0);
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(read(post + "Content-Length: 1001\r\n\r\n").refused, 413);
  EXPECT_EQ(read(post + "Content-Length: 1000\r\n\r\n").refused, 0);
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string chunk = "1f4\r\n" + std::string(500, 'x') + "\r\n";
  EXPECT_EQ(read(chunked + chunk + chunk + "0\r\n\r\n").refused, 0);
  EXPECT_EQ(read(chunked + chunk + chunk + "1\r\nx\r\n0\r\n\r\n").refused, 413);
  EXPECT_NE(read(chunked + "1;" + std::string(kHttpChunkHeadBytesMax, 'x'), 100).refused, 0);
}
TEST(HttpRequest, IsSpokenInTwoVersions) {
  EXPECT_EQ(read("GET / HTTP/1.0\r\n\r\n").refused, 0);
  EXPECT_NE(read("GET / HTTP/2.0\r\nHost: x\r\n\r\n").refused, 0);
}

}  // namespace
}  // namespace mnm::net
