// What those who read bases and the one who writes them share (doc/log_format.md, "base/").
#pragma once

#include <fmt/format.h>
#include <rocksdb/io_status.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace mnm::ops {

inline constexpr std::string_view kBaseMagic = "mnmbase1";
inline constexpr std::string_view kBaseUnfinished = ".new";  // behind the name, until it is whole

inline Error base_error(const std::string& path, const rocksdb::IOStatus& status) {
  return {ErrorCode::kUnavailable, fmt::format("base {}: {}", path, status.ToString())};
}

}  // namespace mnm::ops
