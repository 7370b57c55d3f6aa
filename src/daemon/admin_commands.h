// What the admin socket can do: each command is a small function of the relay.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/admin.h"
#include "log/log.h"
#include "log/signed_head.h"
#include "ops/inbox.h"

namespace mnm::daemon {

// What the commands act on; all of it outlives the admin socket. Callbacks may be called from its
// thread.
struct AdminPorts {
  ops::Inbox& inbox;
  const log::Reader& log;
  std::function<Result<>()> scrub;
  std::function<Result<log::Head>()> sign_head;
  std::function<bool(std::chrono::milliseconds within)> checkpoint;
  std::string heads_key;  // the line of its file
  std::function<std::size_t()> links;
  std::function<bool()> disk_low;
  std::string version;
  std::string boot_id;
  std::vector<std::string> addresses;
};

[[nodiscard]] std::map<std::string, AdminCommand> admin_commands(AdminPorts ports);

}  // namespace mnm::daemon
