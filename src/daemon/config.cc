#include "daemon/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <toml++/toml.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <limits>

#include "daemon/units.h"

namespace mnm::daemon {
namespace {

using Values = std::vector<std::string>;
using Apply = std::function<Result<>(Config&, const Values&)>;

struct Option {
  const char* name;        // of the flag
  const char* value_name;  // empty for a switch
  const char* help;
  Apply apply;
  bool repeats = false;

  [[nodiscard]] std::string key() const {
    std::string key = name;
    std::ranges::replace(key, '-', '_');
    return key;
  }
  [[nodiscard]] std::string variable() const {
    std::string variable = "MNM_" + key();
    std::ranges::transform(variable, variable.begin(),
                           [](unsigned char c) { return std::toupper(c); });
    return variable;
  }
};

Apply text(std::function<std::string&(Config&)> field) {
  return [field](Config& config, const Values& values) -> Result<> {
    field(config) = values.back();
    return {};
  };
}

template <class Number>
Apply count(std::function<Number&(Config&)> field) {
  return [field](Config& config, const Values& values) -> Result<> {
    const auto value = parse_count(values.back(), std::numeric_limits<Number>::max() / 2);
    if (!value) return fail(value.error());
    field(config) = static_cast<Number>(*value);
    return {};
  };
}

Apply bytes(std::function<std::uint64_t&(Config&)> field) {
  return [field](Config& config, const Values& values) -> Result<> {
    const auto value = parse_bytes(values.back());
    if (!value) return fail(value.error());
    field(config) = *value;
    return {};
  };
}

template <class Field>
Apply duration(std::function<Field&(Config&)> field) {
  return [field](Config& config, const Values& values) -> Result<> {
    const auto value = parse_duration(values.back());
    if (!value) return fail(value.error());
    field(config) = std::chrono::duration_cast<Field>(*value);
    return {};
  };
}

Apply hours(std::function<std::uint64_t&(Config&)> field) {
  return [field](Config& config, const Values& values) -> Result<> {
    const auto value = parse_duration(values.back());
    if (!value) return fail(value.error());
    field(config) =
        static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::hours>(*value).count());
    return {};
  };
}

Apply flag(std::function<bool&(Config&)> field) {
  return [field](Config& config, const Values& values) -> Result<> {
    const std::string& value = values.back();
    if (value != "true" && value != "false") {
      return fail(ErrorCode::kUsage, fmt::format("'{}' is neither true nor false", value));
    }
    field(config) = value == "true";
    return {};
  };
}

Result<> apply_listen(Config& config, const Values& values) {
  config.server.addresses.clear();
  for (const std::string& value : values) {
    auto address = net::parse_listen_address(value);
    if (!address) return fail(address.error());
    config.server.addresses.push_back(std::move(*address));
  }
  return {};
}

Result<> apply_purge_window(Config& config, const Values& values) {
  const auto window = parse_duration(values.back());
  if (!window) return fail(window.error());
  if (*window < std::chrono::seconds(1)) {
    return fail(ErrorCode::kUsage, "the purge window is at least 1s");
  }
  config.purge_window = *window;
  return {};
}

#define MNM_FIELD(type, path) \
  std::function<type&(Config&)>([](Config& c) -> type& { return c.path; })

std::vector<Option> serving_options() {
  return {
      {"data", "DIR", "the data directory (./mnm-data)", text(MNM_FIELD(std::string, data))},
      {"name", "NAME", "the site's name, told to clients (the host's name)",
       text(MNM_FIELD(std::string, server.site_name))},
      {"listen", "URL",
       "tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH, repeatable; port 0 picks one\n"
       "(tcp://127.0.0.1:7070 and unix://DIR/mnm.sock)",
       apply_listen, true},
      {"allow-plaintext", "", "tcp:// on addresses beyond this machine too",
       flag(MNM_FIELD(bool, server.allow_plaintext))},
      {"tls-cert", "FILE", "certificate chain for tls://, PEM; read again on SIGHUP",
       text(MNM_FIELD(std::string, server.tls_certificate_file))},
      {"tls-key", "FILE", "its private key, PEM",
       text(MNM_FIELD(std::string, server.tls_key_file))},
      {"secrets", "FILE", "the relay's keys, made at the first start (DIR/secrets)",
       text(MNM_FIELD(std::string, secrets))},
      {"purge-window", "DURATION", "after it no octet of an acked message is on the disk (10m)",
       apply_purge_window},
      {"checkpoint-interval", "DURATION", "how often the views are checkpointed (10s)",
       duration(MNM_FIELD(std::chrono::milliseconds, checkpoint_interval))},
      {"net-threads", "N", "threads for links (1)",
       count(MNM_FIELD(std::size_t, server.net_threads))},
      {"body-bytes-max", "SIZE", "the longest message body (1GiB)",
       bytes(MNM_FIELD(std::uint64_t, server.session.body_bytes_max))},
      {"mmtp-idle", "DURATION", "close an MMTP link that is silent for so long; 0 = never (0)",
       duration(MNM_FIELD(std::chrono::seconds, server.session.mmtp_idle))},
      {"links-max", "N", "links at a time (20000)",
       count(MNM_FIELD(std::size_t, server.limits.links_max))},
      {"strangers-per-address", "N", "links from one address that are not logged in (1000)",
       count(MNM_FIELD(std::size_t, server.limits.strangers_per_address))},
      {"inbox-bytes-max", "SIZE", "requests held before links are not read (64MiB)",
       bytes(MNM_FIELD(std::uint64_t, inbox_bytes_max))},
  };
}

std::vector<Option> limit_options() {
  return {
      {"node-messages-max", "N", "messages waiting for one node (1000000)",
       count(MNM_FIELD(std::uint64_t, limits.node_messages_max))},
      {"node-bytes-max", "SIZE", "their octets (16GiB)",
       bytes(MNM_FIELD(std::uint64_t, limits.node_bytes_max))},
      {"nodes-max", "N", "nodes of one user (100)",
       count(MNM_FIELD(std::uint32_t, limits.nodes_max))},
      {"aliases-max", "N", "aliases of one user (10000)",
       count(MNM_FIELD(std::uint32_t, limits.aliases_max))},
      {"members-max", "N", "members of one group (100000)",
       count(MNM_FIELD(std::uint32_t, limits.members_max))},
      {"pings-max", "N", "pings of one user in 24 hours (1000)",
       count(MNM_FIELD(std::uint32_t, limits.pings_max))},
      {"failed-pings-max", "N", "failed pings in a row (100)",
       count(MNM_FIELD(std::uint32_t, limits.failed_pings_max))},
      {"undelivered-after", "DURATION",
       "return posts that nobody took, after so much uptime; 0 = never (0)",
       hours(MNM_FIELD(std::uint64_t, limits.undelivered_hours))},
      {"drop-delay", "DURATION", "how long the drop of an older node can be vetoed (72h)",
       hours(MNM_FIELD(std::uint64_t, limits.drop_delay_hours))},
      {"register-receive-only", "", "new accounts may not ping, post or invite",
       flag(MNM_FIELD(bool, limits.register_receive_only))},
      {"window-messages", "N", "messages sent to one link and not acked (256)",
       count(MNM_FIELD(std::uint32_t, limits.window_messages))},
      {"window-bytes", "SIZE", "their octets; one message is always allowed (1MiB)",
       bytes(MNM_FIELD(std::uint64_t, limits.window_bytes))},
      {"refusal-events-burst", "N", "refusals logged of one address or user at once (100)",
       count(MNM_FIELD(std::uint32_t, limits.refusal_events_burst))},
      {"refusal-events-per-hour", "N", "and in an hour (600)",
       count(MNM_FIELD(std::uint32_t, limits.refusal_events_per_hour))},
  };
}

#undef MNM_FIELD

const std::vector<Option>& options() {
  static const std::vector<Option> table = [] {
    std::vector<Option> all = serving_options();
    std::ranges::move(limit_options(), std::back_inserter(all));
    return all;
  }();
  return table;
}

Result<> set(Config& config, const Option& option, const Values& values, const std::string& where) {
  if (auto applied = option.apply(config, values); !applied) {
    return fail(applied.error().code, where + ": " + applied.error().text);
  }
  config.values[option.key()] = fmt::format("{}", fmt::join(values, ","));
  return {};
}

Result<Values> values_of(const toml::node& node, const std::string& where) {
  Values values;
  const auto add = [&values](const toml::node& one) {
    if (const auto* string = one.as_string()) values.push_back(string->get());
    if (const auto* integer = one.as_integer()) values.push_back(std::to_string(integer->get()));
    if (const auto* boolean = one.as_boolean())
      values.emplace_back(boolean->get() ? "true" : "false");
  };
  if (const auto* array = node.as_array()) {
    for (const toml::node& one : *array) add(one);
  } else {
    add(node);
  }
  if (values.empty()) return fail(ErrorCode::kUsage, where + ": needs a string, number or boolean");
  return values;
}

Result<> read_file(Config& config, const std::string& path) {
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kUsage, fmt::format("{}:{}:{}: {}", path, error.source().begin.line,
                                               error.source().begin.column, error.description()));
  }
  for (const auto& [key, node] : table) {
    const std::string where = fmt::format("{}:{}:{}: {}", path, key.source().begin.line,
                                          key.source().begin.column, key.str());
    const auto option = std::ranges::find(options(), key.str(), &Option::key);
    if (option == options().end()) return fail(ErrorCode::kUsage, where + ": no such key");
    const auto values = values_of(node, where);
    if (!values) return fail(values.error());
    if (auto done = set(config, *option, *values, where); !done) return done;
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
  bool check = false;
  std::string config_file;
  bool help = false;
  bool version = false;

  CommandLine() {
    app.set_help_flag();
    app.add_flag("-h,--help", help, "print this and exit");
    app.add_flag("--version", version, "print the version and exit");
    app.add_flag("--check-config", check, "read the configuration, say what is wrong, and exit");
    app.add_option("--config", config_file,
                   "a TOML file with the options below as keys, '_' for '-'")
        ->type_name("FILE");
    for (std::size_t i = 0; i < options().size(); ++i) add(options()[i], given[i]);
  }
  void add(const Option& option, Values& values) {
    const std::string flag = fmt::format("--{}", option.name);
    if (*option.value_name == '\0') {
      app.add_flag_callback(
          flag, [&values] { values = {"true"}; }, option.help);
    } else {
      app.add_option(flag, values, option.help)
          ->type_name(option.value_name)
          ->expected(1, -1)
          ->allow_extra_args(false);
    }
  }
};

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "mnm";
}

