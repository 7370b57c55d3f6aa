// Sealed records (doc/log_format.md, "Sealing"): the payload sealed with a data key, the envelope
// as it is.
//
// Pure but for the random nonce; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "log/keyring.h"
#include "log/record.h"

namespace mnm::log {

// Replaces `out` by the sealed form of `record`, which encode_record made.
void seal_record(const Keyring& keyring, std::string_view record, std::string& out);

// check_envelope() in a sealed log, for who has no key. kTampering too: the record isn't sealed.
[[nodiscard]] Result<Envelope> check_sealed_envelope(const Stored& stored);

// The record as it was before, ready to be decoded. Without a keyring all stay as they are.
// kCorruption: its CRC-32C or its shape; kTampering: its payload isn't what was sealed for this
// envelope, or isn't sealed at all, so that nobody puts one there who hasn't the key. kCorruption
// too: with a key that the keyring hasn't.
[[nodiscard]] Result<Stored> open_record(const Keyring* keyring, Stored stored);

}  // namespace mnm::log
