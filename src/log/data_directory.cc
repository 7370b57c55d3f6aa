#include "log/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace mnm::log {

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

bool is_locked(const std::string& directory) {
  const FileDescriptor fd(::open((directory + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC));
  return fd.ok() && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace mnm::log
