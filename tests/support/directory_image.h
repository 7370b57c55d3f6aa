// All names and octets below a directory, to see that something changed nothing, or to put it back.
#pragma once

#include <glog/logging.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

namespace mnm {

class DirectoryImage {
 public:
  explicit DirectoryImage(const std::string& directory) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
      const std::string name = std::filesystem::relative(entry.path(), directory).string();
      if (entry.is_directory()) {
        files_[name + "/"];
        continue;
      }
      std::ifstream file(entry.path(), std::ios::binary);
      files_[name] = std::string(std::istreambuf_iterator<char>(file), {});
    }
  }

  // Empty when nothing differs, else what does.
  [[nodiscard]] std::string difference(const DirectoryImage& other) const {
    std::string out;
    for (const auto& [name, octets] : files_) {
      const auto found = other.files_.find(name);
      if (found == other.files_.end()) {
        out += name + " is gone; ";
      } else if (found->second != octets) {
        out += name + " differs; ";
      }
    }
    for (const auto& [name, octets] : other.files_) {
      if (!files_.contains(name)) out += name + " is new; ";
    }
    return out;
  }

  // The names of the files that hold `marker`.
  [[nodiscard]] std::string holders_of(std::string_view marker) const {
    std::string out;
    for (const auto& [name, octets] : files_) {
      if (octets.find(marker) != std::string::npos) out += name + " ";
    }
    return out;
  }

  [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }

  void restore_file(const std::string& directory, const std::string& name) const {
    std::ofstream file(directory + "/" + name, std::ios::binary | std::ios::trunc);
    file << files_.at(name);
    CHECK(file.flush());
  }
  // Makes `directory` hold exactly this.
  void restore(const std::string& directory) const {
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    for (const auto& [name, octets] : files_) {
      if (name.ends_with('/')) {
        std::filesystem::create_directories(directory + "/" + name);
      } else {
        std::filesystem::create_directories(
            std::filesystem::path(directory + "/" + name).parent_path());
        restore_file(directory, name);
      }
    }
  }

 private:
  std::map<std::string, std::string> files_;  // by relative name; a directory's ends in '/'
};

}  // namespace mnm
