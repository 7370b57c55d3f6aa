#include "common/json.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <charconv>
#include <iterator>
#include <limits>
#include <utility>

#include "common/plain.h"

namespace mnm::tools {
namespace {

void append_unit(std::string& out, std::uint32_t unit) {
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit);
}

bool stays(utf8proc_int32_t code) {
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return true;
  }
}

void append_character(std::string& out, utf8proc_int32_t code, std::string_view octets) {
  if (code == '"' || code == '\\') {
    out += '\\';
    out += static_cast<char>(code);
  } else if (code == '\n') {
    out += "\\n";
  } else if (stays(code)) {
    out += octets;
  } else if (code < 0x10000) {
    append_unit(out, static_cast<std::uint32_t>(code));
  } else {
    const std::uint32_t above = static_cast<std::uint32_t>(code) - 0x10000;
    append_unit(out, 0xd800 + (above >> 10));
    append_unit(out, 0xdc00 + (above & 0x3ff));
  }
}

// `value` as the inside of a string.
void append_inside(std::string& out, std::string_view value) {
  while (!value.empty()) {
    utf8proc_int32_t code = 0;
    const utf8proc_ssize_t octets =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(value.data()),
                         static_cast<utf8proc_ssize_t>(value.size()), &code);
    if (octets <= 0) {
      out += "\xef\xbf\xbd";
      value.remove_prefix(1);
      continue;
    }
    append_character(out, code, value.substr(0, static_cast<std::size_t>(octets)));
    value.remove_prefix(static_cast<std::size_t>(octets));
  }
}

}  // namespace

void JsonWriter::settle() {
  out_.append(octets_.data(), gathered_);
  gathered_ = 0;
}

void JsonWriter::put(char c) {
  if (gathered_ == octets_.size()) settle();
  octets_[gathered_++] = c;
}

void JsonWriter::put(std::string_view text) {
  if (text.size() > octets_.size() - gathered_) settle();
  if (text.size() > octets_.size()) {
    out_ += text;
  } else {
    gathered_ += text.copy(octets_.data() + gathered_, text.size());
  }
}

void JsonWriter::separate() {
  if (!first_) put(',');
  first_ = false;
}

JsonWriter& JsonWriter::open(char c) {
  separate();
  put(c);
  first_ = true;
  ++depth_;
  return *this;
}

JsonWriter& JsonWriter::close(char c) {
  put(c);
  first_ = false;
  if (--depth_ == 0) settle();
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  put('"');
  put(name);
  put("\":");
  first_ = true;  // the value needs no comma
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  if (is_plain(value)) return plain({}, value, true);
  std::string inside;
  append_inside(inside, value);
  return plain({}, inside, true);
}

JsonWriter& JsonWriter::number(std::uint64_t value) { return number({}, value); }
JsonWriter& JsonWriter::real(double value) {
  return plain({}, fmt::format("{:.3f}", value), false);
}
JsonWriter& JsonWriter::flag(bool value) { return flag({}, value); }
JsonWriter& JsonWriter::null() { return plain({}, "null", false); }

JsonWriter& JsonWriter::text(std::string_view name, std::string_view value) {
  return is_plain(value) ? plain(name, value, true) : key(name).text(value);
}
JsonWriter& JsonWriter::word(std::string_view name, std::string_view value) {
  return plain(name, value, true);
}
JsonWriter& JsonWriter::number(std::string_view name, std::uint64_t value) {
  std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits{};
  char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return plain(name, {digits.data(), end}, false);
}
JsonWriter& JsonWriter::flag(std::string_view name, bool value) {
  return plain(name, value ? "true" : "false", false);
}

// All at once: to look for room for each part is most of what a member costs.
JsonWriter& JsonWriter::plain(std::string_view name, std::string_view value, bool quoted) {
  constexpr std::size_t kMarks = 6;  // ,"":""
  const std::size_t bytes = name.size() + value.size() + kMarks;
  if (bytes > octets_.size() - gathered_) settle();
  if (bytes > octets_.size()) return plain_and_long(name, value, quoted);
  char* at = octets_.data() + gathered_;
  if (!std::exchange(first_, false)) *at++ = ',';
  if (!name.empty()) {
    *at++ = '"';
    at += name.copy(at, name.size());
    *at++ = '"';
    *at++ = ':';
  }
  if (quoted) *at++ = '"';
  at += value.copy(at, value.size());
  if (quoted) *at++ = '"';
  gathered_ = static_cast<std::size_t>(at - octets_.data());
  return *this;
}

JsonWriter& JsonWriter::plain_and_long(std::string_view name, std::string_view value, bool quoted) {
  if (!name.empty()) key(name);
  separate();
  if (quoted) put('"');
  put(value);
  if (quoted) put('"');
  return *this;
}

}  // namespace mnm::tools
