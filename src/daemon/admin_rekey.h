// mnmctl rekey beside a running relay: another key for a sealed data directory, and what the log is
// told of it. First the keyring is durable, then the event, then the keyring knows that it was
// told: a crash at any point leaves a directory that opens, and a rekey that is told at least once.
//
// The admin's thread, and the one that starts the relay.
#pragma once

#include <boost/json/object.hpp>

#include "base/error.h"
#include "daemon/admin_engine.h"
#include "log/keyring.h"

namespace mnm::daemon {

// {"new_key": what the key's file holds, in hex, "peer"}: {"key_id", "data_key", "keyring"}. kUsage
// when the directory is plain (no keyring), or it is no key; kUnavailable when it can't be written.
[[nodiscard]] Result<boost::json::object> rekey(log::Keyring* keyring, AdminEngine& engine,
                                                const boost::json::object& request);

// At a start, once the engine runs: what was done while no relay ran, or one couldn't tell any
// more.
[[nodiscard]] Result<> tell_rekeys_found(log::Keyring& keyring, AdminEngine& engine);

}  // namespace mnm::daemon
