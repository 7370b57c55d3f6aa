#include "common/scratch_directory.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace mnm::tools {

Result<ScratchDirectory> ScratchDirectory::make() {
  std::error_code failed;
  const auto parent = std::filesystem::temp_directory_path(failed);
  std::string path = (failed ? "/tmp" : parent.string()) + "/mnmlog-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    return fail(system_error("can't make a temporary directory " + path, errno));
  }
  ScratchDirectory scratch;
  scratch.path_ = std::move(path);
  return scratch;
}

ScratchDirectory::~ScratchDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;  // what can't be removed is the system's to clean up
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace mnm::tools
