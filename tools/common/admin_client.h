// Asks a running relay through its admin socket, DATA/admin.sock: one line of JSON there, one line
// back.
//
// Any thread; blocks, bounded by the timeout.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace mnm::tools {

inline constexpr int kAdminTimeoutMs = 60'000;  // a scrub compacts; a digest walks all views
inline constexpr std::size_t kAdminReplyBytesMax = std::size_t{16} << 20;

// The reply, without its line end. kUnavailable when no relay answers in time, kDenied when the
// socket isn't ours to use.
[[nodiscard]] Result<std::string> ask_admin(const std::string& data_directory,
                                            std::string_view request,
                                            int timeout_ms = kAdminTimeoutMs);

// A link to the admin socket, for what isn't a line each way: its descriptor, the caller's to
// close. kUnavailable when no relay is there, kDenied.
[[nodiscard]] Result<int> connect_admin(const std::string& data_directory);

}  // namespace mnm::tools
