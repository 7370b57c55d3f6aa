// What the relay knows of its sessions and has on no disk: what each was sent and has not acked.
#pragma once

#include "daemon/admin.h"
#include "daemon/admin_engine.h"

namespace mnm::daemon {

// {} or {"node": number}: of all that are connected, or of that node.
[[nodiscard]] Result<boost::json::object> live_sessions(AdminEngine& engine,
                                                        const boost::json::object& request);

}  // namespace mnm::daemon
