// A subcommand's options: those that all have, those that several have, and its own, parsed by
// CLI11.
//
// Main thread. Give it all options, parse() once, then read what was given.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/duration.h"
#include "common/program.h"
#include "mnmlog/command.h"
#include "mnmlog/filter.h"
#include "mnmlog/format.h"
#include "mnmlog/place.h"

namespace mnm::mnmlog {

class CommandLine {
 public:
  explicit CommandLine(const Command& command);

  void add_range();
  void add_filters();
  // --format, --json, --fields, --numbers.
  void add_event_formats();
  void add_numbers();
  void add_pager();
  void add_json();  // for commands that have but one other form
  [[nodiscard]] CLI::App& app() { return app_; }

  // An exit code when that is all there is to do: help was asked for, or the usage is wrong.
  [[nodiscard]] std::optional<int> parse(const Arguments& arguments);

  [[nodiscard]] const std::string& directory() const { return place_.directory; }
  [[nodiscard]] const Place& place() const { return place_; }
  [[nodiscard]] const std::string& range() const { return range_; }
  [[nodiscard]] const FilterOptions& filters() const { return filters_; }
  [[nodiscard]] bool quiet() const { return quiet_; }
  [[nodiscard]] bool json() const { return json_; }
  // With add_pager(): long output goes through one.
  void page(tools::Output& out) const {
    if (!no_pager_) out.page();
  }
  [[nodiscard]] bool numbers() const { return numbers_; }
  [[nodiscard]] tools::Zone zone() const { return utc_ ? tools::Zone::kUtc : tools::Zone::kLocal; }
  [[nodiscard]] Result<FormatOptions> format() const;

 private:
  CLI::App app_;
  Place place_{.directory = "./mnm-data", .key_file = {}};
  std::string range_;
  std::string format_ = "table";
  std::vector<std::string> fields_;
  FilterOptions filters_;
  bool quiet_ = false;
  bool utc_ = false;
  bool json_ = false;
  bool numbers_ = false;
  bool no_pager_ = false;
};

}  // namespace mnm::mnmlog
