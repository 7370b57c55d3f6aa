// A data directory, and what opens it.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "log/keyring.h"

namespace mnm::mnmlog {

struct Place {
  std::string directory;
  std::string key_file;  // as --key names it; empty: none
};

// The keys of a sealed one. Null for a plain one, and for a sealed one when no key is named. kUsage
// when a plain one is given a key; else as log::load_key_secret and log::Keyring::load.
[[nodiscard]] Result<std::shared_ptr<const log::Keyring>> load_keyring(const Place& place);

}  // namespace mnm::mnmlog
