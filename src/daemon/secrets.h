// The relay's own keys, in one file of mode 0600: made at the first start, never logged, never in a
// message row or event.
//
// Read once at the start, on main's thread.
#pragma once

#include <string>

#include "base/error.h"
#include "net/credentials.h"

namespace mnm::daemon {

// Overwritten when it goes; so are all texts that it was made from.
struct Secrets {
  Secrets() = default;
  Secrets(Secrets&&) = default;
  Secrets& operator=(Secrets&&) = default;
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;
  ~Secrets();

  net::Keys keys;            // of node passwords and of requests
  std::string head_signing;  // reserved: the seed of the key that signs heads
  std::string sealing;       // reserved: sealing at rest
};

// Reads `path`. When it isn't there: makes it if `fresh` (the data directory holds nothing yet),
// else refuses by name, since without the keys nobody can log in. kDenied when others may read it,
// kCorruption when it is no secrets file.
[[nodiscard]] Result<Secrets> load_secrets(const std::string& path, bool fresh);

}  // namespace mnm::daemon
