// The files of the browser client, as the build put them into the program (web/CMakeLists.txt).
//
// Constant; any thread.
#pragma once

#include <span>
#include <string_view>

namespace mnm::daemon {

struct WebFile {
  std::string_view path;  // of the URL
  std::string_view octets;
};

// None when the build had no TypeScript compiler.
[[nodiscard]] std::span<const WebFile> web_files();

}  // namespace mnm::daemon
