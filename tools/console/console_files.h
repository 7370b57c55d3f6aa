// The operator's page, as the build put it into the program (web/CMakeLists.txt).
//
// Constant; any thread.
#pragma once

#include <span>

#include "net/web_pages.h"

namespace mnm::console {

// None when the build had no TypeScript compiler.
[[nodiscard]] std::span<const net::WebFile> console_files();

}  // namespace mnm::console
