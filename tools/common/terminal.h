// Text from strangers on a terminal: aliases, node names and errors may hold escape sequences that
// rewrite what the reader sees. Everything that a client chose goes through here before it is
// shown.
//
// Any thread; no state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mnm::tools {

// Control characters (C0, DEL, C1), formatting ones (bidi overrides, joiners), line and paragraph
// separators as \u{1b}; octets that are no UTF-8 as \x{ff}; a backslash as two. All else as it is,
// so the result is UTF-8 on one line, and tells apart what was different.
void append_escaped(std::string& out, std::string_view text);
[[nodiscard]] std::string escaped(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text);
// Columns that `text`, already escaped, takes on a terminal.
[[nodiscard]] std::size_t display_columns(std::string_view text);

[[nodiscard]] bool is_terminal(int fd);
// Only on a terminal, not a dumb one, and not with NO_COLOR in the environment.
[[nodiscard]] bool use_colour(int fd);

}  // namespace mnm::tools
