// Whole views, wherever they are: what a base or a moment is written of.
//
// One thread.
#pragma once

#include "base/crypto.h"
#include "base/error.h"
#include "state/rows.h"

namespace mnm::ops {

class WholeViews {
 public:
  virtual ~WholeViews() = default;
  // All rows, in the order of their keys. Errors of both: those of whoever holds them.
  [[nodiscard]] virtual Result<> each(const state::RowSink& sink) = 0;
  // Of the views.
  [[nodiscard]] virtual Result<Hash> digest() = 0;
};

// In memory.
class ViewsInMemory final : public WholeViews {
 public:
  // `views` outlive it.
  explicit ViewsInMemory(const state::Views& views) : views_(views) {}
  [[nodiscard]] Result<> each(const state::RowSink& sink) override {
    state::RowWriter(views_, sink).write_everything();
    return {};
  }
  [[nodiscard]] Result<Hash> digest() override { return views_.digest(); }

 private:
  const state::Views& views_;
};

}  // namespace mnm::ops
