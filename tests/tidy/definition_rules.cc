// check_one_definition.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "tidy/rules.h"

namespace mnm::tidy {
namespace {

// The name that a line at the outermost level defines as a class, or empty: "class Name final : B
// {".
std::string_view class_defined_in(std::string_view line) {
  for (const std::string_view word : {"struct ", "class "}) {
    if (!line.starts_with(word)) continue;
    line.remove_prefix(word.size());
    const std::size_t end = line.find_first_of(" :{;<(");
    const bool defines =
        line.find('{') != std::string_view::npos && line.find(';') > line.find('{');
    // "struct std::hash<...>" and "class [[nodiscard]] Name" are none of ours, or too rare.
    if (!defines || end == std::string_view::npos || line.substr(end).starts_with("::")) return {};
    return line.substr(0, end);
  }
  return {};
}

bool is_own_header(const Source& source) {
  return source.path.ends_with(".h") && (source.is_under("src/") || source.is_under("tools/"));
}

}  // namespace

Findings check_one_definition(const std::vector<Source>& tree) {
  std::map<std::string, std::string> found;  // namespace and name to path
  Findings findings;
  for (const Source& source : tree) {
    if (!is_own_header(source)) continue;
    std::string_view space;
    std::size_t number = 0;
    for (const std::string_view line : lines_of(source.code)) {
      ++number;
      if (line.starts_with("namespace ")) space = line;
      const std::string_view name = class_defined_in(line);
      if (name.empty()) continue;
      const auto [place, fresh] = found.emplace(fmt::format("{} {}", space, name), source.path);
      if (fresh || place->second == source.path) continue;
      findings.push_back({"one-definition", source.path, number, source.path, 1,
                          fmt::format("{} is defined in {} too: give one of them another name",
                                      name, place->second)});
    }
  }
  return findings;
}

}  // namespace mnm::tidy
