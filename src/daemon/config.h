// What an operator sets: defaults, then the TOML file, then the environment, then the command line;
// the last word wins.
//
// Read once at the start, on main's thread. One table in config.cc lists every option; each is a
// flag --NAME, a key NAME with '_' for '-', and a variable MNM_NAME.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/error.h"
#include "net/server.h"
#include "ops/limits.h"

namespace mnm::daemon {

struct Config {
  std::string data = "./mnm-data";
  std::string config_file;
  std::string secrets;  // default: "secrets" in the data directory
  std::chrono::milliseconds purge_window = std::chrono::minutes(10);
  std::chrono::milliseconds checkpoint_interval = std::chrono::seconds(10);
  std::uint64_t inbox_bytes_max = std::uint64_t{64} << 20;
  net::ServerOptions server;
  ops::Limits limits;
  bool check_only = false;  // --check-config
  bool help = false;
  bool version = false;

  // Of every option and its value, for the Started event.
  [[nodiscard]] Hash digest() const;
  std::map<std::string, std::string> values;  // as set, by key
};

using Environment = std::map<std::string, std::string>;

// kUsage names the option, where it was set (line and column of the file, variable, flag), and what
// it should be.
[[nodiscard]] Result<Config> read_config(const std::vector<std::string>& arguments,
                                         const Environment& environment);
// The text of --help.
[[nodiscard]] std::string help_text();

}  // namespace mnm::daemon
