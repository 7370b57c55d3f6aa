#include "daemon/service_manager.h"

#include <fmt/format.h>
#include <glog/logging.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>

#include "net/server_address.h"

namespace mnm::daemon {

void ServiceManager::ready(std::string_view status) const {
  say(fmt::format("READY=1\nSTATUS={}", status));
}

// systemd wants to know since when, so that it can tell this READY=1 from an earlier one.
void ServiceManager::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  constexpr std::int64_t kMicro = 1'000'000;
  say(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * kMicro + now.tv_nsec / 1000));
}

void ServiceManager::stopping() const { say("STOPPING=1\nSTATUS=stopping"); }

void ServiceManager::beat() const { say("WATCHDOG=1"); }

// Best effort: who doesn't hear us will find out in another way, and we serve all the same.
void ServiceManager::say(std::string_view words) const {
  if (!listens()) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path) return;
  std::ranges::copy(socket_, address.sun_path);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const net::Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto sent = ::sendto(fd.get(), words.data(), words.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), size);
  if (sent < 0) LOG(WARNING) << "the service manager can't be told: " << std::strerror(errno);
}

}  // namespace mnm::daemon
