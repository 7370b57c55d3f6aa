#include "common/table.h"

#include <algorithm>

#include "common/terminal.h"

namespace mnm::tools {

void append_padded(std::string& out, const std::string& text, std::size_t columns, bool right) {
  const std::size_t own = display_columns(text);
  const std::size_t spaces = columns > own ? columns - own : 0;
  if (right) out.append(spaces, ' ');
  out += text;
  if (!right) out.append(spaces, ' ');
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths;
  widths.reserve(columns_.size());
  for (const Column& column : columns_) widths.push_back(display_columns(column.header));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], display_columns(row.at(i)));
    }
  }
  return widths;
}

std::string Table::render(bool aligned) const {
  std::string out;
  if (!aligned) {
    for (const auto& row : rows_) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) out += '\t';
        out += row[i];
      }
      out += '\n';
    }
    return out;
  }
  const std::vector<std::size_t> wide = widths();
  const auto line = [&](auto cell) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out += "  ";
      const bool last = i + 1 == columns_.size();
      append_padded(out, cell(i), last && !columns_[i].right ? 0 : wide[i], columns_[i].right);
    }
    out += '\n';
  };
  line([&](std::size_t i) { return columns_[i].header; });
  for (const auto& row : rows_) line([&](std::size_t i) { return row[i]; });
  return out;
}

}  // namespace mnm::tools
