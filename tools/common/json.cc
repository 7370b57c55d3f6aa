#include "common/json.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <iterator>

namespace mnm::tools {
namespace {

bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

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

}  // namespace

void JsonWriter::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

JsonWriter& JsonWriter::open(char c) {
  separate();
  out_ += c;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::close(char c) {
  out_ += c;
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  first_ = true;  // the value needs no comma
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  out_ += '"';
  if (std::ranges::all_of(value, is_plain)) {
    out_ += value;
    value = {};
  }
  while (!value.empty()) {
    utf8proc_int32_t code = 0;
    const utf8proc_ssize_t octets =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(value.data()),
                         static_cast<utf8proc_ssize_t>(value.size()), &code);
    if (octets <= 0) {
      out_ += "\xef\xbf\xbd";
      value.remove_prefix(1);
      continue;
    }
    append_character(out_, code, value.substr(0, static_cast<std::size_t>(octets)));
    value.remove_prefix(static_cast<std::size_t>(octets));
  }
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::number(std::uint64_t value) {
  separate();
  const fmt::format_int digits(value);
  out_.append(digits.data(), digits.size());
  return *this;
}

JsonWriter& JsonWriter::real(double value) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{:.3f}", value);
  return *this;
}

JsonWriter& JsonWriter::flag(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  separate();
  out_ += "null";
  return *this;
}

}  // namespace mnm::tools
