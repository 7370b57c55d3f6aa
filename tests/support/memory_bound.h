// Bounds of a program's memory, for tests. Any thread.
#pragma once

#include <cstdint>

namespace mnm {

// What a sanitizer needs beside the program's own: shadows, and octets that were freed, in
// quarantine.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::uint64_t kSanitizerMemory_kib = 512 << 10;
#else
inline constexpr std::uint64_t kSanitizerMemory_kib = 0;
#endif

}  // namespace mnm
