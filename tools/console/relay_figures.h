// The relay's figures as the page gets them, or which of many reasons there are none.
//
// Any thread; blocks, bounded by the timeout.
#pragma once

#include <string>

#include "net/http_reply.h"

namespace mnm::console {

// 200: {"metrics": TEXT}, Prometheus'. Else a problem, and only 503 means that no relay is running:
// 504 that there is one, which didn't answer in time; 502 that it refused, or may not be asked.
[[nodiscard]] net::HttpReply relay_figures(const std::string& directory, int timeout_ms);

}  // namespace mnm::console
