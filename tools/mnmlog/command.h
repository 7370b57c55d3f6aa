// The table of subcommands, one file each (tools/mnmlog/cmd_NAME.cc), and what they share.
//
// Main thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "common/command_page.h"

namespace mnm::mnmlog {

struct Arguments : std::vector<std::string> {
  using std::vector<std::string>::vector;
  // When set, a command only says here what it takes.
  tools::CommandPage* page = nullptr;
};

struct Command {
  std::string_view name;
  std::string_view summary;
  std::string_view examples;  // shown by --help, one a line
  // 0, or 1 for a negative answer.
  Result<int> (*run)(const Command& command, const Arguments& arguments);
};

[[nodiscard]] std::span<const Command> commands();
[[nodiscard]] const Command* find_command(std::string_view name);
// mnmlog as a whole, all commands with their options.
[[nodiscard]] tools::CommandPage describe_program();
// What --help without a command says.
[[nodiscard]] std::string usage();

Result<int> run_info(const Command& command, const Arguments& arguments);
Result<int> run_show(const Command& command, const Arguments& arguments);
Result<int> run_tail(const Command& command, const Arguments& arguments);
Result<int> run_get(const Command& command, const Arguments& arguments);
Result<int> run_trace(const Command& command, const Arguments& arguments);
Result<int> run_why(const Command& command, const Arguments& arguments);
Result<int> run_queue(const Command& command, const Arguments& arguments);
Result<int> run_state(const Command& command, const Arguments& arguments);
Result<int> run_diff(const Command& command, const Arguments& arguments);
Result<int> run_stats(const Command& command, const Arguments& arguments);
Result<int> run_schema(const Command& command, const Arguments& arguments);
Result<int> run_verify(const Command& command, const Arguments& arguments);
Result<int> run_export(const Command& command, const Arguments& arguments);
Result<int> run_import(const Command& command, const Arguments& arguments);
Result<int> run_prove(const Command& command, const Arguments& arguments);
Result<int> run_check_proof(const Command& command, const Arguments& arguments);
Result<int> run_replay(const Command& command, const Arguments& arguments);
Result<int> run_completion(const Command& command, const Arguments& arguments);

}  // namespace mnm::mnmlog
