// What a program's command line takes, as data: for its manual page and for completion in shells,
// so that both follow from the table that the program parses by.
//
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace CLI {  // NOLINT: theirs
class App;
}

namespace mnm::tools {

struct OptionPage {
  std::vector<std::string> names;  // "-n", "--limit"; of a positional, its one name
  std::string value;               // what it takes ("URL"); empty for a flag
  std::string help;
  std::vector<std::string> choices;  // all that it takes, if that is a list
  bool positional = false;
};

struct CommandPage {
  std::string name;
  std::string summary;  // a phrase
  std::string notes;    // examples and exit codes, as --help shows them
  std::vector<OptionPage> options;
  std::vector<CommandPage> commands;
};

// Of an app with all its options and subcommands.
[[nodiscard]] CommandPage describe(const CLI::App& app);

// In roff, for man(1). `section` is 1 or 8.
[[nodiscard]] std::string man_page(const CommandPage& program, int section,
                                   std::string_view version);

// What the shell reads: bash, zsh or fish. kUsage for another.
[[nodiscard]] Result<std::string> completion(const CommandPage& program, std::string_view shell);

// "completion bash|zsh|fish|man": what stands behind that word, printed on standard output. Nothing
// when `arguments` say something else; else the exit code.
[[nodiscard]] std::optional<int> answer_completion(const CommandPage& program, int section,
                                                   std::string_view version,
                                                   const std::vector<std::string>& arguments);

}  // namespace mnm::tools
