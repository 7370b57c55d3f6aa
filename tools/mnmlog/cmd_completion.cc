// mnmlog completion: for shells, and the manual page, from the table of commands.
#include "common/program.h"
#include "mnmlog/command_line.h"

namespace mnm::mnmlog {

Result<int> run_completion(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  std::string kind;
  line.app()
      .add_option("SHELL", kind, "bash, zsh or fish; man is the manual page")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "man"}));
  if (const auto code = line.parse(arguments)) return *code;
  return tools::answer_completion(describe_program(), 1, MNM_VERSION, {"completion", kind})
      .value_or(exit_code(ErrorCode::kUsage));
}

}  // namespace mnm::mnmlog
