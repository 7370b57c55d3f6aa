// A relay that follows a script, one step a connection, on a loopback port of its own.
//
// The script runs on a thread of the relay's; every wait is bounded. What went wrong there is in
// faults(), to be read after join().
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "net/frame.h"

namespace mnm::client {

inline void be_patient(int fd) {
  const timeval patience{20, 0};
  (void)::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  (void)::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

// A client, as the relay sees it. Throws when it doesn't do what the script waits for.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) { be_patient(fd); }
  ~Peer() { ::close(fd_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // The next header; it must hold each of `parts`.
  std::string expect(const std::vector<std::string>& parts) {
    std::string header = read(std::stoul(read(4), nullptr, 16));
    for (const std::string& part : parts) {
      if (header.find(part) == std::string::npos) {
        throw std::runtime_error("expected " + part + " in " + header);
      }
    }
    return header;
  }
  std::string read(std::size_t size) {
    std::string out(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t count = ::recv(fd_, out.data() + have, size - have, 0);
      if (count <= 0) throw std::runtime_error("the client closed, or sent nothing");
      have += static_cast<std::size_t>(count);
    }
    return out;
  }
  void send(std::string_view header, std::string_view data = {}) {
    send_octets(net::frame(header) + std::string(data));
  }
  void send_octets(std::string_view octets) {
    while (!octets.empty()) {
      const ssize_t count = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (count <= 0) throw std::runtime_error("the client takes nothing");
      octets.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void log_in() {
    expect({R"("op":3)", R"("uid":"U1")", R"("node":"SECRET1")"});
    send(R"({"info":"login ok","op":"info"})");
  }
  void log_out() {
    expect({R"("op":8)"});
    send(R"({"info":"logout ok","op":"quit"})");
  }

 private:
  int fd_;
};

using Step = std::function<void(Peer&)>;

class FakeRelay {
 public:
  explicit FakeRelay(std::vector<Step> script) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    be_patient(listener_);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    auto* const address = reinterpret_cast<sockaddr*>(&name);
    if (::bind(listener_, address, size) != 0 || ::listen(listener_, 4) != 0 ||
        ::getsockname(listener_, address, &size) != 0) {
      throw std::runtime_error("no loopback port");
    }
    url_ = "tcp://127.0.0.1:" + std::to_string(ntohs(name.sin_port));
    thread_ = std::thread([this, script = std::move(script)] { play(script); });
  }
  ~FakeRelay() {
    join();
    ::close(listener_);
  }
  FakeRelay(const FakeRelay&) = delete;
  FakeRelay& operator=(const FakeRelay&) = delete;

  void join() {
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] const std::string& url() const { return url_; }
  // Empty when all went as the script says. After join().
  [[nodiscard]] const std::string& faults() const { return faults_; }

 private:
  void play(const std::vector<Step>& script) {
    try {
      for (const Step& step : script) {
        const int fd = ::accept(listener_, nullptr, nullptr);
        if (fd < 0) throw std::runtime_error("no client came");
        Peer peer(fd);
        step(peer);
      }
    } catch (const std::exception& error) {
      faults_ = error.what();
    }
  }

  int listener_;
  std::string url_;
  std::string faults_;
  std::thread thread_;
};

}  // namespace mnm::client
