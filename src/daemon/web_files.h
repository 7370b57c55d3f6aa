// The files of the browser client, as the build put them into the program (web/CMakeLists.txt).
//
// Constant; any thread.
#pragma once

#include <span>

#include "net/web_pages.h"

namespace mnm::daemon {

// None when the build had no TypeScript compiler.
[[nodiscard]] std::span<const net::WebFile> web_files();

}  // namespace mnm::daemon
