// How a sealed file goes: its key is overwritten, so that no octet of it can be read any more,
// wherever the file system leaves them.
//
// Any thread. Waits for the disk.
#pragma once

#include <string>

#include "base/error.h"

namespace mnm::log {

// Unlinks `path`; one that is already gone is no error. The key in its head is overwritten, in
// place and durably, unless the file has another name still: that is a backup being made, whose
// removal does it. A key that can't be overwritten is logged, and the file goes all the same.
[[nodiscard]] Result<void> remove_sealed_file(const std::string& path);

}  // namespace mnm::log
