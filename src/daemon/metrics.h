// The pages for those who watch a relay: /livez, /readyz and /metrics.
//
// Made by main's thread; the pages are called on net threads and answer from there, from the
// engine's or from the pool. The command is the admin thread's.
#pragma once

#include <functional>
#include <string>

#include "daemon/admin.h"
#include "daemon/admin_engine.h"
#include "daemon/event_figures.h"
#include "daemon/metered_log.h"
#include "net/http_reply.h"
#include "net/server_pool.h"
#include "ops/inbox.h"

namespace mnm::daemon {

// What a scrape looks at; all of it outlives the pages, and may be read from any thread.
struct WatchPorts {
  ops::Inbox& inbox;
  net::WorkerPool& pool;  // puts a scrape together, which neither the engine nor a link waits for
  const MeteredLog& log;
  const EventFigures& events;
  std::function<std::size_t()> links;
  std::function<bool()> disk_low;
  std::string data;  // the directory
  std::string version;
};

//   /livez    200 while the process serves at all
//   /readyz   200 when the engine answers; 503 with a problem when it ends, or doesn't in time
//   /metrics  figures for Prometheus, text format 0.0.4; without it unless `metrics`
[[nodiscard]] net::HttpPages watch_pages(const WatchPorts& ports, bool metrics);

// The admin socket's "metrics": the same figures, {"metrics": TEXT}.
[[nodiscard]] AdminCommand metrics_command(const WatchPorts& ports, AdminEngine& engine);

}  // namespace mnm::daemon
