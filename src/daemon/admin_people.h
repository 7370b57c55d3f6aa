// mnmctl user, session, node: what an administrator sees of people's nodes, and does to them.
#pragma once

#include "daemon/admin.h"
#include "daemon/admin_engine.h"

namespace mnm::daemon {

// {"uid": UID}: the user with its nodes, aliases and what waits. kNegative when there is none.
[[nodiscard]] Result<boost::json::object> show_user(AdminEngine& engine,
                                                    const boost::json::object& request);
// All nodes that are connected.
[[nodiscard]] Result<boost::json::object> list_sessions(AdminEngine& engine);
// {"uid": UID, "node": N, 0 or absent for all of the user's, "peer"}: ends their sessions.
[[nodiscard]] Result<boost::json::object> kick_sessions(AdminEngine& engine,
                                                        const boost::json::object& request);
// {"uid": UID, "node": N, "peer"}: drops the node at once.
[[nodiscard]] Result<boost::json::object> drop_node(AdminEngine& engine,
                                                    const boost::json::object& request);

}  // namespace mnm::daemon
