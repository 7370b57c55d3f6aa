// A file of the tree as the house rules see it: its text, and the same text with only the code or
// only the comments left. Pure but for read_tree(); any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mnm::tidy {

struct Source {
  Source(std::string path, std::string text);

  std::string path;  // from the root of the tree, with '/'
  std::string text;
  // As long as text and with its line ends, so that offsets and line numbers agree; what is left
  // out is blank.
  std::string code;  // C++ only: without comments and the insides of literals
  std::string
      comments;  // C++: what is in comments; CMake and scripts: after '#'; documents: all of it

  [[nodiscard]] bool is_cpp() const;
  [[nodiscard]] bool is_under(std::string_view folder) const;  // "src/net/", or a whole path
};

// 1 for offset 0.
[[nodiscard]] std::size_t line_of(std::string_view text, std::size_t offset);
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

// All text files under root that people write: sources, scripts, documents. Not build/, not version
// control.
[[nodiscard]] std::vector<Source> read_tree(const std::filesystem::path& root);

}  // namespace mnm::tidy
