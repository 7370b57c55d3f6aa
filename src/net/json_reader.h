// A strict pull reader of JSON text: what is asked for must be there, in the type asked for, or the
// reader has failed for good and every later call says false.
//
// One thread at a time. The text must outlive the reader; strings that it returns are views into
// the text or, where they had escapes, into the reader.
//
// Strings come out as Go's encoding/json gives them: an octet that is not part of valid UTF-8 and
// an escaped surrogate without its partner become U+FFFD each, \u0000 is kept. Integers are plain
// decimal digits: 11.0, 1e1, -0 and 01 are none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mnm::net {

class JsonReader {
 public:
  static constexpr unsigned kDepthMax = 32;  // objects and arrays within each other

  explicit JsonReader(std::string_view text)
      : at_(text.data()), end_(text.data() + text.size()), text_bytes_(text.size()) {}
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  // An object: begin, then next_member() until it says false, each true followed by one value.
  bool begin_object() { return begin('{'); }
  bool next_member(std::string_view& key);
  // An array: the same with next_element().
  bool begin_array() { return begin('['); }
  bool next_element();

  bool string(std::string_view& out);
  bool integer(std::uint64_t& out);
  bool boolean(bool& out);
  bool skip();  // any value
  // Whether a null comes next; takes it if so. No failure if not.
  bool take_null();
  // Whether the next value is a string; takes nothing.
  [[nodiscard]] bool at_string() { return peek() == '"'; }
  // Whether all was well and nothing but white space is left.
  bool finish();
  [[nodiscard]] bool ok() const { return !failed_; }

 private:
  bool fail() {
    failed_ = true;
    at_ = end_;
    return false;
  }
  // What the next octet is, white space passed over; NUL, which no JSON has outside of strings, at
  // the end.
  char peek() {
    while (at_ != end_ && static_cast<unsigned char>(*at_) <= ' ') {
      if (*at_ != ' ' && *at_ != '\t' && *at_ != '\n' && *at_ != '\r') return '\0';
      ++at_;
    }
    return at_ != end_ ? *at_ : '\0';
  }
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  bool begin(char opener);
  bool next(char closer);
  bool literal(std::string_view word);
  bool number();
  bool string_from(const char* start, std::string_view& out);
  bool escape();
  bool hex4(std::uint32_t& out);

  const char* at_;
  const char* end_;
  std::size_t text_bytes_;
  unsigned depth_ = 0;
  bool first_ = false;  // no member or element of the innermost object or array was read yet
  bool failed_ = false;
  std::string unescaped_;  // never reallocated once in use: results are views into it
};

// Notices a key that comes twice, without regard to ASCII case. For the rare fields that nobody
// knows: linear while they are few, sorted when many.
class KeySet {
 public:
  void add(std::string_view key) { keys_.push_back(key); }
  [[nodiscard]] bool has_duplicate();

 private:
  std::vector<std::string_view> keys_;
};

}  // namespace mnm::net
