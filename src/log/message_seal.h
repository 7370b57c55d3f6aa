// Sealed message rows (doc/log_format.md, "Sealing"): each under a key of its own, which is sealed
// with a data key and lies in a row of the family `key`.
//
// Pure but for the random octets; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ids.h"
#include "log/keyring.h"

namespace mnm::log {

// What the rows of `msg` and `key` hold. The buffers are kept for their memory.
struct SealedMessage {
  std::string row;
  std::string key;
};

// Of a row that is head + body.
void seal_message(const Keyring& keyring, Lsn id, std::string_view head, std::string_view body,
                  SealedMessage& out);

// kTampering when they aren't what was sealed for this message; kDenied: with a key that the
// keyring hasn't.
[[nodiscard]] Result<std::string> open_message(const Keyring& keyring, Lsn id, std::string_view key,
                                               std::string_view row);

}  // namespace mnm::log
