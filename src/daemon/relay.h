// A whole relay in one process: the store, the views, the engine, the network, and what runs beside
// them. What mnmd is made of; composed in relay.cc, the only place besides main that names concrete
// types.
//
// Built, run and ended by one thread. Start-up judges the data directory before anything is changed
// in it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "daemon/config.h"

namespace mnm::daemon {

// What the relay tells its owner, from threads of its own.
struct RelayEvents {
  std::function<void()> failed;           // once: it can't go on, stop() it
  std::function<void()> alive = [] {};    // about each second, while the engine answers
  std::function<void()> stalled = [] {};  // once: the engine hasn't for too long; stop() may hang
};

class Relay {
 public:
  // Opens everything and recovers, but serves nobody yet. Errors as open_store, load_secrets,
  // Server::open.
  [[nodiscard]] static Result<std::unique_ptr<Relay>> open(const Config& config,
                                                           const std::string& version,
                                                           RelayEvents events);
  virtual ~Relay() = default;

  // Serves from now on.
  virtual void start() = 0;
  // Accepts and reads no more, answers what was read, syncs, ends. The error that ended it, if one
  // did.
  [[nodiscard]] virtual Result<> stop() = 0;
  // Reads certificates again, and whose tokens are taken; what fails stays as it is.
  [[nodiscard]] virtual Result<> reload() = 0;
  // A link that somebody else accepted, or one end of a pair of sockets: a connected stream socket,
  // served as a link of its own from now on; `peer`: who is on it. Closed at once where there are
  // too many. Any thread, between start() and stop().
  virtual void adopt(net::Fd socket, const net::Peer& peer) = 0;
  [[nodiscard]] virtual std::vector<std::string> addresses() const = 0;
};

}  // namespace mnm::daemon
