#include "net/json_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "net/json_text.h"

namespace mnm::net {
namespace {

// The longest growth of a string by reading: one bad octet becomes the three of U+FFFD.
constexpr std::size_t kGrowthMax = 3;
constexpr std::size_t kFewKeys = 8;

constexpr std::uint64_t repeated(std::uint8_t octet) { return 0x0101010101010101u * octet; }

// Of eight octets: a mark in the high bit of the first that is a quote, a backslash, a control
// character or not ASCII (and perhaps in later ones).
std::uint64_t special_octets(std::uint64_t word) {
  const auto zero_octets = [](std::uint64_t w) { return (w - repeated(1)) & ~w; };
  return (zero_octets(word ^ repeated('"')) | zero_octets(word ^ repeated('\\')) |
          ((word - repeated(0x20)) & ~word) | word) &
         repeated(0x80);
}

// The first octet at or after `at` that ends a run of plain ASCII.
std::size_t plain_run_end(std::string_view text, std::size_t at) {
  static_assert(std::endian::native == std::endian::little);
  while (at + 8 <= text.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof(word));
    const std::uint64_t marks = special_octets(word);
    if (marks != 0) return at + static_cast<std::size_t>(std::countr_zero(marks)) / 8;
    at += 8;
  }
  for (; at < text.size(); ++at) {
    const auto octet = static_cast<std::uint8_t>(text[at]);
    if (octet < 0x20 || octet >= 0x80 || octet == '"' || octet == '\\') break;
  }
  return at;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

int compare_folded(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char x = lower(a[i]);
    const char y = lower(b[i]);
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

}  // namespace

void JsonReader::skip_space() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
    ++at_;
  }
}

bool JsonReader::begin(char opener) {
  skip_space();
  if (failed_ || at_ >= text_.size() || text_[at_] != opener || depth_ == kDepthMax) return fail();
  ++at_;
  ++depth_;
  first_ = true;
  return true;
}

// Moves past the comma to the next item, or past `closer`: then false, which is no failure.
bool JsonReader::next(char closer) {
  skip_space();
  if (failed_ || at_ >= text_.size()) return fail();
  if (text_[at_] == closer) {
    ++at_;
    --depth_;
    first_ = false;
    return false;
  }
  if (!first_) {
    if (text_[at_] != ',') return fail();
    ++at_;
    skip_space();
  }
  first_ = false;
  return true;
}

bool JsonReader::next_member(std::string_view& key) {
  if (!next('}') || !string(key)) return false;
  skip_space();
  if (at_ >= text_.size() || text_[at_] != ':') return fail();
  ++at_;
  return true;
}

bool JsonReader::next_element() { return next(']'); }

bool JsonReader::at(char first) {
  skip_space();
  return !failed_ && at_ < text_.size() && text_[at_] == first;
}

bool JsonReader::string(std::string_view& out) {
  if (!at_string()) return fail();
  const std::size_t start = ++at_;
  at_ = plain_run_end(text_, at_);
  if (at_ < text_.size() && text_[at_] == '"') {
    out = text_.substr(start, at_ - start);
    ++at_;
    return true;
  }
  return string_from(start, out);
}

// The rest of a string whose first plain run has been seen.
bool JsonReader::string_from(std::size_t start, std::string_view& out) {
  if (unescaped_.capacity() < text_.size() * kGrowthMax) {
    if (!unescaped_.empty()) return fail();
    unescaped_.reserve(text_.size() * kGrowthMax);
  }
  const std::size_t begin = unescaped_.size();
  std::size_t copied = start;  // what lies before is in unescaped_, if anything is
  bool changed = false;
  const auto copy_up_to_here = [&] {
    unescaped_.append(text_.substr(copied, at_ - copied));
    changed = true;
  };
  for (; at_ < text_.size(); at_ = plain_run_end(text_, at_)) {
    const auto octet = static_cast<std::uint8_t>(text_[at_]);
    if (octet == '"') {
      if (changed) copy_up_to_here();
      out = changed ? std::string_view(unescaped_).substr(begin) : text_.substr(start, at_ - start);
      ++at_;
      return true;
    }
    if (octet < 0x20) return fail();
    if (octet == '\\') {
      copy_up_to_here();
      if (!escape()) return false;
      copied = at_;
    } else if (const std::size_t size = utf8_size(text_.substr(at_)); size != 0) {
      at_ += size;
    } else {
      copy_up_to_here();
      append_utf8(unescaped_, kReplacement);
      copied = ++at_;
    }
  }
  return fail();
}

