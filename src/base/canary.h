// Planted bugs, to see that the tests find them (tools/canaries, doc/canaries.md).
//
// The argued exception to "no test doors in src": a test that can't fail is a defect, and nothing
// else shows that it can. MNM_CANARY is the constant false in every build but that of the option
// MNM_CANARIES, so it costs nothing and leaves nothing in a program that people run. There, the one
// that the environment variable MNM_CANARY names is alive. A canary is one line, in place.
#pragma once

#ifdef MNM_CANARIES

#include <cstdlib>
#include <string_view>

namespace mnm {
[[nodiscard]] inline bool is_planted(std::string_view name) {
  static const char* const planted = std::getenv("MNM_CANARY");
  return planted != nullptr && name == planted;
}
}  // namespace mnm
#define MNM_CANARY(name) ::mnm::is_planted(name)

#else
#define MNM_CANARY(name) false
#endif
