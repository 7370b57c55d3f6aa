// A directory of a test's own, gone with all it holds when the test ends.
#pragma once

#include <glog/logging.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace mnm {

class TempDir {
 public:
  TempDir() : TempDir(std::filesystem::temp_directory_path().string()) {}
  explicit TempDir(const std::string& parent) : path_(parent + "/mnm-XXXXXX") {
    CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  // A parent for files whose syncs are simulated: a file system without a disk, if there is one.
  static std::string in_memory() {
    return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                                           : std::filesystem::temp_directory_path().string();
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace mnm
