#include "log/sealed_removal.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "log/data_directory.h"
#include "log/sealed_file.h"

namespace mnm::log {
namespace {

// Where it has so many names and a whole head, which an upload that a power cut ended may lack.
// A full disk may have no room for it (a block that was never allocated): only the unlinking makes
// some, and nothing may keep the relay from that, nor from starting.
bool overwrite_key(const FileDescriptor& fd, const std::string& path, nlink_t names) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || status.st_nlink != names) return false;
  if (status.st_size < static_cast<off_t>(kSealedHeadBytes)) return true;
  const std::string zeros(kSealedHeadBytes, '\0');
  if (::pwrite(fd.get(), zeros.data(), zeros.size(), 0) != static_cast<ssize_t>(zeros.size()) ||
      ::fdatasync(fd.get()) != 0) {
    PLOG(WARNING) << "can't overwrite the key of " << path << "; it is removed as it is";
  }
  return true;
}

}  // namespace

Result<void> remove_sealed_file(const std::string& path) {
  const FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.ok() && errno == ENOENT) return {};
  if (!fd.ok()) {
    PLOG(WARNING) << "can't open " << path << " to overwrite its key; it is removed as it is";
  }
  const bool overwritten = fd.ok() && overwrite_key(fd, path, 1);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return fail(system_error("can't remove " + path, errno));
  }
  // Its other name may have gone meanwhile, and whoever removed that saw this one.
  if (fd.ok() && !overwritten) (void)overwrite_key(fd, path, 0);
  return {};
}

}  // namespace mnm::log
