// What the page may ask, and which mnmlog command answers it. Nothing but this table leads from a
// request to a program's arguments.
//
//   /console/api/events   range limit reverse op user group node msgid session where grep
//   /console/api/event    at
//   /console/api/state    kind id at
//   /console/api/trace    id          /console/api/why      id
//   /console/api/queues   limit       /console/api/info
//   /console/api/verify   all of it, with the signed heads where there are some; see kHeadsField
//
// The answers are mnmlog's JSON (doc/mnmlog.md). Any thread; no state.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "net/http_reply.h"
#include "net/http_request.h"

namespace mnm::console {

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kJsonLines = "application/jsonl";
inline constexpr std::string_view kApi = "/console/api/";
inline constexpr std::size_t kValueBytesMax = 1024;
inline constexpr std::uint64_t kLimitMax = 1000;

struct Question {
  std::vector<std::string> arguments;
  std::string_view type;                                        // Content-Type of the answer
  std::chrono::milliseconds within = std::chrono::seconds(60);  // then it is given up
  bool judges = false;     // exit codes other than 0 come with an answer, too
  net::HttpFields fields;  // of the answer
};

// What is read: the relay's directory, and what signed heads it is held against.
struct Reading {
  std::string directory;
  std::string heads;   // a file; empty: that in the directory
  std::string pubkey;  // the file of the key; empty: that in the directory, beside the log
  std::string key;     // the file with the key of a sealed directory; empty: it isn't sealed
};

// Of an answer to verify, what its signed heads are worth:
//   given    the key came from elsewhere
//   beside   the key lies beside the log: whoever could rewrite one could change the other
//   none     the file of heads is there, and empty
//   missing  there is no such file
inline constexpr std::string_view kHeadsField = "Mnm-Heads";

// kNegative: no such path. kUsage: a value that isn't one.
[[nodiscard]] Result<Question> question_of(const net::HttpRequest& request, const Reading& reading);

}  // namespace mnm::console
