#include "mnmlog/command_line.h"

#include <fmt/format.h>

#include <algorithm>

namespace mnm::mnmlog {

CommandLine::CommandLine(const Command& command)
    : app_(std::string(command.summary), "mnmlog " + std::string(command.name)) {
  app_.footer(
      fmt::format("Examples:\n{}\n\n"
                  "Exit codes: 0 ok, 1 the answer is no, 2 usage, 3 corruption, "
                  "4 tampering, 5 unavailable,\n6 denied, 7 unknown format, 8 interrupted",
                  command.examples));
  app_.add_option("--data", place_.directory, "The data directory, only read")
      ->envname("MNM_DATA")
      ->capture_default_str();
  app_.add_option("--key", place_.key_file,
                  "The file with the key of a sealed data directory; - asks for it")
      ->envname("MNM_KEY");
  app_.add_flag("-q,--quiet", quiet_, "No line about the source on standard error");
  app_.add_flag("--utc", utc_, "Times given and shown are UTC, not local ones");
}

void CommandLine::add_range() {
  app_.add_option("RANGE", range_,
                  "X..Y, either side may be missing; each an LSN, @2026-01-02T03:04, @-2h, @today, "
                  "end, end-100, cursor:FILE; Y also a duration, counted from X");
}

void CommandLine::add_filters() {
  const auto add = [this](const char* name, std::vector<std::string>& values, const char* help) {
    // One word each: without the last setting it would eat those that follow, and the -- as well.
    app_.add_option(name, values, help)
        ->delimiter(',')
        ->expected(1)
        ->allow_extra_args(false)
        ->take_all();
  };
  add("-o,--op", filters_.ops, "An op (post, ack, login) or a kind of event (stored, acked)");
  add("-u,--user", filters_.users, "A uid, an alias or #NUMBER: who did it or whom it concerns");
  add("-g,--group", filters_.groups, "A group id or #NUMBER");
  add("--node", filters_.nodes, "USER/ORDINAL or #NUMBER");
  add("-m,--msgid", filters_.messages, "A message's id");
  add("--session", filters_.sessions, "A session's number (from 1 at each start of the relay)");
  app_.add_option("--where", filters_.where,
                  "An expression over the fields: 'data_bytes > 1MB && !(kind == ping)'");
  app_.add_option("--grep", filters_.grep, "A regular expression in the line of the table");
}

void CommandLine::add_event_formats() {
  app_.add_option("--format", format_,
                  "table, line, json, jsonl, csv, proto, or 'tmpl:%{lsn} %{what}'")
      ->capture_default_str();
  app_.add_flag("--json", json_, "The same as --format json");
  app_.add_option("--fields", fields_, "Only these fields, comma-separated")
      ->delimiter(',')
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  add_numbers();
}

void CommandLine::add_numbers() {
  app_.add_flag("--numbers", numbers_, "Users, nodes and groups by number: reads no names");
}

void CommandLine::add_pager() {
  app_.add_flag("--no-pager", no_pager_,
                "On a terminal: long output isn't shown with $MNM_PAGER, $PAGER or less");
}

void CommandLine::add_json() { app_.add_flag("--json", json_, "One JSON object"); }

Result<FormatOptions> CommandLine::format() const {
  return make_format(json_ ? "json" : format_, fields_, zone());
}

std::optional<int> CommandLine::parse(const Arguments& arguments) {
  if (arguments.page != nullptr) {
    *arguments.page = tools::describe(app_);
    return 0;
  }
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 takes them
  try {
    app_.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return app_.exit(error) == 0 ? 0 : exit_code(ErrorCode::kUsage);
  }
  return std::nullopt;
}

}  // namespace mnm::mnmlog
