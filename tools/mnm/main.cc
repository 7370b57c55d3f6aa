// mnm: the client. One table of subcommands; what they share is in command.h.
#include <array>
#include <cstdio>
#include <string>

#include "common/command_page.h"
#include "mnm/command.h"

namespace mnm::client {
namespace {

constexpr std::array<AddCommand, 10> kCommands = {
    add_register, add_post, add_ping, add_receive, add_group,
    add_alias,    add_node, add_ohi,  add_profile, add_raw,
};

// CLI11's own codes are not ours: help and version are 0, all else is 2.
int parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return -1;
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    (void)app.exit(error);
    return asked ? 0 : exit_code(ErrorCode::kUsage);
  }
}

int run(int argc, char** argv) {
  tools::catch_signals();
  tools::Output out;
  Context context(out);
  CLI::App app("Sends and receives messages through a relay, mnmd.\n", "mnm");
  app.set_version_flag("--version", "mnm " MNM_VERSION);
  app.require_subcommand(1);
  app.footer(
      "A first conversation:\n"
      "  mnm register --as alice --alias alice-at-home\n"
      "  mnm register --as bob --alias bob-at-work\n"
      "  mnm ping --as alice --from alice-at-home --to bob-at-work 'hello'\n"
      "  mnm receive --as bob          shows alice's uid; then\n"
      "  mnm post --as bob --to UID --message 'hello, alice'\n"
      "Exit codes: 0 ok, 1 the answer is no, 2 usage, 3 damaged profile, 5 unavailable,\n"
      "6 denied, 7 unknown format, 8 interrupted.");
  for (const AddCommand add : kCommands) add(app, context);
  if (const auto code =
          tools::answer_completion(tools::describe(app), 1, MNM_VERSION, {argv + 1, argv + argc})) {
    return *code;
  }
  if (const int code = parse(app, argc, argv); code >= 0) return code;
  const Result<int> code = context.run();
  const Result<> written = out.finish();
  if (!code) return tools::report("mnm", code.error());
  if (!written) return tools::report("mnm", written.error());
  return *code;
}

}  // namespace
}  // namespace mnm::client

int main(int argc, char** argv) {
  try {
    return mnm::client::run(argc, argv);
  } catch (const std::exception& error) {  // memory, or a library's own
    return mnm::tools::report("mnm", {mnm::ErrorCode::kUnavailable, error.what()});
  }
}
