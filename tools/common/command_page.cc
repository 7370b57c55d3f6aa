// From a CLI11 app to its description, and the word that asks for it.
#include "common/command_page.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "common/program.h"

namespace mnm::tools {
namespace {

// CLI11 appends the validators to the type: "TEXT:{mnm,jsonl}".
std::vector<std::string> choices_of(const std::string& type) {
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open);
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos) return choices;
  std::size_t at = open + 1;
  while (at < close) {
    const std::size_t end = std::min(type.find(',', at), close);
    choices.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return choices;
}

std::string value_of(const CLI::Option& option) {
  if (option.get_expected_max() == 0 || option.get_type_size() == 0) return {};
  const std::string type = option.get_type_name();
  const std::string name = type.substr(0, type.find(':'));
  return name.empty() || name == "TEXT" || name == "UINT" ? "VALUE" : name;
}

OptionPage page_of(const CLI::Option& option) {
  OptionPage page;
  page.positional =
      !option.get_positional() ? false : option.get_lnames().empty() && option.get_snames().empty();
  if (page.positional) {
    page.names = {option.get_name(true)};
  } else {
    for (const std::string& name : option.get_snames()) page.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) page.names.push_back("--" + name);
    page.value = value_of(option);
  }
  page.help = option.get_description();
  page.choices = choices_of(option.get_type_name());
  return page;
}

}  // namespace

CommandPage describe(const CLI::App& app) {
  CommandPage page;
  page.name = app.get_name();
  page.summary = app.get_description();
  while (page.summary.ends_with('\n')) page.summary.pop_back();
  // A command that has no notes of its own has its parent's.
  const CLI::App* parent = app.get_parent();
  if (parent == nullptr || app.get_footer() != parent->get_footer()) page.notes = app.get_footer();
  for (const CLI::Option* option : app.get_options()) page.options.push_back(page_of(*option));
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (!command->get_name().empty()) page.commands.push_back(describe(*command));
  }
  return page;
}

std::optional<int> answer_completion(const CommandPage& program, int section,
                                     std::string_view version,
                                     const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] != "completion") return std::nullopt;
  const Result<std::string> text = arguments.size() != 2 ? completion(program, "")
                                   : arguments[1] == "man"
                                       ? Result<std::string>(man_page(program, section, version))
                                       : completion(program, arguments[1]);
  if (!text) return report(program.name, text.error());
  Output out;
  out.write(*text);
  const Result<> written = out.finish();
  return written ? 0 : report(program.name, written.error());
}

}  // namespace mnm::tools
