// The grammar of --where.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "mnmlog/range.h"
#include "mnmlog/where.h"

namespace mnm::mnmlog {
namespace {

using Kind = WhereNode::Kind;
using Compare = WhereNode::Compare;

// The time since an event; only here a field.
constexpr FieldInfo kAge = {"age", FieldType::kTime, ""};

struct Token {
  enum class Kind : std::uint8_t { kEnd, kSign, kWord, kText };
  Kind kind = Kind::kEnd;
  std::string text;  // of kText: without its quotes
  std::size_t at = 0;
};

bool is_word_char(char c) {
  return std::string_view(" \t\n()!=<>&|~\"'").find(c) == std::string_view::npos;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "1MB" is 1,000,000, "1MiB" 1,048,576.
std::optional<std::uint64_t> parse_octets(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 10> kUnits = {{
      {"kB", 1'000},
      {"KB", 1'000},
      {"MB", 1'000'000},
      {"GB", 1'000'000'000},
      {"KiB", std::uint64_t{1} << 10},
      {"MiB", std::uint64_t{1} << 20},
      {"GiB", std::uint64_t{1} << 30},
      {"k", 1'000},
      {"M", 1'000'000},
      {"B", 1},
  }};
  for (const auto& [unit, factor] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const auto number = parse_number(text.substr(0, text.size() - unit.size()));
    if (!number || *number > UINT64_MAX / factor) return std::nullopt;
    return *number * factor;
  }
  return parse_number(text);
}

class Parser {
 public:
  Parser(const std::string& text, tools::Zone zone) : text_(text), zone_(zone) {}

  Result<WhereProgram> parse() {
    if (Result<> begun = advance(); !begun) return fail(begun.error());
    const Result<std::size_t> root = any_of(0);
    if (!root) return fail(root.error());
    if (token_.kind != Token::Kind::kEnd) return bad("expected && or || or the end");
    return std::move(program_);
  }

 private:
  [[nodiscard]] tl::unexpected<Error> bad_at(std::size_t at, std::string_view what) const {
    return fail(ErrorCode::kUsage, fmt::format("--where, column {}: {}\n{}\n{}^", at + 1, what,
                                               text_, std::string(at, ' ')));
  }
  [[nodiscard]] tl::unexpected<Error> bad(std::string_view what) const {
    return bad_at(token_.at, what);
  }

  Result<> advance() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) {
      ++at_;
    }
    token_ = {.at = at_};
    if (at_ == text_.size()) return {};
    const char c = text_[at_];
    if (c == '"' || c == '\'') return quoted(c);
    if (is_word_char(c)) {
      const std::size_t begin = at_;
      while (at_ < text_.size() && is_word_char(text_[at_])) ++at_;
      token_ = {Token::Kind::kWord, text_.substr(begin, at_ - begin), begin};
      return {};
    }
    constexpr std::array<std::string_view, 13> kSigns = {"==", "!=", "<=", ">=", "&&", "||", "!~",
                                                         "=",  "<",  ">",  "~",  "!",  "("};
    const std::string_view rest = std::string_view(text_).substr(at_);
    const auto* const sign = std::ranges::find_if(
        kSigns, [&rest](std::string_view each) { return rest.starts_with(each); });
    const std::string_view found = sign != kSigns.end()    ? *sign
                                   : rest.starts_with(')') ? ")"
                                                           : std::string_view();
    if (found.empty()) return bad(fmt::format("{} means nothing here", c));
    token_ = {Token::Kind::kSign, std::string(found), at_};
    at_ += found.size();
    return {};
  }

  Result<> quoted(char quote) {
    token_.kind = Token::Kind::kText;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size() &&
          (text_[at_ + 1] == quote || text_[at_ + 1] == '\\')) {
        ++at_;
      }
      token_.text += text_[at_];
    }
    if (at_ == text_.size()) return bad("this text has no end");
    ++at_;
    return {};
  }

  [[nodiscard]] bool sees(std::string_view sign) const {
    return token_.kind == Token::Kind::kSign && token_.text == sign;
  }
  std::size_t add(WhereNode node) {
    program_.nodes.push_back(std::move(node));
    return program_.nodes.size() - 1;
  }

  using Rule = Result<std::size_t> (Parser::*)(std::size_t);
  Result<std::size_t> chain(Rule inner, std::string_view sign, Kind kind, std::size_t depth) {
    Result<std::size_t> left = (this->*inner)(depth);
    while (left && sees(sign)) {
      if (Result<> next = advance(); !next) return fail(next.error());
      Result<std::size_t> right = (this->*inner)(depth);
      if (!right) return right;
      left = add({.kind = kind, .left = *left, .right = *right});
    }
    return left;
  }
  Result<std::size_t> any_of(std::size_t depth) {
    return chain(&Parser::all_of, "||", Kind::kOr, depth);
  }
  Result<std::size_t> all_of(std::size_t depth) {
    return chain(&Parser::negated, "&&", Kind::kAnd, depth);
  }

  Result<std::size_t> negated(std::size_t depth) {
    if (depth == kWhereDepthMax) return bad("too deeply nested");
    if (sees("!")) {
      if (Result<> next = advance(); !next) return fail(next.error());
      Result<std::size_t> inner = negated(depth + 1);
      if (!inner) return inner;
      return add({.kind = Kind::kNot, .left = *inner});
    }
    if (!sees("(")) return comparison();
    if (Result<> next = advance(); !next) return fail(next.error());
    Result<std::size_t> inner = any_of(depth + 1);
    if (!inner) return inner;
    if (!sees(")")) return bad("expected )");
    if (Result<> next = advance(); !next) return fail(next.error());
    return inner;
  }

  Result<std::size_t> comparison() {
    if (token_.kind != Token::Kind::kWord) return bad("expected a field, ! or (");
    const FieldInfo* field = token_.text == kAge.name ? &kAge : find_field(token_.text);
    if (field == nullptr) {
      return bad(fmt::format("no field {}; mnmlog schema lists them", token_.text));
    }
    WhereNode node{.kind = Kind::kPresent, .slot = slot_of(*field)};
    if (Result<> next = advance(); !next) return fail(next.error());
    constexpr std::array<std::pair<std::string_view, Compare>, 9> kCompares = {{
        {"==", Compare::kEqual},
        {"=", Compare::kEqual},
        {"!=", Compare::kUnequal},
        {"<", Compare::kLess},
        {"<=", Compare::kAtMost},
        {">", Compare::kMore},
        {">=", Compare::kAtLeast},
        {"~", Compare::kMatch},
        {"!~", Compare::kNoMatch},
    }};
    const auto* const found =
        std::ranges::find_if(kCompares, [this](const auto& each) { return sees(each.first); });
    if (found == kCompares.end()) return add(std::move(node));
    const std::size_t sign_at = token_.at;
    node.kind = Kind::kCompare;
    node.compare = found->second;
    if (Result<> next = advance(); !next) return fail(next.error());
    if (token_.kind != Token::Kind::kWord && token_.kind != Token::Kind::kText) {
      return bad(fmt::format("expected what {} is compared with", field->name));
    }
    if (Result<> fits = literal(*field, sign_at, node); !fits) return fail(fits.error());
    if (Result<> next = advance(); !next) return fail(next.error());
    return add(std::move(node));
  }

  std::size_t slot_of(const FieldInfo& field) {
    const auto known = std::ranges::find(program_.slots, field.name,
                                         [](const WhereSlot& slot) { return slot.field.name; });
    if (known != program_.slots.end()) {
      return static_cast<std::size_t>(known - program_.slots.begin());
    }
    program_.slots.push_back({.field = field});
    return program_.slots.size() - 1;
  }

  Result<> literal(const FieldInfo& field, std::size_t sign_at, WhereNode& node) {
    const bool matches = node.compare == Compare::kMatch || node.compare == Compare::kNoMatch;
    const bool texts = field.type == FieldType::kText || field.type == FieldType::kHash ||
                       field.type == FieldType::kList;
    const bool orders = !matches && node.compare > Compare::kUnequal;
    if ((matches && !texts) || (orders && field.type == FieldType::kList) ||
        (orders && field.type == FieldType::kFlag)) {
      return bad_at(sign_at, fmt::format("{} is a {}: that can't be compared so", field.name,
                                         type_name(field.type)));
    }
    node.text = token_.text;
    if (!texts) return number(field, node);
    if (!matches) return {};
    Result<Pattern> pattern = Pattern::make(token_.text);
    if (!pattern) return bad(pattern.error().text);
    node.pattern = std::move(*pattern);
    return {};
  }

  Result<> number(const FieldInfo& field, WhereNode& node) {
    constexpr std::uint64_t kHourNs = 3600 * tools::kSecondNs;
    const std::string& word = token_.text;
    std::optional<std::uint64_t> value;
    std::string_view expected = "a number";
    if (field.name == kAge.name) {
      value = tools::parse_duration_ns(word);
      expected = "a duration: 90s, 2h, 3d";
    } else if (field.type == FieldType::kTime) {
      expected = "a time: @2026-01-02T03:04, @-2h, @today";
      if (word.starts_with('@')) {
        const Result<std::uint64_t> time = parse_when(word, zone_);
        if (time) value = *time;
      }
    } else if (field.type == FieldType::kHours) {
      value = parse_number(word);
      if (const auto ns = tools::parse_duration_ns(word); !value && ns) value = *ns / kHourNs;
      expected = "hours, or a duration: 2h, 3d";
    } else if (field.type == FieldType::kOctets) {
      value = parse_octets(word);
      expected = "octets: 1000, 10kB, 1MB, 4KiB";
    } else if (field.type == FieldType::kFlag) {
      if (word == "true" || word == "false") value = word == "true" ? 1 : 0;
      expected = "true or false";
    } else {
      value = parse_number(word);
    }
    if (!value) return bad(fmt::format("{} is compared with {}", field.name, expected));
    node.number = *value;
    return {};
  }

  const std::string& text_;
  tools::Zone zone_;
  std::size_t at_ = 0;
  Token token_;
  WhereProgram program_;
};

}  // namespace

Result<WhereProgram> parse_where(const std::string& text, tools::Zone zone) {
  return Parser(text, zone).parse();
}

}  // namespace mnm::mnmlog
