// The rows of a checkpoint (rows.h), for views that hold only what was needed of them
// (Views::partial).
//
// One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace mnm::state {

enum class RowClass : std::uint8_t;

class StoredRows {
 public:
  // That they can't be read, or aren't rows of this version. Thrown through the fold, which has no
  // other way to fail: views that were being folded are good for nothing after it.
  class Unreadable : public std::runtime_error {
   public:
    explicit Unreadable(Error error) : std::runtime_error(error.text), error_(std::move(error)) {}
    [[nodiscard]] const Error& error() const { return error_; }

   private:
    Error error_;
  };

  virtual ~StoredRows() = default;
  // The value; none when there is no such row. Good until the next call. All throw Unreadable.
  [[nodiscard]] virtual std::optional<std::string_view> row(std::string_view key) = 0;
  // Each from `begin` on, before `end`, in the order of the keys. `visit` makes no other call.
  using Visit = std::function<void(std::string_view key, std::string_view value)>;
  virtual void each(std::string_view begin, std::string_view end, const Visit& visit) = 0;
  // The highest number of an object that has a row of this class; 0 when none has.
  [[nodiscard]] virtual std::uint32_t last_number(RowClass row_class) = 0;
};

}  // namespace mnm::state
