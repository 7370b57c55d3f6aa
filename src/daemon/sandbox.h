// What the process may still do once it serves: a hole in our code must not become a shell, or a
// way to other people's files.
//
// Called once, on main's thread, before any other is started: threads inherit it, and nobody can
// leave it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace mnm::daemon {

// seccomp: system calls beyond those that a relay needs fail with EPERM. There is no way to run a
// program, to trace or mount, or to change who we are. kUnavailable: this system has none.
[[nodiscard]] Result<> restrict_calls();

// Landlock: files and directories beyond these can't be opened. Those that don't exist are passed
// over. Returns whether this kernel can do it (5.13 and later).
struct ReachablePaths {
  std::vector<std::string> readable;
  std::vector<std::string> writable;
};
[[nodiscard]] Result<bool> restrict_paths(const ReachablePaths& paths);

}  // namespace mnm::daemon
