// The subcommands: each has a file of its own with one function that declares its options and says
// what to run. main.cc has the table.
//
// Main thread.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "base/error.h"
#include "common/program.h"
#include "mnm/session.h"

namespace mnm::client {

// What all subcommands share. A command line fills it, then `run` is called once; what it returns
// is the exit code.
struct Context {
  explicit Context(tools::Output& output) : out(output) {}
  tools::Output& out;
  SessionOptions session;
  bool json = false;
  std::function<Result<int>()> run;
};

using AddCommand = void (*)(CLI::App& app, Context& context);

void add_register(CLI::App& app, Context& context);
void add_post(CLI::App& app, Context& context);
void add_ping(CLI::App& app, Context& context);
void add_receive(CLI::App& app, Context& context);
void add_group(CLI::App& app, Context& context);
void add_alias(CLI::App& app, Context& context);
void add_node(CLI::App& app, Context& context);
void add_ohi(CLI::App& app, Context& context);
void add_raw(CLI::App& app, Context& context);
void add_profile(CLI::App& app, Context& context);

// The options that most have. command.cc.
void add_as(CLI::App& command, Context& context);
void add_link_options(CLI::App& command, Context& context);
void add_timeout(CLI::App& command, Context& context);
void add_json(CLI::App& command, Context& context);
// With `text` under the options.
void add_examples(CLI::App& command, const std::string& text);

// Asks once, prints that it was done: the id of the message that tells others, if there is one.
[[nodiscard]] Result<net::Reply> ask_and_tell(Context& context, net::ClientRequest request,
                                              BodySource* body);

// A line on standard error, escaped.
void tell(const std::string& text);

}  // namespace mnm::client
