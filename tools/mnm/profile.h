// A profile: what one node of a user needs to log in, kept in a file that nobody else can read.
//
// Any thread for parse and write; the store's functions lock against other processes, too. What
// always holds: a profile is replaced as a whole and synced before anyone hears of the change; its
// password is in no argument, no output and no error.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace mnm::client {

inline constexpr std::uint64_t kProfileFormat = 1;

struct Profile {
  std::string connect;  // the relay's address
  std::string tls_ca;   // a file; empty: the system's authorities
  std::string uid;
  std::string node;  // the node's password
  std::string node_name;
  std::uint64_t node_number = 0;
  std::vector<std::string> aliases;
  std::uint64_t requests = 0;  // ids given to requests so far
};

[[nodiscard]] std::string write_profile(const Profile& profile);
// kCorruption when it isn't one, kUnknownFormat when a newer program wrote it. `path` is for
// people.
[[nodiscard]] Result<Profile> parse_profile(std::string_view text, const std::string& path);

// Where profiles are: MNM_PROFILES, else $XDG_CONFIG_HOME/mnm, else ~/.config/mnm.
[[nodiscard]] Result<std::string> profile_directory();
// The file of the profile called `name`: a name, or a path (with a '/') of a file that was
// exported.
[[nodiscard]] Result<std::string> profile_path(const std::string& name);

// kNegative when there is none; kDenied when others may read it.
[[nodiscard]] Result<Profile> load_profile(const std::string& name);
// Makes sure that `name` can be created: it isn't there yet, and the directory can be written.
[[nodiscard]] Result<> prepare_profile(const std::string& name);
// A profile that wasn't there before.
[[nodiscard]] Result<> create_profile(const std::string& name, const Profile& profile);
// Reads, changes and replaces it, alone.
[[nodiscard]] Result<Profile> update_profile(const std::string& name,
                                             const std::function<void(Profile&)>& change);
// All names, sorted.
[[nodiscard]] Result<std::vector<std::string>> list_profiles();

}  // namespace mnm::client
