// Compact JSON, written in the order given. Safe on a terminal, too: control and formatting
// characters are always written as \uXXXX, which means the same to every reader of JSON.
//
// One thread. Well-formed as long as each begin has its end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mnm::tools {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

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

  JsonWriter& text(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonWriter& number(std::string_view name, std::uint64_t value) { return key(name).number(value); }
  JsonWriter& flag(std::string_view name, bool value) { return key(name).flag(value); }

 private:
  JsonWriter& open(char c);
  JsonWriter& close(char c);
  void separate();

  std::string& out_;
  bool first_ = true;  // in the innermost object or array, nothing was written yet
};

}  // namespace mnm::tools
