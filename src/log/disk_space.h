// How much room a disk has. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/error.h"

namespace mnm::log {

// Octets that this user may still write where `path` is, which must exist; 0 when no file can be
// made any more.
[[nodiscard]] Result<std::uint64_t> free_bytes(const std::string& path);
// The same of a disk that is known, or said by a test.
using FreeBytes = std::function<Result<std::uint64_t>()>;

}  // namespace mnm::log
