// mnmd's manual page and completion, from its table of options: a program of the build, so that the
// relay itself needn't know of either.
#include <fmt/format.h>

#include "common/command_page.h"
#include "common/program.h"
#include "daemon/config_options.h"

namespace mnm {
namespace {

tools::CommandPage describe_mnmd() {
  tools::CommandPage page{
      .name = "mnmd",
      .summary =
          "the mnm relay\nKeeps each message until every recipient has acknowledged it. "
          "doc/mnmd.md describes its configuration.",
      .notes =
          "Each option is also a key of the file and a variable of the environment:\n"
          "--purge-window, purge_window, MNM_PURGE_WINDOW.\n"
          "A flag wins over a variable, a variable over the file.\n\n"
          "Exit codes: 0 ok, 2 usage, 3 corruption, 4 tampering, 5 unavailable, 6 denied,\n"
          "7 unknown format\n",
      .options = {{.names = {"--config"},
                   .value = "FILE",
                   .help = "Reads this file (TOML) first",
                   .choices = {}},
                  {.names = {"--check-config"},
                   .value = {},
                   .help = "Only checks the configuration",
                   .choices = {}},
                  {.names = {"--help"}, .value = {}, .help = "The options", .choices = {}},
                  {.names = {"--version"}, .value = {}, .help = "The version", .choices = {}}},
      .commands = {}};
  for (const daemon::Option& option : daemon::options()) {
    std::string help = option.help;
    if (const std::string known = option.default_text(); !known.empty()) {
      help += fmt::format(" ({})", known);
    }
    page.options.push_back({.names = {fmt::format("--{}", option.name)},
                            .value = option.value_name,
                            .help = std::move(help),
                            .choices = {}});
  }
  return page;
}

}  // namespace
}  // namespace mnm

int main(int argc, char** argv) {
  return mnm::tools::answer_completion(mnm::describe_mnmd(), 8, MNM_VERSION,
                                       {argv + 1, argv + argc})
      .value_or(mnm::exit_code(mnm::ErrorCode::kUsage));
}
