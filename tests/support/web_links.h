// Whether the files of a page, as the build put them into a program, name only each other, and obey
// the policy that they are served with. One thread.
#pragma once

#include <gtest/gtest.h>

#include <boost/regex.hpp>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "net/web_pages.h"

namespace mnm::testing {

// Every path in a file, as far as a regular expression finds them.
inline void expect_all_there(const net::WebFile& file, const std::set<std::string_view>& paths) {
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

// Of all; the first one is the page, and has no code in it, which the policy would forbid.
inline void expect_closed(std::span<const net::WebFile> files) {
  std::set<std::string_view> paths;
  for (const net::WebFile& file : files) paths.insert(file.path);
  for (const net::WebFile& file : files) expect_all_there(file, paths);
  for (const char* inside : {"<script>", "<style", "style=", " onclick", " onload"}) {
    EXPECT_EQ(files.front().octets.find(inside), std::string_view::npos) << inside;
  }
}

}  // namespace mnm::testing
