#include "mnmlog/hand_over.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace mnm::mnmlog {

Error hand_over(Arguments arguments) {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  const std::string program =
      failed ? std::string("mnmrestore") : (self.parent_path() / "mnmrestore").string();
  arguments.insert(arguments.begin(), program);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  (void)::execv(program.c_str(), argv.data());  // returns only when it fails
  return system_error("can't run " + program + ", which makes data directories", errno);
}

}  // namespace mnm::mnmlog
