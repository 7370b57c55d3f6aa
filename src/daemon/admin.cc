#include "daemon/admin.h"

#include <fmt/format.h>
#include <glog/logging.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>

#include "base/crypto.h"

namespace mnm::daemon {
namespace {

std::string refusal(const std::string& text) {
  return boost::json::serialize(boost::json::object{{"ok", false}, {"error", text}});
}

void bound_sending(int fd) {
  const timeval within{.tv_sec = kAdminWithin.count(), .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &within, sizeof within);
}

// Memory that is overwritten when it goes.
struct Wiped {
  explicit Wiped(std::size_t bytes) : octets(bytes, '\0') {}
  ~Wiped() { wipe(octets); }
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  std::string octets;
};

std::string peer_name(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {};
  return fmt::format("uid={} pid={}", peer.uid, peer.pid);
}

// Waits until `fd` can be read; false when `wake` can, or the time is over.
bool await_octets(int fd, int wake, std::chrono::steady_clock::time_point deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    std::array<pollfd, 2> ready{pollfd{fd, POLLIN, 0}, pollfd{wake, POLLIN, 0}};
    const int count = ::poll(ready.data(), ready.size(), static_cast<int>(left.count()));
    if (count < 0 && errno == EINTR) continue;
    return count > 0 && ready[1].revents == 0;
  }
}

// One line without its end; empty when none came in time, it is too long, or `wake` was signalled.
std::string read_line(int fd, int wake) {
  const auto deadline = std::chrono::steady_clock::now() + kAdminWithin;
  constexpr std::size_t kPieceBytes = 4096;
  std::string line;
  line.reserve(kAdminLineBytesMax + kPieceBytes);  // never moved, so that no copy stays behind
  while (line.size() <= kAdminLineBytesMax && await_octets(fd, wake, deadline)) {
    const std::size_t before = line.size();
    line.resize(before + kPieceBytes);
    const ssize_t count = ::recv(fd, line.data() + before, kPieceBytes, 0);
    line.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    if (const auto end = line.find('\n', before); end != std::string::npos) {
      line.resize(end);
      return line;
    }
  }
  wipe(line);
  return {};
}

void write_all(int fd, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t count = ::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    octets.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

Admin::Admin(std::string path, net::Listening listening,
             std::map<std::string, AdminCommand> commands, AdminTakeover reader)
    : path_(std::move(path)),
      listening_(std::move(listening)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      commands_(std::move(commands)),
      reader_(std::move(reader)) {}

Admin::~Admin() { stop(); }

Result<std::unique_ptr<Admin>> Admin::open(const std::string& path,
                                           std::map<std::string, AdminCommand> commands,
                                           AdminTakeover reader) {
  const net::ListenAddress address{.transport = event::UNIX, .host = {}, .path = path};
  auto listening = net::listen_on(address, false, 0600);
  if (!listening) return fail(listening.error());
  std::unique_ptr<Admin> admin(
      new Admin(path, std::move(*listening), std::move(commands), std::move(reader)));
  if (!admin->wake_) return fail(system_error("cannot make an eventfd", errno));
  return admin;
}

void Admin::start() {
  thread_ = std::thread([this] { run(); });
}

void Admin::stop() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  CHECK_EQ(::write(wake_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  thread_.join();
  ::unlink(path_.c_str());
}

void Admin::run() {
  while (true) {
    std::array<pollfd, 2> ready{pollfd{listening_.fd.get(), POLLIN, 0},
                                pollfd{wake_.get(), POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;
    if (ready[1].revents != 0) return;
    net::Fd link(::accept4(listening_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (link) serve(std::move(link));
  }
}

void Admin::serve(net::Fd link) const {
  bound_sending(link.get());
  std::string line = read_line(link.get(), wake_.get());
  if (line.empty()) return;
  if (reader_ && line == kAdminReaderLine) return reader_(std::move(link));
  const std::string said = answer(line, peer_name(link.get()));
  wipe(line);  // there may be a key in it
  write_all(link.get(), said + "\n");
}

std::string Admin::answer(std::string_view line, std::string_view peer) const {
  // Where all texts of the request lie, for the same reason.
  Wiped room(2 * kAdminLineBytesMax);
  boost::json::monotonic_resource memory(reinterpret_cast<unsigned char*>(room.octets.data()),
                                         room.octets.size());
  boost::system::error_code error;
  boost::json::value request = boost::json::parse(line, error, &memory);
  if (error || !request.is_object()) return refusal("not a line with one JSON object");
  const auto* name = request.as_object().if_contains("cmd");
  if (name == nullptr || !name->is_string()) return refusal("no \"cmd\"");
  const auto command = commands_.find(std::string(name->as_string()));
  if (command == commands_.end()) {
    return refusal(fmt::format("no command '{}'", std::string(name->as_string())));
  }
  request.as_object()[kAdminPeerKey] = peer;
  auto result = command->second(request.as_object());
  if (!result) return refusal(result.error().text);
  boost::json::object answer{{"ok", true}};
  for (auto& entry : *result) answer.insert(entry);
  return boost::json::serialize(answer);
}

}  // namespace mnm::daemon
