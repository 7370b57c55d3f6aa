// Two views compared field by field, also in what their digests can't cover: a field that no row
// has is in no digest either, and gone after a start from a checkpoint.
#pragma once

#include <string>

#include "state/views.h"

namespace mnm::ops {

// The first object that differs, as "node 3"; empty if none does.
[[nodiscard]] std::string why_objects_differ(const state::Views& live, const state::Views& other);

}  // namespace mnm::ops