void fill_defaults(Config& config) {
  if (config.secrets.empty()) config.secrets = config.data + "/secrets";
  if (config.server.site_name.empty()) config.server.site_name = host_name();
  if (config.server.addresses.empty()) {
    net::ListenAddress tcp{.transport = event::TCP, .host = "127.0.0.1", .port = 7070, .path = {}};
    // Absolute and plain, since it is told to clients as unix:///PATH.
    const std::string path =
        (std::filesystem::absolute(config.data) / "mnm.sock").lexically_normal();
    net::ListenAddress local{.transport = event::UNIX, .host = {}, .path = path};
    config.server.addresses = {std::move(tcp), std::move(local)};
  }
}

}  // namespace

Hash Config::digest() const {
  std::string all;
  for (const auto& [key, value] : values) all += key + "=" + value + "\n";
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

Result<Config> read_config(const std::vector<std::string>& arguments,
                           const Environment& environment) {
  CommandLine line;
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    line.app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::kUsage, fmt::format("{}; see mnmd --help", error.what()));
  }
  Config config;
  config.help = line.help;
  config.version = line.version;
  config.check_only = line.check;
  config.config_file = line.config_file;
  if (const auto variable = environment.find("MNM_CONFIG");
      config.config_file.empty() && variable != environment.end()) {
    config.config_file = variable->second;
  }
  if (!config.config_file.empty()) {
    if (auto read = read_file(config, config.config_file); !read) return fail(read.error());
  }
  if (auto read = read_environment(config, environment); !read) return fail(read.error());
  for (std::size_t i = 0; i < options().size(); ++i) {
    if (line.given[i].empty()) continue;
    const std::string where = fmt::format("--{}", options()[i].name);
    if (auto done = set(config, options()[i], line.given[i], where); !done)
      return fail(done.error());
  }
  fill_defaults(config);
  return config;
}

}  // namespace mnm::daemon
