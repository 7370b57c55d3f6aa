// The rules about words: comments, paths, names of files, sleeping tests; and check_tree, which
// applies all rules.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "tidy/rules.h"

namespace mnm::tidy {
namespace {

constexpr std::string_view kPathCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./*<>{},$%";

bool is_path_character(char c) { return kPathCharacters.find(c) != std::string_view::npos; }
bool is_upper(char c) { return c == '_' || std::isupper(static_cast<unsigned char>(c)) != 0; }

// Calls visit(offset) for each place where `word` begins and no path runs into it.
template <typename Visit>
void each_start(std::string_view text, std::string_view word, Visit visit) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    if (at == 0 || !is_path_character(text[at - 1]) || text[at - 1] == ',') visit(at);
  }
}

// "src/<layer>/*.cc" -> "src": what must exist of a path with placeholders. Capitals are a
// placeholder too, unless they are a whole file's name (README.md).
std::string without_placeholders(std::string_view path) {
  std::string sure;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    const bool open = part.find_first_of("*<>{},$%") != std::string_view::npos ||
                      (part.size() > 1 && part.find('.') == std::string_view::npos &&
                       std::all_of(part.begin(), part.end(), is_upper)) ||
                      part.find("NAME") != std::string_view::npos ||
                      part.find("...") != std::string_view::npos;
    if (open) break;
    if (!sure.empty()) sure.push_back('/');
    sure.append(part);
    path.remove_prefix(std::min(part.size() + 1, path.size()));
  }
  return sure;
}

std::string_view path_at(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && is_path_character(text[end])) ++end;
  std::string_view path = text.substr(begin, end - begin);
  while (!path.empty() &&
         (path.back() == '.' || path.back() == ',' || path.back() == '-' || path.back() == '>')) {
    if (path.back() == '>' && path.find('<') != std::string_view::npos) break;
    path.remove_suffix(1);
  }
  return path;
}

}  // namespace

Findings check_header_comment(const Source& source) {
  if (!source.path.ends_with(".h") || source.text.starts_with("//")) return {};
  return {{"header-comment", source.path, 1, source.path, 1,
           "a header begins with a comment: what it is for, who may call it from which thread, "
           "what always holds"}};
}

Findings check_named_paths(const Source& source, const Exists& exists) {
  constexpr std::array<std::string_view, 6> kFolders = {"src/",   "doc/",   "tests/",
                                                        "tools/", "proto/", "cmake/"};
  Findings findings;
  for (const std::string_view folder : kFolders) {
    each_start(source.comments, folder, [&](std::size_t at) {
      const std::string path = without_placeholders(path_at(source.comments, at));
      if (exists(path)) return;
      findings.push_back({"dead-path", source.path, line_of(source.comments, at), path, 1,
                          fmt::format("names {}, which is not there", path)});
    });
  }
  return findings;
}

Findings check_machine_paths(const Source& source) {
  constexpr std::array<std::string_view, 4> kMachines = {"home", "root", "work", "Users"};
  Findings findings;
  if (source.is_under("tests/tidy/")) return findings;  // they are spelled out here
  for (const std::string_view name : kMachines) {
    const std::string machine = fmt::format("/{}/", name);
    each_start(source.text, machine, [&](std::size_t at) {
      findings.push_back({"machine-path", source.path, line_of(source.text, at), source.path, 1,
                          fmt::format("{}... is a path of one machine", machine)});
    });
  }
  return findings;
}

Findings check_sleeps(const Source& source) {
  constexpr std::array<std::string_view, 5> kSleeps = {"sleep_for", "sleep_until", "usleep(",
                                                       "nanosleep(", "sleep("};
  Findings findings;
  if (!source.is_under("tests/")) return findings;
  for (const std::string_view sleep : kSleeps) {
    for (std::size_t at = source.code.find(sleep); at != std::string::npos;
         at = source.code.find(sleep, at + 1)) {
      const char before = at == 0 ? ' ' : source.code[at - 1];
      if (std::isalnum(static_cast<unsigned char>(before)) != 0 || before == '_') continue;
      findings.push_back({"sleep", source.path, line_of(source.code, at), source.path, 1,
                          "a test that sleeps is slow or flaky or both: wait for the event, or "
                          "move a fake clock"});
    }
  }
  return findings;
}

Findings check_ops_have_tests(const std::vector<Source>& tree) {
  constexpr std::string_view kPrefix = "src/ops/decide_";
  Findings findings;
  for (const Source& source : tree) {
    if (!source.is_under(kPrefix) || !source.path.ends_with(".cc")) continue;
    const std::string name =
        source.path.substr(kPrefix.size(), source.path.size() - kPrefix.size() - 3);
    const std::string test = fmt::format("tests/ops/decide_{}_test.cc", name);
    if (std::any_of(tree.begin(), tree.end(),
                    [&](const Source& other) { return other.path == test; }))
      continue;
    findings.push_back(
        {"op-test", source.path, 0, source.path, 1, fmt::format("an op without its {}", test)});
  }
  return findings;
}

Findings check_tree(const std::vector<Source>& tree, const Exists& exists) {
  Findings all = check_ops_have_tests(tree);
  const auto add = [&all](Findings some) { all.insert(all.end(), some.begin(), some.end()); };
  add(check_one_definition(tree));
  for (const Source& source : tree) {
    add(check_includes(source));
    add(check_sizes(source));
    add(check_header_comment(source));
    add(check_named_paths(source, exists));
    add(check_machine_paths(source));
    add(check_sleeps(source));
  }
  return all;
}

}  // namespace mnm::tidy
