// The browser client's files as pages: their headers, and that the page asks for nothing that isn't
// there.
#include "daemon/web_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/regex.hpp>
#include <optional>
#include <set>
#include <string>

namespace mnm::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr WebFile kSome[] = {{"/", "<!doctype html>"}, {"/web/a.js", "a"}, {"/web/b.css", "b"}};

std::optional<net::HttpReply> ask(const net::HttpPages& pages, const std::string& path) {
  const auto page = pages.exact.find(path);
  if (page == pages.exact.end()) return std::nullopt;
  std::optional<net::HttpReply> answer;
  page->second(path, [&answer](net::HttpReply reply) { answer = std::move(reply); });
  return answer;
}

std::string field(const net::HttpReply& reply, std::string_view name) {
  for (const auto& [each, value] : reply.fields) {
    if (each == name) return value;
  }
  return {};
}

TEST(WebPages, AreServedWithHeadersThatLetNothingElseIn) {
  net::HttpPages pages;
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
  net::HttpPages pages;
  add_web_pages(kSome, pages);
  std::set<std::string> tags;
  for (const WebFile& file : kSome) tags.insert(field(*ask(pages, std::string(file.path)), "ETag"));
  EXPECT_EQ(tags.size(), std::size(kSome));
  for (const std::string& tag : tags) {
    EXPECT_TRUE(boost::regex_match(tag, boost::regex("\"[0-9a-f]{32}\""))) << tag;
  }
}

// Every path in a file of the build, as far as a regular expression finds them.
void expect_all_there(const WebFile& file, const std::set<std::string_view>& paths) {
  const std::string text(file.octets);
  const boost::regex link("(?:href|src)=\"([^\"]*)\"|from '([^']*)'");
  const std::string folder(file.path.substr(0, file.path.rfind('/')));
  for (boost::sregex_iterator i(text.begin(), text.end(), link), end; i != end; ++i) {
    std::string path = (*i)[1].matched ? (*i)[1].str() : (*i)[2].str();
    if (path.starts_with('#')) continue;
    if (path.starts_with("./")) path = folder + path.substr(1);
    if (path.starts_with("../")) path = folder.substr(0, folder.rfind('/')) + path.substr(2);
    EXPECT_TRUE(paths.contains(path)) << file.path << " names " << path;
  }
}

TEST(WebPages, OfTheBuildNameOnlyFilesThatAreThere) {
  if (web_files().empty()) GTEST_SKIP() << "built without Node.js and TypeScript";
  std::set<std::string_view> paths;
  for (const WebFile& file : web_files()) paths.insert(file.path);
  EXPECT_TRUE(paths.contains("/"));
  EXPECT_TRUE(paths.contains("/web/app/main.js"));
  EXPECT_TRUE(paths.contains("/web/mnm-client/client.js"));
  for (const WebFile& file : web_files()) expect_all_there(file, paths);
  const std::string page(web_files().front().octets);
  for (const char* inline_code : {"<script>", "<style", "style=", " onclick", " onload"}) {
    EXPECT_THAT(page, Not(HasSubstr(inline_code))) << "the policy forbids it";
  }
}

}  // namespace
}  // namespace mnm::daemon
