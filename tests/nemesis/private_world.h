// A network and a view of the file system that only this process and its children have: rules for
// packets and a small disk disturb nobody else. It needs root, or user namespaces; both have limits
// that a machine may set, so enter() may fail, and says why.
#pragma once

#include <string>

namespace mnm::testing {

// Before there are threads. `disk`: a directory that becomes a file system of `disk_bytes` octets.
// Empty once it is done, else what it lacks.
[[nodiscard]] std::string enter_private_world(const std::string& disk, std::size_t disk_bytes);

}  // namespace mnm::testing
