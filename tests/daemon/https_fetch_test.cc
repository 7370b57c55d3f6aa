// What is fetched, and from whom it isn't.
#include "daemon/https_fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/https_server.h"

namespace mnm::daemon {
namespace {

using mnm::testing::Certificate;
using mnm::testing::HttpsServer;
using ::testing::HasSubstr;

class Fetch : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { open_fetching(); }
  Result<std::string> fetch(const std::string& name) const {
    return fetch_https(server.url(name), server.authority(), stop);
  }
  [[nodiscard]] std::string error(const std::string& name) const {
    const auto fetched = fetch(name);
    EXPECT_FALSE(fetched);
    return fetched ? std::string() : fetched.error().text;
  }
  HttpsServer server;
  std::atomic<bool> stop{false};
};

TEST_F(Fetch, TakesADocumentOfAtMost256KiB) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, kFetchBytesMax}) {
    const std::string document(size, 'x');
    server.answers("keys", document);
    const auto fetched = fetch("keys");
    ASSERT_TRUE(fetched) << fetched.error().text;
    EXPECT_EQ(*fetched, document);
  }
  server.answers("keys", std::string(kFetchBytesMax + 1, 'x'));
  EXPECT_THAT(error("keys"), HasSubstr("more than 262144 octets"));
}

TEST_F(Fetch, TakesNothingButTheAnswerOfWhomItAsked) {
  server.answers("target", "keys");
  server.answers("moved", "", "302 Found", "Location: " + server.url("target") + "\r\n");
  EXPECT_THAT(error("moved"), HasSubstr("answered with status 302"));
  server.answers("missing", "keys", "404 Not Found");
  EXPECT_THAT(error("missing"), HasSubstr("answered with status 404"));
}

TEST_F(Fetch, TakesItFromNobodyWhomTheAuthoritiesDontKnow) {
  server.answers("keys", "keys");
  const Certificate other("localhost");
  EXPECT_FALSE(fetch_https(server.url("keys"), other.file(), stop));
  EXPECT_FALSE(fetch_https(server.url("keys"), "", stop)) << "the system's authorities";
  std::string by_number = server.url("keys");
  by_number.replace(by_number.find("localhost"), 9, "127.0.0.1");
  EXPECT_FALSE(fetch_https(by_number, server.authority(), stop)) << "a name not in the certificate";
  EXPECT_TRUE(fetch("keys"));
}

TEST_F(Fetch, SpeaksNothingButHttps) {
  for (const char* url : {"http://localhost:1/", "file:///etc/passwd", "ftp://localhost/", ""}) {
    EXPECT_FALSE(fetch_https(url, "", stop)) << url;
  }
}

TEST_F(Fetch, GivesUpWhenItIsToldTo) {
  server.answers("keys", "keys");
  stop = true;
  EXPECT_FALSE(fetch("keys"));
}

}  // namespace
}  // namespace mnm::daemon
