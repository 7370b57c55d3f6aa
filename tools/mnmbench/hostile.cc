#include "mnmbench/hostile.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/program.h"
#include "mnmbench/link.h"

namespace mnm::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTick_ms = 20;
constexpr std::size_t kOpenedATick = 200;
// A login whose length is told, and which never comes to its end before the relay's deadline.
constexpr std::string_view kLogin = R"(0fff{"op":2,"uid":")";

class Strangers {
 public:
  explicit Strangers(const HostileLoad& load)
      : load_(load), links_(load.idle + load.dribblers), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
      files.rlim_cur = files.rlim_max;
      (void)::setrlimit(RLIMIT_NOFILE, &files);  // what is not allowed is counted as refused
    }
    for (std::size_t i = 0; i < links_.size(); ++i) closed_.push_back(i);
  }

  HostileFigures run() {
    const auto end = Clock::now() + std::chrono::duration<double>(load_.seconds);
    while (Clock::now() < end && !tools::interrupted()) {
      open_again();
      dribble();
      flood();
      notice_closed();
    }
    return figures_;
  }

 private:
  struct Stranger {
    net::Fd fd;
    std::size_t said = 0;
  };

  net::Fd open() {
    auto socket = connect_to(load_.address);
    ++(socket ? figures_.opened : figures_.refused);
    return socket ? std::move(socket->fd) : net::Fd();
  }
  void open_again() {
    const std::size_t count = std::min(closed_.size(), kOpenedATick);
    std::vector<std::size_t> later;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t index = closed_.back();
      closed_.pop_back();
      Stranger& link = links_[index];
      link = {open(), 0};
      epoll_event event{};
      event.events = EPOLLIN | EPOLLRDHUP;
      event.data.u64 = index;
      if (!link.fd || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, link.fd.get(), &event) != 0) {
        later.push_back(index);
      }
    }
    closed_.insert(closed_.end(), later.begin(), later.end());
  }
  // Those after the silent ones.
  void dribble() {
    for (std::size_t i = load_.idle; i < links_.size(); ++i) {
      Stranger& link = links_[i];
      if (!link.fd) continue;
      const char octet = link.said < kLogin.size() ? kLogin[link.said] : 'x';
      if (::send(link.fd.get(), &octet, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) ++link.said;
    }
  }
  void flood() {
    static const std::array<std::string, 4> noises = {
        "not a frame at all", "ffff" + std::string(30'000, '{'), std::string(20'000, '\0'),
        R"(0015{"op":1,"newnode":"")"};
    std::vector<net::Fd> links;
    for (std::size_t i = 0; i < load_.floods; ++i) {
      net::Fd fd = open();
      if (!fd) continue;
      const std::string& noise = noises.at(i % noises.size());
      (void)::send(fd.get(), noise.data(), noise.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      links.push_back(std::move(fd));
    }
  }
  // Waits for the rest of the tick.
  void notice_closed() {
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), kTick_ms);
    for (int i = 0; i < count; ++i) {
      const std::size_t index = events.at(static_cast<std::size_t>(i)).data.u64;
      std::array<char, 512> words{};
      const auto got = ::recv(links_[index].fd.get(), words.data(), words.size(), MSG_DONTWAIT);
      if (got > 0 || (got < 0 && errno == EAGAIN)) continue;
      links_[index].fd = net::Fd();
      closed_.push_back(index);
      ++figures_.closed;
    }
  }

  const HostileLoad& load_;
  std::vector<Stranger> links_;
  std::vector<std::size_t> closed_;  // by index
  net::Fd epoll_;
  HostileFigures figures_;
};

}  // namespace

Result<HostileFigures> run_hostile(const HostileLoad& load) {
  const HostileFigures figures = Strangers(load).run();
  if (figures.opened == 0) {
    return fail(ErrorCode::kUnavailable, "can't connect to " + load.address.text());
  }
  return figures;
}

}  // namespace mnm::bench
