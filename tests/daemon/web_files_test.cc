// The browser client's files, as the build has them: the page asks for nothing that isn't there.
#include "daemon/web_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "support/web_links.h"

namespace mnm::daemon {
namespace {

TEST(WebFiles, NameOnlyFilesThatAreThere) {
  if (web_files().empty()) GTEST_SKIP() << "built without Node.js and TypeScript";
  EXPECT_EQ(web_files().front().path, "/");
  for (const std::string_view path : {"/web/app/main.js", "/web/mnm-client/client.js"}) {
    EXPECT_EQ(std::ranges::count(web_files(), path, &net::WebFile::path), 1) << path;
  }
  testing::expect_closed(web_files());
}

}  // namespace
}  // namespace mnm::daemon
