// mnmctl message: what an administrator does to a message that waits.
#pragma once

#include <memory>
#include <string>

#include "daemon/admin.h"
#include "daemon/admin_engine.h"
#include "ops/command.h"

namespace mnm::daemon {

// {"msgid": 16 hex digits, "reason": TEXT, "peer": who asks}. Answers with the copies that ended.
[[nodiscard]] Result<boost::json::object> withdraw_message(AdminEngine& engine,
                                                           ops::WithdrawHow how,
                                                           const boost::json::object& request);

// A text of the request; kUsage when it is missing, empty or no text.
[[nodiscard]] Result<std::string> text_of(const boost::json::object& request,
                                          std::string_view name);
// Who asks, as the socket says.
[[nodiscard]] std::string peer_of(const boost::json::object& request);

}  // namespace mnm::daemon
