// The house rules that a program can check. Each is a pure function from sources to findings;
// tree_test.cc runs all of them on this tree, rules_test.cc shows each of them failing. Any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tidy/source.h"

namespace mnm::tidy {

inline constexpr std::size_t kFileLinesMax = 500;
inline constexpr std::size_t kFunctionLinesMax = 60;
inline constexpr std::size_t kColumnsMax = 100;

struct Finding {
  std::string rule;
  std::string path;
  std::size_t line = 0;  // 0: the file as a whole
  std::string
      subject;  // what the ratchet calls it: a path, with the function's name where there is one
  std::size_t amount = 1;  // what the ratchet counts: lines, or 1
  std::string what;        // for people: what is wrong and what to do about it
};
using Findings = std::vector<Finding>;

// Includes point down: base < log < state < ops < net < daemon < mnmd.cc. Generated protobuf
// headers from state upwards; mnmlog never reads through net; Asio and RocksDB stay where their
// layer is.
[[nodiscard]] Findings check_includes(const Source& source);

// At most kFileLinesMax lines a file, kFunctionLinesMax a function, kColumnsMax characters a line.
[[nodiscard]] Findings check_sizes(const Source& source);

// A header begins with a comment that says what it is for.
[[nodiscard]] Findings check_header_comment(const Source& source);

// A path of this tree that a comment or document names is there. `exists` is given paths from the
// root.
using Exists = std::function<bool(const std::string& path)>;
[[nodiscard]] Findings check_named_paths(const Source& source, const Exists& exists);

// No absolute path of somebody's machine, such as a home directory.
[[nodiscard]] Findings check_machine_paths(const Source& source);

// Tests wait for events, never for time to pass.
[[nodiscard]] Findings check_sleeps(const Source& source);

// src/ops/decide_NAME.cc has its tests/ops/decide_NAME_test.cc.
[[nodiscard]] Findings check_ops_have_tests(const std::vector<Source>& tree);

// One name, one class: two headers of src/ or tools/ don't define the same name in one namespace. A
// program that links both would use either for both, and no compiler says so.
[[nodiscard]] Findings check_one_definition(const std::vector<Source>& tree);

// Every rule on every file.
[[nodiscard]] Findings check_tree(const std::vector<Source>& tree, const Exists& exists);

}  // namespace mnm::tidy
