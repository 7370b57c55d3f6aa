#include "daemon/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <toml++/toml.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "daemon/config_options.h"

namespace mnm::daemon {
namespace {

using Values = Option::Values;

Result<> set(Config& config, const Option& option, const Values& values, const std::string& where) {
  if (auto applied = option.apply(config, values); !applied) {
    return fail(applied.error().code, where + ": " + applied.error().text);
  }
  config.settings[option.key()] = {fmt::format("{}", fmt::join(values, ",")), where};
  return {};
}

std::string place(const std::string& path, const toml::source_region& source) {
  return fmt::format("{}:{}:{}", path, source.begin.line, source.begin.column);
}

Result<std::string> scalar(const toml::node& node) {
  if (const auto* string = node.as_string()) return string->get();
  if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  if (const auto* boolean = node.as_boolean()) {
    return std::string(boolean->get() ? "true" : "false");
  }
  return fail(ErrorCode::kUsage, "needs a string, number or boolean");
}

Result<Values> values_of(const toml::node& node, const Option& option) {
  Values values;
  const auto* array = node.as_array();
  if (array == nullptr) {
    auto value = scalar(node);
    if (!value) return fail(value.error());
    return Values{std::move(*value)};
  }
  if (!option.repeats) return fail(ErrorCode::kUsage, "takes one value, not a list");
  for (const toml::node& one : *array) {
    auto value = scalar(one);
    if (!value) return fail(value.error().code, "each entry " + value.error().text);
    values.push_back(std::move(*value));
  }
  if (values.empty() && !option.may_be_empty) return fail(ErrorCode::kUsage, "the list is empty");
  return values;
}

Result<> read_key(Config& config, const toml::key& key, const toml::node& node,
                  const std::string& path) {
  const std::string at = place(path, key.source());
  const std::string where = fmt::format("{}: {}", at, key.str());
  const auto option = std::ranges::find(options(), key.str(), &Option::key);
  if (option == options().end()) {
    std::vector<std::string> keys;
    for (const Option& known : options()) keys.push_back(known.key());
    return fail(ErrorCode::kUsage,
                fmt::format("{}: no such key{}", where, suggestion(key.str(), keys)));
  }
  const auto values = values_of(node, *option);
  if (!values) return fail(ErrorCode::kUsage, where + ": " + values.error().text);
  return set(config, *option, *values, where);
}

// `named_by`: the flag or variable that names the file, so that it must be there.
Result<> read_file(Config& config, const std::string& path, const std::string& named_by) {
  errno = 0;
  std::ifstream file(path);
  std::string text;
  if (!file || !std::getline(file, text, '\0').eof()) {
    const int error = errno != 0 ? errno : EIO;
    return fail(ErrorCode::kUsage, fmt::format("{}: cannot read {}: {}", named_by, path,
                                               std::generic_category().message(error)));
  }
  toml::table table;
  try {
    table = toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kUsage,
                fmt::format("{}: {}", place(path, error.source()), error.description()));
  }
  for (const auto& [key, node] : table) {
    if (auto read = read_key(config, key, node, path); !read) return read;
  }
  return {};
}

Result<> read_environment(Config& config, const Environment& environment) {
  for (const Option& option : options()) {
    const auto found = environment.find(option.variable());
    if (found == environment.end()) continue;
    const Values values =
        option.repeats ? CLI::detail::split(found->second, ',') : Values{found->second};
    if (auto done = set(config, option, values, option.variable()); !done) return done;
  }
  return {};
}

// The command line, not applied yet: its values by option, in the table's order.
struct CommandLine {
  CLI::App app{"mnmd, the relay of mnm: durable, auditable messages (mnm is not mail)", "mnmd"};
  std::vector<Values> given{options().size()};
  std::string config_file;
  bool check = false;
  bool show_origin = false;
  bool help = false;
  bool version = false;
  CLI::App* check_command = nullptr;
  CLI::App* show_command = nullptr;

