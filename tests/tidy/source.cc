#include "tidy/source.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <utility>

namespace mnm::tidy {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string blank(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c != '\n'; }, ' ');
  return out;
}

// Walks C++ text once and copies each piece to where it belongs.
class Splitter {
 public:
  explicit Splitter(std::string_view text)
      : text_(text), code_(blank(text)), comments_(blank(text)) {}

  std::pair<std::string, std::string> split() {
    while (at_ < text_.size()) step();
    return {std::move(code_), std::move(comments_)};
  }

 private:
  [[nodiscard]] bool sees(std::string_view what) const {
    return text_.substr(at_, what.size()) == what;
  }

  void copy_until(std::size_t end, std::string& to) {
    end = std::min(end, text_.size());
    for (; at_ < end; ++at_) to[at_] = text_[at_];
  }

  void step() {
    if (sees("//")) return copy_until(text_.find('\n', at_), comments_);
    if (sees("/*")) {
      const std::size_t end = text_.find("*/", at_ + 2);
      return copy_until(end == std::string_view::npos ? end : end + 2, comments_);
    }
    if (sees("R\"")) return skip_raw_string();
    const bool digit_separator = at_ > 0 && is_word(text_[at_ - 1]);
    if (sees("\"") || (sees("'") && !digit_separator)) return skip_literal(text_[at_]);
    copy_until(at_ + 1, code_);
  }

  void skip_raw_string() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) return copy_until(open, code_);
    const std::string close = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    const std::size_t end = text_.find(close, open);
    code_[at_] = '"';
    at_ = end == std::string_view::npos ? text_.size() : end + close.size();
    code_[at_ - 1] = '"';
  }

  void skip_literal(char quote) {
    // The name in an #include stays: the rules read it.
    const std::size_t line = text_.rfind('\n', at_) + 1;  // npos + 1 is 0
    const bool keep = text_.substr(line, 8) == "#include";
    copy_until(at_ + 1, code_);
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      if (keep) code_[at_] = text_[at_];
      at_ += text_[at_] == '\\' ? 2 : 1;
    }
    copy_until(at_ + 1, code_);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string code_;
  std::string comments_;
};

bool ends_with_any(std::string_view path, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(),
                     [&](std::string_view end) { return path.ends_with(end); });
}

std::string hash_comments(std::string_view text) {
  std::string out = blank(text);
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins =
        text[i] == '#' && (i == 0 || std::isspace(static_cast<unsigned char>(text[i - 1])) != 0);
    inside = text[i] != '\n' && (inside || begins);
    if (inside) out[i] = text[i];
  }
  return out;
}

bool is_for_people(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return ends_with_any(name, {".cc", ".h", ".proto", ".md", ".cmake", ".txt", ".json", ".sh"}) ||
         name.find('.') == std::string::npos || name == ".clang-tidy" || name == ".clang-format";
}

}  // namespace

Source::Source(std::string path_in, std::string text_in)
    : path(std::move(path_in)), text(std::move(text_in)) {
  if (is_cpp() || path.ends_with(".proto")) {
    std::tie(code, comments) = Splitter(text).split();
  } else if (path.ends_with(".md")) {
    comments = text;
  } else {
    comments = hash_comments(text);
  }
}

bool Source::is_cpp() const { return ends_with_any(path, {".cc", ".h"}); }

bool Source::is_under(std::string_view folder) const { return path.starts_with(folder); }

std::size_t line_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::vector<Source> read_tree(const std::filesystem::path& root) {
  constexpr std::array<std::string_view, 7> kFolders = {"src",   "tests", "tools", "proto",
                                                        "cmake", "doc",   ".ci"};
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  for (const std::string_view folder : kFolders) {
    if (!std::filesystem::is_directory(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const bool data = entry.path().string().find("/corpus/") != std::string::npos ||
                        entry.path().string().find("/golden/") != std::string::npos;
      if (entry.is_regular_file() && !data) paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Source> tree;
  for (const std::filesystem::path& path : paths) {
    if (!is_for_people(path)) continue;
    std::ifstream file(path, std::ios::binary);
    tree.emplace_back(path.lexically_relative(root).generic_string(),
                      std::string(std::istreambuf_iterator<char>(file), {}));
  }
  return tree;
}

}  // namespace mnm::tidy
