// A temporary directory, gone with the object: for what a reader beside a running relay needs for
// itself.
//
// Any thread.
#pragma once

#include <string>

#include "base/error.h"

namespace mnm::tools {

class ScratchDirectory {
 public:
  [[nodiscard]] static Result<ScratchDirectory> make();
  ScratchDirectory(ScratchDirectory&& other) noexcept { path_.swap(other.path_); }
  ScratchDirectory& operator=(ScratchDirectory&&) = delete;
  ~ScratchDirectory();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  ScratchDirectory() = default;
  std::string path_;
};

}  // namespace mnm::tools
