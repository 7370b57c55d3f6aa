// What a service manager is told of us: systemd's notification protocol, sd_notify(3), one datagram
// a word. Without $NOTIFY_SOCKET nobody listens, and nothing is said.
//
// Any thread, once made.
#pragma once

#include <string>
#include <string_view>

namespace mnm::daemon {

class ServiceManager {
 public:
  // From $NOTIFY_SOCKET: a path, or '@' and an abstract name. Empty: none.
  explicit ServiceManager(std::string socket) : socket_(std::move(socket)) {}

  [[nodiscard]] bool listens() const { return !socket_.empty(); }
  void ready(std::string_view status) const;
  void reloading() const;
  void stopping() const;
  // Still alive: to be said at least each half of WatchdogSec.
  void beat() const;

 private:
  void say(std::string_view words) const;

  std::string socket_;
};

}  // namespace mnm::daemon
