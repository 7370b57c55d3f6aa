// The key of one thing, a message row or a file, sealed with a data key.
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "log/keyring.h"
#include "log/seal.h"

namespace mnm::log {

// 4 octets of the data key's id, nonce, key, tag.
inline constexpr std::size_t kWrappedKeyBytes = kKeyIdBytes + kSealBytes + kSealKeyBytes;

// With the current data key. `nonce`: fresh random octets.
void append_wrapped_key(const Keyring& keyring, const SealContext& context, std::string_view key,
                        std::string_view nonce, std::string& out);
// Appends to `key`, which has room for it. `what` it is the key of begins the error: kTampering
// when it isn't what was sealed in this context; kCorruption: with a data key that the keyring
// hasn't.
[[nodiscard]] Result<void> append_unwrapped_key(const Keyring& keyring, const SealContext& context,
                                                std::string_view wrapped, const std::string& what,
                                                std::string& key);

}  // namespace mnm::log