  CommandLine() {
    app.set_help_flag();
    app.add_flag("-h,--help", help, "print this and exit");
    app.add_flag("--version", version, "print the version and exit");
    app.add_flag("--check-config", check, "the same as config check");
    app.add_option("--config", config_file,
                   "a TOML file with the options below as keys, '_' for '-'")
        ->type_name("FILE");
    for (std::size_t i = 0; i < options().size(); ++i) add(options()[i], given[i]);
    CLI::App* config = app.add_subcommand("config", "look at the configuration; starts nothing");
    config->set_help_flag();
    config->require_subcommand(1)->fallthrough();
    check_command = config->add_subcommand("check", "say what is wrong with it, if anything is");
    show_command = config->add_subcommand("show", "print every option, as a TOML file");
    for (CLI::App* command : {check_command, show_command}) {
      command->set_help_flag();
      command->fallthrough();
    }
    show_command->add_flag("--origin", show_origin, "and where each was set");
  }
  void add(const Option& option, Values& values) {
    const std::string flag = fmt::format("--{}", option.name);
    std::string help_text = option.help;
    if (const std::string known = option.default_text(); !known.empty()) {
      help_text += fmt::format(" ({})", known);
    }
    if (*option.value_name == '\0') {
      app.add_flag_callback(
          flag, [&values] { values = {"true"}; }, help_text);
    } else {
      app.add_option(flag, values, help_text)
          ->type_name(option.value_name)
          ->expected(1, -1)
          ->allow_extra_args(false);
    }
  }
  [[nodiscard]] Task task() const {
    if (help) return Task::kHelp;
    if (version) return Task::kVersion;
    if (check || check_command->parsed()) return Task::kCheckConfig;
    return show_command->parsed() ? Task::kShowConfig : Task::kServe;
  }
};

// What the user may have meant by a flag that there is none of.
std::string flag_suggestion(const std::vector<std::string>& arguments) {
  std::vector<std::string> known{"--help", "--version", "--config", "--check-config", "--origin"};
  for (const Option& option : options()) known.push_back(fmt::format("--{}", option.name));
  for (const std::string& argument : arguments) {
    const std::string flag = argument.substr(0, argument.find('='));
    if (flag.starts_with("--") && std::ranges::find(known, flag) == known.end()) {
      return suggestion(flag, known);
    }
  }
  return {};
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "mnm";
}

void fill_defaults(Config& config) {
  if (config.secrets.empty()) config.secrets = config.data + "/secrets";
  if (config.heads_file.empty()) config.heads_file = config.data + "/heads";
  if (config.server.site_name.empty()) config.server.site_name = host_name();
}

void listen_by_default(Config& config) {
  if (config.server.addresses.empty()) {
    net::ListenAddress tcp{.transport = event::TCP, .host = "127.0.0.1", .port = 7070, .path = {}};
    // Absolute and plain, since it is told to clients as unix:///PATH.
    const std::string path =
        (std::filesystem::absolute(config.data) / "mnm.sock").lexically_normal();
    net::ListenAddress local{.transport = event::UNIX, .host = {}, .path = path};
    config.server.addresses = {std::move(tcp), std::move(local)};
  }
}

// What options mean together.
Result<> combine(Config& config) {
  config.limits.distinct_aliases = config.alias_policy == "distinct";
  config.limits.register_needs_identity = config.auth == "required";
  if (config.auth == "off" || !config.auth_providers.empty()) return {};
  return fail(ErrorCode::kUsage, fmt::format("--auth {} needs --auth-providers FILE", config.auth));
}

}  // namespace

Hash Config::digest() const {
  std::string all;
  for (const auto& [key, setting] : settings) all += key + "=" + setting.value + "\n";
  return sha256(all);
}

std::string help_text() {
  return CommandLine().app.help() +
         "\nEach option is also a key of the file and a variable of the environment: "
         "--purge-window,\n"
         "purge_window, MNM_PURGE_WINDOW. A flag wins over a variable, a variable over the file.\n"
         "Exit codes: 0 ok, 2 usage, 3 corruption, 4 tampering, 5 unavailable, 6 denied, 7 "
         "unknown\n"
         "format.\n";
}

std::string show(const Config& config) {
  const auto literal = [](const Option& option, const std::string& value) {
    if (!option.is_text) return value;
    std::ostringstream out;
    out << toml::value<std::string>(value);
    return out.str();
  };
  std::string all;
  for (const Option& option : options()) {
    std::vector<std::string> literals;
    for (const std::string& value : option.show(config)) {
      literals.push_back(literal(option, value));
    }
    const std::string joined = fmt::format("{}", fmt::join(literals, ", "));
    all += option.repeats ? fmt::format("{} = [{}]", option.key(), joined)
                          : fmt::format("{} = {}", option.key(), joined);
    const auto setting = config.settings.find(option.key());
    const bool set = setting != config.settings.end();
    if (config.show_origin) all += fmt::format("  # {}", set ? setting->second.where : "default");
    all += "\n";
  }
  return all;
}

Result<Config> read_config(const std::vector<std::string>& arguments,
                           const Environment& environment) {
  CommandLine line;
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    line.app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::kUsage,
                fmt::format("{}{}; see mnmd --help", error.what(), flag_suggestion(arguments)));
  }
  Config config;
  config.task = line.task();
  config.show_origin = line.show_origin;
  config.config_file = line.config_file;
  std::string named_by = "--config";
  if (const auto variable = environment.find("MNM_CONFIG");
      config.config_file.empty() && variable != environment.end()) {
    config.config_file = variable->second;
    named_by = "MNM_CONFIG";
  }
  // Help is for those whose configuration is wrong, too.
  if (config.task == Task::kHelp || config.task == Task::kVersion) return config;
  if (!config.config_file.empty()) {
    if (auto read = read_file(config, config.config_file, named_by); !read) {
      return fail(read.error());
    }
  }
  if (auto read = read_environment(config, environment); !read) return fail(read.error());
  for (std::size_t i = 0; i < options().size(); ++i) {
    if (line.given[i].empty()) continue;
    const std::string where = fmt::format("--{}", options()[i].name);
    if (auto done = set(config, options()[i], line.given[i], where); !done)
      return fail(done.error());
  }
  fill_defaults(config);
  listen_by_default(config);
  if (auto combined = combine(config); !combined) return fail(combined.error());
  return config;
}

Result<Config> host_config(const HostSettings& settings) {
  Config config;
  for (const auto& [name, values] : settings) {
    const auto option = std::ranges::find_if(
        options(), [&name](const Option& known) { return known.name == name; });
    if (option == options().end()) {
      std::vector<std::string> names;
      for (const Option& known : options()) names.emplace_back(known.name);
      return fail(ErrorCode::kUsage,
                  fmt::format("{}: no such option{}", name, suggestion(name, names)));
    }
    const bool fits = values.size() == 1 || (option->repeats && !values.empty());
    if (!fits) return fail(ErrorCode::kUsage, name + ": needs one value");
    if (auto done = set(config, *option, values, name); !done) return fail(done.error());
  }
  fill_defaults(config);
  if (auto combined = combine(config); !combined) return fail(combined.error());
  return config;
}

}  // namespace mnm::daemon
