// Where the relay keeps the range of all records between its heads, so that a start need not read
// the whole log (doc/log_format.md, "`heads.range`"). Derived from the log.
//
// Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "log/log.h"
#include "log/merkle_range.h"

namespace mnm::daemon {

struct RangeState {
  log::MerkleRange range;
  log::Position at;  // the last record in it
};

[[nodiscard]] std::string encode_range_state(const RangeState& state, std::string_view identity);
// None unless it is whole and of this log.
[[nodiscard]] std::optional<RangeState> decode_range_state(std::string_view octets,
                                                           std::string_view identity);

[[nodiscard]] std::optional<RangeState> load_range_state(const std::string& path,
                                                         std::string_view identity);
[[nodiscard]] Result<> save_range_state(const std::string& path, const RangeState& state,
                                        std::string_view identity);

}  // namespace mnm::daemon
