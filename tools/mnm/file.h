// Files that must not be lost or half there. Any thread; blocks.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "client/fd.h"

namespace mnm::client {

// errno of a call on `path`, as an error: kDenied for permissions, else kUnavailable.
[[nodiscard]] Error file_error(std::string_view what, const std::string& path, int error_number);

[[nodiscard]] Result<> write_all(int fd, std::string_view octets, const std::string& path);
// The directory that holds `path`, synced: a rename in it is then durable.
[[nodiscard]] Result<> sync_parent(const std::string& path);

enum class IfThere { kReplace, kRefuse };
// A file of mode 0600, whole and synced, or not there at all.
[[nodiscard]] Result<> write_private_file(const std::string& path, std::string_view octets,
                                          IfThere if_there);

// An open file without a name: gone when it is closed, whatever happens.
[[nodiscard]] Result<Fd> open_nameless();

}  // namespace mnm::client
