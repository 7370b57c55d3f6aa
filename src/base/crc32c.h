// CRC-32C (Castagnoli), as in the wire's headsum and the record envelope. Hardware where the
// processor has it. Any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace mnm {

// The CRC of `bytes`, continued from `crc` (0 to begin).
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0);

}  // namespace mnm
