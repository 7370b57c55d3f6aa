#include "mnm/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace mnm::client {

Error file_error(std::string_view what, const std::string& path, int error_number) {
  Error error = system_error(fmt::format("{} {}", what, path), error_number);
  if (error_number == EACCES || error_number == EPERM) error.code = ErrorCode::kDenied;
  return error;
}

Result<> write_all(int fd, std::string_view octets, const std::string& path) {
  while (!octets.empty()) {
    const ssize_t count = ::write(fd, octets.data(), octets.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(file_error("can't write", path, errno));
    octets.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<> sync_parent(const std::string& path) {
  std::string parent = std::filesystem::path(path).parent_path().string();
  if (parent.empty()) parent.push_back('.');
  const Fd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail(file_error("can't open", parent, errno));
  if (::fsync(directory.get()) != 0) return fail(file_error("can't sync", parent, errno));
  return {};
}

Result<> write_private_file(const std::string& path, std::string_view octets, IfThere if_there) {
  std::string temporary = fmt::format("{}.XXXXXX", path);
  const Fd file(::mkostemp(temporary.data(), O_CLOEXEC));  // of mode 0600
  if (!file) return fail(file_error("can't create a file beside", path, errno));
  Result<> done = write_all(file.get(), octets, temporary);
  if (done && ::fsync(file.get()) != 0) done = fail(file_error("can't sync", temporary, errno));
  const unsigned flags = if_there == IfThere::kRefuse ? RENAME_NOREPLACE : 0;
  if (done && ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), flags) != 0) {
    const int error_number = errno;
    done = error_number == EEXIST
               ? fail(ErrorCode::kNegative,
                      fmt::format("{} is there already; it was left as it is", path))
               : fail(file_error("can't name", path, error_number));
  }
  if (!done) {
    (void)::unlink(temporary.c_str());  // the first failure is what to tell
    return done;
  }
  return sync_parent(path);
}

Result<Fd> open_nameless() {
  const char* named = std::getenv("TMPDIR");
  const std::string directory(named != nullptr && *named != '\0' ? named : "/tmp");
  std::string path = fmt::format("{}/mnm-XXXXXX", directory);
  Fd file(::mkostemp(path.data(), O_CLOEXEC));
  if (!file) return fail(file_error("can't create a temporary file in", directory, errno));
  if (::unlink(path.c_str()) != 0) return fail(file_error("can't unlink", path, errno));
  return file;
}

}  // namespace mnm::client
