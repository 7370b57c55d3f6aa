#include "common/terminal.h"

#include <fmt/format.h>
#include <unistd.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "common/plain.h"

namespace mnm::tools {
namespace {

bool is_hidden(utf8proc_int32_t code) {
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:  // private use: each terminal's font draws something else
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    default:
      return false;
  }
}

// Calls visit(code, octets) for each character; code -1 for an octet that is no UTF-8.
template <class Visit>
void each_character(std::string_view text, Visit visit) {
  while (!text.empty()) {
    utf8proc_int32_t code = -1;
    const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    utf8proc_ssize_t octets =
        utf8proc_iterate(at, static_cast<utf8proc_ssize_t>(text.size()), &code);
    if (octets <= 0) {
      octets = 1;
      code = -1;
    }
    visit(code, text.substr(0, static_cast<std::size_t>(octets)));
    text.remove_prefix(static_cast<std::size_t>(octets));
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  if (is_plain(text)) {
    out += text;
    return;
  }
  each_character(text, [&out](utf8proc_int32_t code, std::string_view octets) {
    if (code < 0) {
      fmt::format_to(std::back_inserter(out), "\\x{{{:02x}}}",
                     static_cast<unsigned char>(octets.front()));
    } else if (code == '\\') {
      out += "\\\\";
    } else if (is_hidden(code)) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", code);
    } else {
      out += octets;
    }
  });
}

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

bool is_utf8(std::string_view text) {
  if (is_plain(text)) return true;
  bool good = true;
  each_character(text, [&good](utf8proc_int32_t code, std::string_view) { good &= code >= 0; });
  return good;
}

std::size_t display_columns(std::string_view text) {
  if (is_plain(text)) return text.size();
  std::size_t columns = 0;
  each_character(text, [&columns](utf8proc_int32_t code, std::string_view) {
    columns += code < 0 ? 1 : static_cast<std::size_t>(std::max(0, utf8proc_charwidth(code)));
  });
  return columns;
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

bool use_colour(int fd) {
  const char* no_colour = std::getenv("NO_COLOR");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  const char* term = std::getenv("TERM");
  return is_terminal(fd) && term != nullptr && std::string_view(term) != "dumb";
}

}  // namespace mnm::tools
