// The file that --auth-providers names: whose word the relay takes about newcomers, and where their
// keys are.
//
// Read at the start and on SIGHUP, on main's thread.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "net/authority.h"

namespace mnm::daemon {

// TMTP's client tells them apart by a letter.
inline constexpr std::size_t kAuthProvidersMax = 26;

struct AuthProvider {
  net::SignInService service;  // told to clients
  std::string issuer;          // "iss" of its tokens, exactly
  std::string audience;        // "aud": our client id there
  // Its keys: a file, a URL, or both, the file's until the URL has answered.
  std::string keys_file;  // below the providers' file unless absolute
  std::string keys_url;   // https
  std::string keys_ca;    // PEM: who vouches for the URL's host, if not the system's authorities
};

// kUsage names the file, the line and what is wrong.
[[nodiscard]] Result<std::vector<AuthProvider>> read_auth_providers(const std::string& path);

}  // namespace mnm::daemon
