// Rows of the database of derived data (views/), by key: what the index is read from and written
// to. Implemented by the checkpoint, which owns the database.
//
// One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace mnm::ops {

using DerivedRow = std::pair<std::string, std::string>;  // key, value

class DerivedRows {
 public:
  virtual ~DerivedRows() = default;
  // nullopt when there is none. Errors of all: kUnavailable, kCorruption.
  [[nodiscard]] virtual Result<std::optional<std::string>> row(std::string_view key) const = 0;
  // The first one from `key` on, before `end`.
  [[nodiscard]] virtual Result<std::optional<DerivedRow>> row_from(std::string_view key,
                                                                   std::string_view end) const = 0;
  // The last one through `key`, not before `begin`.
  [[nodiscard]] virtual Result<std::optional<DerivedRow>> row_through(
      std::string_view key, std::string_view begin) const = 0;
};

class DerivedRowStore : public DerivedRows {
 public:
  // All or nothing; an empty value deletes the row. A crash may lose it, but never what was written
  // before it alone.
  [[nodiscard]] virtual Result<> write_rows(const std::vector<DerivedRow>& rows) = 0;
  // After some writes: readers that open the database from now on see them, and fast.
  [[nodiscard]] virtual Result<> settle() = 0;
  // All from `begin` on, before `end`.
  [[nodiscard]] virtual Result<> drop_rows(std::string_view begin, std::string_view end) = 0;
};

}  // namespace mnm::ops