bool JsonReader::hex4(std::uint32_t& out) {
  if (text_.size() - at_ < 4) return false;
  out = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const char c = lower(text_[at_ + i]);
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return false;
    out = out << 4 | static_cast<std::uint32_t>(digit ? c - '0' : c - 'a' + 10);
  }
  at_ += 4;
  return true;
}

bool JsonReader::escape() {
  static constexpr std::string_view kLetters = "\"\\/bfnrt";
  static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (++at_ >= text_.size()) return fail();
  const char letter = text_[at_++];
  if (letter != 'u') {
    const std::size_t which = kLetters.find(letter);
    if (which == std::string_view::npos) return fail();
    unescaped_.push_back(kMeanings[which]);
    return true;
  }
  std::uint32_t unit = 0;
  if (!hex4(unit)) return fail();
  if (unit >= 0xd800 && unit <= 0xdfff) {
    const std::size_t after = at_;
    std::uint32_t second = 0;
    const bool paired = unit < 0xdc00 && text_.substr(at_, 2) == "\\u" &&
                        (at_ += 2, hex4(second)) && second >= 0xdc00 && second <= 0xdfff;
    if (paired) {
      unit = 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
    } else {
      at_ = after;  // what follows is read for itself
      unit = kReplacement;
    }
  }
  append_utf8(unescaped_, unit);
  return true;
}

bool JsonReader::integer(std::uint64_t& out) {
  skip_space();
  const std::size_t start = at_;
  std::uint64_t value = 0;
  while (!failed_ && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
    const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
    if (value > (UINT64_MAX - digit) / 10) return fail();
    value = value * 10 + digit;
    ++at_;
  }
  if (at_ == start || (text_[start] == '0' && at_ != start + 1)) return fail();
  out = value;
  return true;  // a fraction or exponent that follows is no ',' or '}': the next call fails
}

bool JsonReader::literal(std::string_view word) {
  skip_space();
  if (failed_ || text_.substr(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

bool JsonReader::boolean(bool& out) {
  out = literal("true");
  return out || literal("false") || fail();
}

bool JsonReader::take_null() { return literal("null"); }

// Any number of JSON's grammar.
bool JsonReader::number() {
  const auto digits = [this] {
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ != start;
  };
  const auto take = [this](std::string_view any) {
    if (at_ >= text_.size() || any.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
  };
  take("-");
  if (!take("0") && !digits()) return fail();
  if (take(".") && !digits()) return fail();
  if (take("eE")) {
    take("+-");
    if (!digits()) return fail();
  }
  return true;
}

bool JsonReader::skip() {
  skip_space();
  if (failed_ || at_ >= text_.size()) return fail();
  std::string_view ignored;
  const std::size_t kept = unescaped_.size();
  switch (text_[at_]) {
    case '"':
      (void)string(ignored);  // ok() tells
      break;
    case '{':
      if (begin_object()) {
        while (next_member(ignored) && skip()) unescaped_.resize(kept);
      }
      break;
    case '[':
      if (begin_array()) {
        while (next_element() && skip()) {
        }
      }
      break;
    case 't':
    case 'f':
    case 'n':
      if (!literal("true") && !literal("false") && !literal("null")) return fail();
      break;
    default:
      return number();
  }
  unescaped_.resize(kept);
  return ok();
}

bool JsonReader::finish() {
  skip_space();
  return !failed_ && depth_ == 0 && at_ == text_.size();
}

bool KeySet::has_duplicate() {
  if (keys_.size() > kFewKeys) {
    std::sort(keys_.begin(), keys_.end(), [](auto a, auto b) { return compare_folded(a, b) < 0; });
    return std::adjacent_find(keys_.begin(), keys_.end(), [](auto a, auto b) {
             return compare_folded(a, b) == 0;
           }) != keys_.end();
  }
  for (std::size_t i = 1; i < keys_.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (compare_folded(keys_[i], keys_[j]) == 0) return true;
    }
  }
  return false;
}

}  // namespace mnm::net
