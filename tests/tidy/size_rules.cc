// check_sizes. Functions are found by their braces, which clang-formatted code makes safe enough: a
// brace at namespace or class level whose statement has a parameter list, and no '=' outside of it,
// opens a function.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>

#include "tidy/rules.h"

namespace mnm::tidy {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Drops a leading "template <...>".
std::string_view without_template(std::string_view statement) {
  while (statement.starts_with("template")) {
    std::size_t at = statement.find('<');
    int depth = 0;
    for (; at < statement.size(); ++at) {
      depth += statement[at] == '<' ? 1 : statement[at] == '>' ? -1 : 0;
      if (depth == 0) break;
    }
    statement.remove_prefix(std::min(at + 1, statement.size()));
    while (!statement.empty() && is_space(statement.front())) statement.remove_prefix(1);
  }
  return statement;
}

bool opens_function(std::string_view statement) {
  statement = without_template(statement);
  for (const std::string_view scope : {"namespace", "class ", "struct ", "union ", "enum "}) {
    if (statement.starts_with(scope)) return false;
  }
  if (statement.find("operator") != std::string_view::npos) return true;
  int depth = 0;
  bool parameters = false;
  for (const char c : statement) {
    if (c == '(') parameters = true;
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == '=' && depth == 0) return false;
  }
  return parameters;
}

// The word before the first parenthesis; for TEST(Suite, Name) both.
std::string name_of(std::string_view statement) {
  statement = without_template(statement);
  const std::size_t open = statement.find('(');
  if (open == std::string_view::npos) return std::string(statement.substr(0, 40));
  std::size_t begin = open;
  while (begin > 0 && (is_word(statement[begin - 1]) || statement[begin - 1] == ':' ||
                       statement[begin - 1] == '~')) {
    --begin;
  }
  std::string name(statement.substr(begin, open - begin));
  if (name.starts_with("TEST")) {
    for (const char c : statement.substr(open, statement.find(')') - open)) {
      if (is_word(c)) name.push_back(c);
      if (c == '(' || c == ',') name.push_back('.');
    }
  }
  return name;
}

struct Function {
  std::string name;
  std::size_t first_line;
  std::size_t lines;
};

class FunctionFinder {
 public:
  explicit FunctionFinder(std::string_view code) : code_(code) {}

  std::vector<Function> find() {
    for (at_ = 0; at_ < code_.size(); ++at_) {
      if (code_[at_] == '\n') ++line_;
      if (code_[at_] == '#' && statement_.empty()) skip_preprocessor();
      if (at_ < code_.size()) take(code_[at_]);
    }
    return std::move(found_);
  }

 private:
  void skip_preprocessor() {
    while (at_ < code_.size() && (code_[at_] != '\n' || code_[at_ - 1] == '\\')) {
      ++at_;
      if (at_ < code_.size() && code_[at_] == '\n') ++line_;
    }
  }

  void take(char c) {
    if (c == '{') return open();
    if (c == '}') return close();
    if (inside_function_ > 0) return;
    const bool access =
        statement_ == "public" || statement_ == "protected" || statement_ == "private";
    if (c == ';' || (c == ':' && access)) {
      statement_.clear();
    } else if (!is_space(c) || (!statement_.empty() && statement_.back() != ' ')) {
      if (statement_.empty()) statement_line_ = line_;
      statement_.push_back(is_space(c) ? ' ' : c);
    }
  }

  void open() {
    if (inside_function_ > 0 || opens_function(statement_)) {
      if (inside_function_ == 0) function_ = {name_of(statement_), statement_line_, 0};
      ++inside_function_;
      return;
    }
    statement_.clear();
  }

  void close() {
    if (inside_function_ == 0) return statement_.clear();
    if (--inside_function_ > 0) return;
    // "Name() : a_{1}, b_{2} {": after the braces of a member the statement goes on.
    const std::size_t next = code_.find_first_not_of(" \n", at_ + 1);
    if (next != std::string_view::npos && (code_[next] == ',' || code_[next] == '{')) return;
    function_.lines = line_ - function_.first_line + 1;
    found_.push_back(function_);
    statement_.clear();
  }

  std::string_view code_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::string statement_;  // since the last ';' or brace at namespace or class level
  std::size_t statement_line_ = 1;
  int inside_function_ = 0;  // depth of braces
  Function function_;
  std::vector<Function> found_;
};

std::size_t columns(std::string_view line) {  // UTF-8: continuation octets take no column
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

Findings check_sizes(const Source& source) {
  Findings findings;
  if (!source.is_cpp()) return findings;
  const std::vector<std::string_view> lines = lines_of(source.text);
  if (lines.size() > kFileLinesMax) {
    findings.push_back({"file-length", source.path, 0, source.path, lines.size(),
                        fmt::format("{} lines, at most {}: split it by reason to change",
                                    lines.size(), kFileLinesMax)});
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t width = columns(lines[i]);
    if (width <= kColumnsMax) continue;
    findings.push_back({"line-length", source.path, i + 1, fmt::format("{}:{}", source.path, i + 1),
                        width, fmt::format("{} columns, at most {}", width, kColumnsMax)});
  }
  for (const Function& function : FunctionFinder(source.code).find()) {
    if (function.lines <= kFunctionLinesMax) continue;
    findings.push_back({"function-length", source.path, function.first_line,
                        fmt::format("{}:{}", source.path, function.name), function.lines,
                        fmt::format("{} has {} lines, at most {}", function.name, function.lines,
                                    kFunctionLinesMax)});
  }
  return findings;
}

}  // namespace mnm::tidy
