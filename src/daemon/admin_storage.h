// mnmctl retain: what an administrator does about the log as a whole.
#pragma once

#include "daemon/admin.h"
#include "daemon/admin_engine.h"
#include "daemon/retention.h"

namespace mnm::daemon {

struct StoragePorts {
  Retention& retention;
};

// retain. What the ports name outlives the admin socket.
[[nodiscard]] std::map<std::string, AdminCommand> storage_commands(StoragePorts ports);

// {"before_lsn" or "before_ns", "dry_run", "reason"?, "peer"}.
[[nodiscard]] Result<boost::json::object> retain(Retention& retention,
                                                 const boost::json::object& request);

}  // namespace mnm::daemon
