// What the page may ask, and which mnmlog command answers it. Nothing but this table leads from a
// request to a program's arguments.
//
//   /console/api/events   range limit reverse op user group node msgid session where grep
//   /console/api/event    at
//   /console/api/state    kind id at
//   /console/api/trace    id          /console/api/why      id
//   /console/api/queues   limit       /console/api/info
//   /console/api/verify   all of it, with the signed heads where there are some
//
// The answers are mnmlog's JSON (doc/mnmlog.md). Any thread; no state.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "net/http_request.h"

namespace mnm::console {

inline constexpr std::string_view kApi = "/console/api/";
inline constexpr std::size_t kValueBytesMax = 1024;
inline constexpr std::uint64_t kLimitMax = 1000;

struct Question {
  std::vector<std::string> arguments;
  std::string_view type;            // Content-Type of the answer
  std::chrono::seconds within{60};  // then it is given up
  bool judges = false;              // exit codes other than 0 come with an answer, too
};

// kNegative: no such path. kUsage: a value that isn't one. `directory`: the relay's.
[[nodiscard]] Result<Question> question_of(const net::HttpRequest& request,
                                           const std::string& directory);

}  // namespace mnm::console
