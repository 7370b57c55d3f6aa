// What an operator sets: defaults, then the TOML file, then the environment, then the command line;
// the last word wins.
//
// Read once at the start, on main's thread. One table in config_options.cc lists every option; each
// is a flag --NAME, a key NAME with '_' for '-', and a variable MNM_NAME.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/error.h"
#include "daemon/disk_watch.h"
#include "net/server.h"
#include "ops/limits.h"

namespace mnm::daemon {

inline constexpr std::array<std::string_view, 4> kLogLevels = {"debug", "info", "warning", "error"};
// How the process confines itself: not at all, to the system calls it needs, also to the paths.
inline constexpr std::array<std::string_view, 3> kSandboxes = {"off", "calls", "paths"};

// Which names are refused as taken: the same, or those that look alike, too.
inline constexpr std::array<std::string_view, 2> kAliasPolicies = {"exact", "distinct"};

// Whether newcomers need a third party's token.
inline constexpr std::array<std::string_view, 3> kAuthModes = {"off", "optional", "required"};

// What mnmd is asked to do.
enum class Task : std::uint8_t {
  kServe,
  kCheckConfig,  // config check, --check-config
  kShowConfig,   // config show
  kHelp,
  kVersion,
};

struct Config {
  std::string data = "./mnm-data";
  std::string config_file;
  std::string key_file;    // what the data directory is sealed with; "-": asked for; none: plain
  std::string secrets;     // default: "secrets" in the data directory
  std::string heads_file;  // default: "heads" in the data directory
  std::chrono::milliseconds heads_interval = std::chrono::minutes(1);  // 0 = never
  std::chrono::milliseconds purge_window = std::chrono::minutes(10);
  std::chrono::milliseconds checkpoint_interval = std::chrono::seconds(10);
  std::chrono::milliseconds retain{0};  // how long events are kept; 0: for ever
  std::uint64_t inbox_bytes_max = std::uint64_t{64} << 20;
  DiskWatch::Options disk;
  net::ServerOptions server;
  bool metrics = false;  // on the doors for clients, too
  bool no_web = false;   // the browser client isn't served
  ops::Limits limits;
  std::string alias_policy = "exact";  // of kAliasPolicies
  std::string auth = "off";            // of kAuthModes
  std::string auth_providers;          // a file, see auth_providers.h
  std::string log_level = "info";      // of kLogLevels
  std::string sandbox = "calls";       // of kSandboxes
  std::vector<std::string> writable;   // with "paths": what may be written beside what options name
  std::chrono::milliseconds engine_stall_max = std::chrono::minutes(1);  // 0: no limit
  Task task = Task::kServe;
  bool show_origin = false;  // config show --origin

  // What was set, by key: the value, and where (the file's line, the variable, the flag).
  struct Setting {
    std::string value;
    std::string where;
  };
  std::map<std::string, Setting> settings;
  // Of every setting's value, for the Started event.
  [[nodiscard]] Hash digest() const;
};

using Environment = std::map<std::string, std::string>;

// kUsage names the option, where it was set (line and column of the file, variable, flag), and what
// it should be.
[[nodiscard]] Result<Config> read_config(const std::vector<std::string>& arguments,
                                         const Environment& environment);
// What a program that holds a relay sets, by the options' names as on the command line, without
// dashes before ("purge-window"); a switch has the value "true". Neither a file nor the environment
// is read, and without addresses it listens nowhere.
using HostSettings = std::map<std::string, std::vector<std::string>>;
[[nodiscard]] Result<Config> host_config(const HostSettings& settings);
// The text of --help.
[[nodiscard]] std::string help_text();
// Every option and its value, as a TOML file; with where each was set if `show_origin`.
[[nodiscard]] std::string show(const Config& config);

}  // namespace mnm::daemon
