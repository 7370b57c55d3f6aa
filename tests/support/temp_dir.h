// A directory of a test's own, gone with all it holds when the test ends.
#pragma once

#include <glog/logging.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace mnm {

class TempDir {
 public:
  TempDir() {
    path_ = (std::filesystem::temp_directory_path() / "mnm-XXXXXX").string();
    CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace mnm
