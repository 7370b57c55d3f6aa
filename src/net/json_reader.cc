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

// The first octet from `at` on that ends a run of plain ASCII.
const char* plain_run_end(const char* at, const char* end) {
  static_assert(std::endian::native == std::endian::little);
  while (end - at >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof(word));
    const std::uint64_t marks = special_octets(word);
    if (marks != 0) return at + std::countr_zero(marks) / 8;
    at += 8;
  }
  for (; at != end; ++at) {
    const auto octet = static_cast<std::uint8_t>(*at);
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

bool JsonReader::begin(char opener) {
  if (peek() != opener || depth_ == kDepthMax) return fail();
  ++at_;
  ++depth_;
  first_ = true;
  return true;
}

// Moves past the comma to the next item, or past `closer`: then false, which is no failure.
bool JsonReader::next(char closer) {
  const char c = peek();
  if (c == closer) {
    ++at_;
    --depth_;
    first_ = false;
    return false;
  }
  if (!first_) {
    if (c != ',') return fail();
    ++at_;
  }
  first_ = false;
  return !failed_;
}

bool JsonReader::next_member(std::string_view& key) {
  if (!next('}') || !string(key)) return false;
  if (peek() != ':') return fail();
  ++at_;
  return true;
}

bool JsonReader::next_element() { return next(']'); }

bool JsonReader::string(std::string_view& out) {
  if (peek() != '"') return fail();
  const char* const start = ++at_;
  at_ = plain_run_end(start, end_);
  if (at_ != end_ && *at_ == '"') {
    out = {start, static_cast<std::size_t>(at_ - start)};
    ++at_;
    return true;
  }
  return string_from(start, out);
}

// The rest of a string whose first plain run has been seen.
bool JsonReader::string_from(const char* start, std::string_view& out) {
  if (unescaped_.capacity() < text_bytes_ * kGrowthMax)
    unescaped_.reserve(text_bytes_ * kGrowthMax);
  const std::size_t begin = unescaped_.size();
  const char* copied = start;  // what lies before is in unescaped_, if anything is
  bool changed = false;
  const auto copy_up_to_here = [&] {
    unescaped_.append(copied, at_);
    changed = true;
  };
  for (; at_ != end_; at_ = plain_run_end(at_, end_)) {
    const auto octet = static_cast<std::uint8_t>(*at_);
    if (octet == '"') {
      if (changed) copy_up_to_here();
      out = changed ? std::string_view(unescaped_).substr(begin)
                    : std::string_view(start, static_cast<std::size_t>(at_ - start));
      ++at_;
      return true;
    }
    if (octet < 0x20) return fail();
    if (octet == '\\') {
      copy_up_to_here();
      if (!escape()) return false;
      copied = at_;
    } else if (const std::size_t size = utf8_size({at_, left()}); size != 0) {
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
  if (left() < 4) return false;
  out = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const char c = lower(at_[i]);
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
  if (++at_ == end_) return fail();
  const char letter = *at_++;
  if (letter != 'u') {
    const std::size_t which = kLetters.find(letter);
    if (which == std::string_view::npos) return fail();
    unescaped_.push_back(kMeanings[which]);
    return true;
  }
  std::uint32_t unit = 0;
  if (!hex4(unit)) return fail();
  if (unit >= 0xd800 && unit <= 0xdfff) {
    const char* const after = at_;
    std::uint32_t second = 0;
    const bool more = unit < 0xdc00 && left() >= 2 && at_[0] == '\\' && at_[1] == 'u';
    if (more) at_ += 2;
    if (more && hex4(second) && second >= 0xdc00 && second <= 0xdfff) {
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
  const char first = peek();
  if (first < '0' || first > '9') return fail();
  const char* const start = at_;
  std::uint64_t value = 0;
  for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++at_) {
    const auto digit = static_cast<std::uint64_t>(*at_ - '0');
    if (value > (UINT64_MAX - digit) / 10) return fail();
    value = value * 10 + digit;
  }
  if (first == '0' && at_ != start + 1) return fail();
  out = value;
  return true;  // a fraction or exponent that follows is no ',' or '}': the next call fails
}

bool JsonReader::literal(std::string_view word) {
  if (peek() != word.front() || std::string_view(at_, left()).substr(0, word.size()) != word) {
    return false;
  }
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
    const char* const start = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != start;
  };
  const auto take = [this](std::string_view any) {
    if (at_ == end_ || any.find(*at_) == std::string_view::npos) return false;
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
  std::string_view ignored;
  const std::size_t kept = unescaped_.size();
  switch (peek()) {
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

bool JsonReader::finish() { return peek() == '\0' && at_ == end_ && !failed_ && depth_ == 0; }

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
