// The data directory itself: made with the right modes, and locked (doc/log_format.md).
//
// Any thread. The lock is flock(2)'s: it goes with the process, however that ends, and, unlike
// fcntl's, isn't lost when somebody in the process closes the file elsewhere.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace mnm::log {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

// Makes `path` with mode 0700 unless it is there, and syncs the entry.
[[nodiscard]] Result<void> make_directory(const std::string& path);
// Held until the descriptor is closed. kUnavailable when another holds it.
[[nodiscard]] Result<FileDescriptor> lock_directory(const std::string& directory);
// Whether somebody holds the lock now. Makes nothing.
[[nodiscard]] bool is_locked(const std::string& directory);
[[nodiscard]] Result<void> sync_directory(const std::string& path);
// All of `octets`, however often the system takes less; false with errno set.
[[nodiscard]] bool write_all(const FileDescriptor& file, std::string_view octets);
// Replaces a file as a whole, or leaves it as it was: written beside its place, synced, renamed.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view octets,
                                        unsigned mode);

}  // namespace mnm::log
