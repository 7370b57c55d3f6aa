// A small document from an https address, through libcurl.
//
// Blocks for at most kFetchWithin; any thread, once the first call of open_fetching() has returned.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>

#include "base/error.h"

namespace mnm::daemon {

inline constexpr std::chrono::seconds kFetchWithin{10};
inline constexpr std::size_t kFetchBytesMax = 256 << 10;

// libcurl's own start; by a process that has one thread as yet.
void open_fetching();

// The document at `url`. https alone, no redirects, status 200; `ca_file` (PEM) instead of the
// system's authorities if not empty. Gives up soon after `stop` becomes true. kUnavailable says
// what went wrong, without the document.
[[nodiscard]] Result<std::string> fetch_https(const std::string& url, const std::string& ca_file,
                                              const std::atomic<bool>& stop);

}  // namespace mnm::daemon
