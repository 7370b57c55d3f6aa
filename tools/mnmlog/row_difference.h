// Where two views that should be the same differ first.
#pragma once

#include <string>

#include "state/views.h"

namespace mnm::mnmlog {

// Names the first row, in the order of the keys, that isn't in both with the same value. Empty when
// there is none. Holds all rows of both in memory. Main thread.
[[nodiscard]] std::string first_row_difference(const state::Views& own, const state::Views& other);

}  // namespace mnm::mnmlog
