#include "nemesis/private_world.h"

#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "net/server_address.h"

namespace mnm::testing {
namespace {

std::string lacks(const char* what) { return fmt::format("{}: {}", what, std::strerror(errno)); }

// As root in there, whoever it is outside.
bool map_ids(uid_t uid, gid_t gid) {
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream uids("/proc/self/uid_map");
  uids << fmt::format("0 {} 1", uid) << std::flush;
  std::ofstream gids("/proc/self/gid_map");
  gids << fmt::format("0 {} 1", gid) << std::flush;
  return uids.good() && gids.good();
}

bool raise_loopback() {
  const net::Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return fd && ::ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0;
}

}  // namespace

std::string enter_private_world(const std::string& disk, std::size_t disk_bytes) {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  const int user = uid == 0 ? 0 : CLONE_NEWUSER;
  if (::unshare(user | CLONE_NEWNET | CLONE_NEWNS) != 0) return lacks("unshare");
  if (user != 0 && !map_ids(uid, gid)) return lacks("the map of user ids");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return lacks("mount");
  const std::string options = fmt::format("size={},mode=0700", disk_bytes);
  if (::mount("nemesis", disk.c_str(), "tmpfs", 0, options.c_str()) != 0) return lacks("tmpfs");
  if (!raise_loopback()) return lacks("the loopback interface");
  return {};
}

}  // namespace mnm::testing
