// Files as pages: their headers.
#include "net/web_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/regex.hpp>
#include <optional>
#include <set>
#include <string>

namespace mnm::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr WebFile kSome[] = {{"/", "<!doctype html>"}, {"/web/a.js", "a"}, {"/web/b.css", "b"}};

std::optional<HttpReply> ask(const HttpPages& pages, const std::string& path) {
  const auto page = pages.exact.find(path);
  if (page == pages.exact.end()) return std::nullopt;
  std::optional<HttpReply> answer;
  page->second(path, [&answer](HttpReply reply) { answer = std::move(reply); });
  return answer;
}

std::string field(const HttpReply& reply, std::string_view name) {
  for (const auto& [each, value] : reply.fields) {
    if (each == name) return value;
  }
  return {};
}

TEST(WebPages, AreServedWithHeadersThatLetNothingElseIn) {
  HttpPages pages;
  add_web_pages(kSome, pages);
  for (const WebFile& file : kSome) {
    const auto reply = ask(pages, std::string(file.path));
    ASSERT_TRUE(reply) << file.path;
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->body, file.octets);
    const std::string policy = field(*reply, "Content-Security-Policy");
    for (const char* rule : {"default-src 'none'", "script-src 'self'", "style-src 'self'",
                             "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"}) {
      EXPECT_THAT(policy, HasSubstr(rule));
    }
    EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
    EXPECT_EQ(field(*reply, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(field(*reply, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(field(*reply, "Cache-Control"), "no-cache");
  }
  EXPECT_EQ(ask(pages, "/")->type, "text/html; charset=utf-8");
  EXPECT_EQ(ask(pages, "/web/a.js")->type, "text/javascript; charset=utf-8");
  EXPECT_EQ(ask(pages, "/web/b.css")->type, "text/css; charset=utf-8");
  EXPECT_FALSE(ask(pages, "/web/"));
}

TEST(WebPages, HaveTagsThatDifferWithTheirOctets) {
  HttpPages pages;
  add_web_pages(kSome, pages);
  std::set<std::string> tags;
  for (const WebFile& file : kSome) tags.insert(field(*ask(pages, std::string(file.path)), "ETag"));
  EXPECT_EQ(tags.size(), std::size(kSome));
  for (const std::string& tag : tags) {
    EXPECT_TRUE(boost::regex_match(tag, boost::regex("\"[0-9a-f]{32}\""))) << tag;
  }
}

}  // namespace
}  // namespace mnm::net
