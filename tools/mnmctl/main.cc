// mnmctl: administers a relay. What a running one must do, it is asked over its admin socket.
#include <CLI/CLI.hpp>
#include <string>

#include "common/command_page.h"
#include "common/program.h"
#include "mnmctl/command.h"

namespace mnm::mnmctl {
namespace {

constexpr std::string_view kExamples =
    "Examples:\n"
    "  mnmctl --data /var/lib/mnm status\n"
    "  mnmctl digest --json\n"
    "  mnmctl receive-only MARIA7FK2PZ4 on      she may receive, not send\n"
    "  mnmctl heads-key > relay.pub             what mnmlog verify --heads wants with --pubkey\n"
    "  mnmctl scrub                             makes purged messages vanish from the disk now\n"
    "  mnmctl message purge 00000000000004d2 --reason 'court order 12/26'\n"
    "  mnmctl backup /backup/mnm                a new directory there, verified\n"
    "  mnmctl restore /backup/mnm --into DIR    from the newest one; without a relay\n"
    "  mnmctl retain --keep 90d --dry-run       what would be given up\n"
    "  mnmctl console                           a page that shows it all, in a browser\n"
    "  mnmctl rekey --new-key NEW               and --key OLD of a stopped relay\n\n"
    "Exit codes: 0 ok, 1 the answer is no, 2 usage, 3 corruption, 4 tampering, 5 no relay "
    "answers,\n"
    "6 denied";

int main_of(int argc, char** argv) {
  Options options;
  Work work;
  CLI::App app("Administers an mnm relay", std::string(kProgram));
  app.footer(std::string(kExamples));
  app.set_version_flag("--version", std::string("mnmctl " MNM_VERSION));
  app.add_option("--data", options.directory, "The relay's data directory")
      ->envname("MNM_DATA")
      ->capture_default_str();
  app.add_flag("--json", options.json, "The answer as JSON");
  app.add_flag("-y,--yes", options.yes, "Don't ask on a terminal before what can't be undone");
  app.require_subcommand(1);
  app.fallthrough();  // these also after the command
  add_relay_commands(app, work);
  add_user_commands(app, work);
  add_message_commands(app, work);
  add_backup_command(app, work);
  add_restore_command(app, work);
  add_retain_command(app, work);
  add_console_command(app, work);
  add_rekey_command(app, work);
  if (const auto code =
          tools::answer_completion(tools::describe(app), 1, MNM_VERSION, {argv + 1, argv + argc})) {
    return *code;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_code(ErrorCode::kUsage);
  }
  const Result<int> done = work(options);
  return done ? *done : tools::report(kProgram, done.error());
}

}  // namespace
}  // namespace mnm::mnmctl

int main(int argc, char** argv) {
  mnm::tools::catch_signals();
  try {
    return mnm::mnmctl::main_of(argc, argv);
  } catch (const std::exception& error) {
    return mnm::tools::report(mnm::mnmctl::kProgram, {mnm::ErrorCode::kUnavailable, error.what()});
  }
}
