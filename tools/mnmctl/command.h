// What the files of mnmctl share: one file a subcommand, each of which adds itself to the program
// and, when it is the one that was typed, says what to run.
//
// Main thread.
#pragma once

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace mnm::mnmctl {

inline constexpr std::string_view kProgram = "mnmctl";

struct Options {
  std::string directory = "./mnm-data";
  bool json = false;
  bool yes = false;
};

// The chosen subcommand's work; its exit code.
using Work = std::function<Result<int>(const Options&)>;

void add_relay_commands(CLI::App& app, Work& work);    // status, digest, heads, scrub
void add_user_commands(CLI::App& app, Work& work);     // user, receive-only, session, node
void add_message_commands(CLI::App& app, Work& work);  // message purge|recall
void add_backup_command(CLI::App& app, Work& work);
void add_restore_command(CLI::App& app, Work& work);
void add_retain_command(CLI::App& app, Work& work);
void add_console_command(CLI::App& app, Work& work);
void add_rekey_command(CLI::App& app, Work& work);

// --- for those that only ask the relay ---

// Its answer to `command` with these fields, without "ok". kNegative with its words when it
// refuses.
[[nodiscard]] Result<boost::json::object> ask(const Options& options, std::string_view command,
                                              boost::json::object fields = {}, int timeout_ms = 0);
// Writes the answer: lines of a name and a value, or JSON as it came.
[[nodiscard]] Result<int> show(const Options& options, const boost::json::object& answer);
[[nodiscard]] Result<int> ask_and_show(const Options& options, std::string_view command,
                                       boost::json::object fields = {});
// On a terminal, without --yes, asks whether to go on; kNegative when not. Scripts aren't asked.
[[nodiscard]] Result<> confirm(const Options& options, std::string_view what);

}  // namespace mnm::mnmctl
