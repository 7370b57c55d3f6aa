#include "log/disk_space.h"

#include <sys/statvfs.h>

#include <cerrno>

namespace mnm::log {

Result<std::uint64_t> free_bytes(const std::string& path) {
  struct statvfs status {};
  if (::statvfs(path.c_str(), &status) != 0) {
    return fail(system_error("can't tell how much is free at " + path, errno));
  }
  if (status.f_files > 0 && status.f_favail == 0) return std::uint64_t{0};
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

}  // namespace mnm::log
