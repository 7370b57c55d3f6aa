// Making, syncing and locking a data directory: what only those who write to it do.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include "log/data_directory.h"

namespace mnm::log {

Result<void> sync_directory(const std::string& path) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok()) return fail(system_error("can't open " + path, errno));
  if (::fsync(fd.get()) != 0) return fail(system_error("can't sync " + path, errno));
  return {};
}

Result<void> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) {
    if (errno != EEXIST) return fail(system_error("can't make " + path, errno));
    return {};
  }
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  return sync_directory(parent.empty() ? "." : parent.string());
}

Result<FileDescriptor> lock_directory(const std::string& directory) {
  const std::string path = directory + "/LOCK";
  FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.ok()) return fail(system_error("can't open " + path, errno));
  // A tool that looks whether a relay is running holds the lock for an instant.
  for (int tries = 0; ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0; ++tries) {
    if (errno != EWOULDBLOCK) return fail(system_error("can't lock " + path, errno));
    if (tries == 10) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("{} is in use by another process", directory));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return fd;
}

bool write_all(const FileDescriptor& file, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t count = ::write(file.get(), octets.data(), octets.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Result<void> replace_file(const std::string& path, std::string_view octets, unsigned mode) {
  const std::string draft = path + ".new";
  const FileDescriptor file(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file.ok()) return fail(system_error("can't make " + draft, errno));
  if (!write_all(file, octets)) return fail(system_error("can't write " + draft, errno));
  // By itself: the process's umask is for files that nobody chose a mode for.
  if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0 ||
      ::rename(draft.c_str(), path.c_str()) != 0) {
    return fail(system_error("can't replace " + path, errno));
  }
  return sync_directory(std::filesystem::absolute(path).parent_path());
}

}  // namespace mnm::log
