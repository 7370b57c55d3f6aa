// Compact JSON, written in the order given. Safe on a terminal, too: control and formatting
// characters are always written as \uXXXX, which means the same to every reader of JSON.
//
// What is written is in the string once the outermost object or array has ended, or after settle():
// it is gathered first, since each octet appended to a string by itself costs as much as many.
//
// One thread. Well-formed as long as each begin has its end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mnm::tools {

class JsonWriter {
 public:
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): octets_ is filled as it is used
  explicit JsonWriter(std::string& out) : out_(out) {}
  ~JsonWriter() { settle(); }
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  // The next value's name; a plain ASCII word.
  JsonWriter& key(std::string_view name);

  // UTF-8; an octet that isn't becomes U+FFFD.
  JsonWriter& text(std::string_view value);
  JsonWriter& number(std::uint64_t value);
  JsonWriter& real(double value);
  JsonWriter& flag(bool value);
  JsonWriter& null();

  // key() and the value.
  JsonWriter& text(std::string_view name, std::string_view value);
  // A text of our own, of printable ASCII without " and \: it is not looked at.
  JsonWriter& word(std::string_view name, std::string_view value);
  JsonWriter& number(std::string_view name, std::uint64_t value);
  JsonWriter& flag(std::string_view name, bool value);

  // For who appends to the string in between.
  void settle();

 private:
  static constexpr std::size_t kGatheredBytes = 1024;

  JsonWriter& open(char c);
  JsonWriter& close(char c);
  // A value that needs no escape, and its name unless that is empty.
  JsonWriter& plain(std::string_view name, std::string_view value, bool quoted);
  JsonWriter& plain_and_long(std::string_view name, std::string_view value, bool quoted);
  void separate();
  void put(char c);
  void put(std::string_view text);

  std::string& out_;
  bool first_ = true;      // in the innermost object or array, nothing was written yet
  std::size_t depth_ = 0;  // objects and arrays that are open
  std::size_t gathered_ = 0;
  std::array<char, kGatheredBytes> octets_;
};

}  // namespace mnm::tools
