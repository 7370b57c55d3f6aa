// A table for people: aligned under a header on a terminal, tab-separated without one in a pipe.
//
// One thread. Cells are shown as given: escape what strangers chose (terminal.h) before.
#pragma once

#include <string>
#include <vector>

namespace mnm::tools {

class Table {
 public:
  struct Column {
    std::string header;
    bool right = false;  // numbers
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as there are columns.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string render(bool aligned) const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths() const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// `text` and the spaces that make it `columns` wide.
void append_padded(std::string& out, const std::string& text, std::size_t columns, bool right);

}  // namespace mnm::tools
