// A server on real sockets with a stand-in for the engine, and clients that wait with a limit.
//
// The stand-in lets everybody in, acks each post and delivers it back to whoever sent it.
#pragma once

#include <glog/logging.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "net/frame.h"
#include "net/server.h"
#include "state/views.h"
#include "support/memory_log.h"
#include "support/temp_dir.h"

namespace mnm::net::testing {

inline constexpr int kPatience_ms = 20'000;

// Answers requests as a very trusting relay would.
class TrustingEngine {
 public:
  // Messages go to `disk`, where they are read when they are sent again.
  TrustingEngine(ops::Inbox& inbox, std::shared_ptr<log::MemoryDisk> disk)
      : inbox_(inbox), disk_(std::move(disk)), thread_([this] { run(); }) {}
  ~TrustingEngine() { end(); }
  void end() {
    inbox_.close();
    if (thread_.joinable()) thread_.join();
  }
  // How many sessions have sent their last word; waits for as many.
  void await_lost(std::size_t count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::milliseconds(kPatience_ms),
                                  [&] { return lost_.size() >= count; }));
  }
  std::vector<std::string> lost() {
    const std::scoped_lock lock(mutex_);
    return lost_;
  }
  // Posts that came before the last word of their session.
  std::size_t posts() {
    const std::scoped_lock lock(mutex_);
    return posts_;
  }
  std::string last_peer() {
    const std::scoped_lock lock(mutex_);
    return peer_;
  }

 private:
  void run() {
    for (;;) {
      auto requests = inbox_.take(std::chrono::milliseconds(1));
      if (requests.empty()) return;
      for (ops::Request& request : requests) answer(request);
    }
  }
  void answer(ops::Request& request) {
    std::vector<ops::Effect> effects;
    if (auto* entry = std::get_if<ops::Register>(&request.command)) {
      effects.push_back(ops::Registered{entry->uid, entry->secret.text, NodeOrdinal(1), {}});
    } else if (std::holds_alternative<ops::Login>(request.command)) {
      effects.push_back(ops::LoggedIn{});
      const std::scoped_lock lock(mutex_);
      peer_ = request.origin->peer;
    } else if (auto* post = std::get_if<ops::Post>(&request.command)) {
      deliver(*post, request.id, effects);
      const std::scoped_lock lock(mutex_);
      if (lost_.empty()) ++posts_;
    } else if (std::holds_alternative<ops::Ping>(request.command)) {
      // Somebody to withdraw the last message.
      effects.push_back(ops::Acknowledged{.op = event::PING, .id = request.id});
      effects.push_back(ops::Revoked{last_});
    } else if (std::holds_alternative<ops::Quit>(request.command)) {
      effects.push_back(ops::Dismissed{"logout ok"});
    } else if (auto* inspect = std::get_if<ops::Inspect>(&request.command)) {
      return inspect->look(views_);
    } else if (auto* lost = std::get_if<ops::Lost>(&request.command)) {
      const std::scoped_lock lock(mutex_);
      lost_.push_back(lost->reason);
      changed_.notify_all();
    }
    std::vector<ops::SessionEffects> all;
    all.push_back({request.session, std::move(effects)});
    request.outlet->post(std::move(all));
  }
  void deliver(ops::Post& post, const std::string& id, std::vector<ops::Effect>& effects) {
    message::Header header;
    header.set_kind(message::DELIVERY);
    header.set_from_uid("trusting");
    header.set_data_bytes(post.body.size);
    if (post.body.upload) {
      post.body.upload->release();
      header.set_file_boot(post.body.upload->file().boot.value());
      header.set_file_serial(post.body.upload->file().serial);
    }
    last_ = next(last_);
    ops::Acknowledged ack;
    ack.op = event::POST;
    ack.id = id;
    ack.message = last_;
    effects.push_back(std::move(ack));
    std::string row = ops::encode_row_head(header);
    if (post.body.bytes) row += *post.body.bytes;
    {
      const std::scoped_lock lock(disk_->mutex);
      disk_->messages[last_] = {std::move(row),
                                log::BodyFile{Lsn(header.file_boot()), header.file_serial()}};
    }
    effects.push_back(
        ops::Delivery{last_, post.body.size,
                      std::make_shared<const ops::Message>(last_, header, post.body.bytes)});
  }

  ops::Inbox& inbox_;
  const std::shared_ptr<log::MemoryDisk> disk_;
  const state::Views views_;
  Lsn last_{};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lost_;
  std::string peer_;
  std::size_t posts_ = 0;
  std::thread thread_;
};

// A link that blocks, but never longer than kPatience_ms.
class WireClient {
 public:
  explicit WireClient(const std::string& address, bool tls = false) {
    const auto parsed = parse_listen_address(address);
    CHECK(parsed);
    if (parsed->transport == event::UNIX) {
      sockaddr_un name{};
      name.sun_family = AF_UNIX;
      parsed->path.copy(name.sun_path, sizeof(name.sun_path) - 1);
      connect(AF_UNIX, reinterpret_cast<sockaddr*>(&name), sizeof(name));
    } else {
      sockaddr_in name{};
      name.sin_family = AF_INET;
      name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      name.sin_port = htons(parsed->port);
      connect(AF_INET, reinterpret_cast<sockaddr*>(&name), sizeof(name));
    }
    if (tls) begin_tls();
  }
  WireClient(const WireClient&) = delete;
  WireClient& operator=(const WireClient&) = delete;
  ~WireClient() {
    if (ssl_ != nullptr) SSL_free(ssl_);
    if (context_ != nullptr) SSL_CTX_free(context_);
  }

  // False once the peer has closed.
  bool send(std::string_view octets) {
    while (!octets.empty()) {
      const auto count =
          ssl_ != nullptr
              ? SSL_write(ssl_, octets.data(), static_cast<int>(octets.size()))
              : static_cast<int>(::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL));
      if (count <= 0) return false;
      octets.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  // One read: whatever it gives. Empty at the end.
  std::string read(std::size_t max = 1 << 16) {
    std::string octets(max, '\0');
    const auto count = ssl_ != nullptr ? SSL_read(ssl_, octets.data(), static_cast<int>(max))
                                       : static_cast<int>(::recv(fd_.get(), octets.data(), max, 0));
    octets.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return octets;
  }
  std::string read_exactly(std::size_t count) {
    std::string octets;
    while (octets.size() < count) {
      const std::string more = read(count - octets.size());
      if (more.empty()) break;
      octets += more;
    }
    return octets;
  }
  std::string header() {
    const std::string digits = read_exactly(4);
    return digits.size() < 4 ? std::string() : read_exactly(std::stoul(digits, nullptr, 16));
  }
  // The peer has closed in good order.
  bool at_end() {
    char octet = 0;
    if (ssl_ == nullptr) return ::recv(fd_.get(), &octet, 1, 0) == 0;
    return SSL_read(ssl_, &octet, 1) <= 0 && SSL_get_shutdown(ssl_) == SSL_RECEIVED_SHUTDOWN;
  }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] SSL* ssl() const { return ssl_; }

 private:
  void connect(int family, const sockaddr* name, socklen_t size) {
    fd_ = Fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{kPatience_ms / 1000, 0};
    CHECK_EQ(::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
    CHECK_EQ(::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)), 0);
    PCHECK(::connect(fd_.get(), name, size) == 0);
  }
  void begin_tls() {
    context_ = SSL_CTX_new(TLS_client_method());
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_.get());
    CHECK_EQ(SSL_connect(ssl_), 1);
  }

  Fd fd_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

// A self-signed certificate and its key, in PEM.
void write_certificate(const std::string& certificate, const std::string& key,
                       const std::string& name);

class ServerRig {
 public:
  explicit ServerRig(ServerOptions options = {}, std::size_t inbox_bytes = std::size_t{16} << 20)
      : inbox(inbox_bytes) {
    ::signal(SIGPIPE, SIG_IGN);
    options.site_name = "site";
    if (options.addresses.empty()) {
      options.addresses.push_back(*parse_listen_address("tcp://127.0.0.1:0"));
      options.addresses.push_back(*parse_listen_address("unix://" + (directory / "mnm.sock")));
    }
    auto opened = Server::open({inbox, log, bodies, keys}, options);
    CHECK(opened) << opened.error().text;
    server = std::move(*opened);
    server->start();
  }
  ~ServerRig() {
    server->drain();
    engine.end();
    server->stop();
  }
  [[nodiscard]] std::string address(std::size_t i = 0) const { return server->addresses().at(i); }

  TempDir directory;
  Keys keys{std::string(32, 'p'), std::string(32, 'r')};
  std::shared_ptr<log::MemoryDisk> disk = std::make_shared<log::MemoryDisk>();
  log::MemoryLog log{disk};
  log::MemoryBodyStore bodies{disk, Lsn(1)};
  ops::Inbox inbox;
  TrustingEngine engine{inbox, disk};
  std::unique_ptr<Server> server;
};

inline const std::string kTmtpRev = frame(R"({"op":0,"id":"1"})");
inline const std::string kLogin =
    frame(R"({"op":2,"uid":"C+%B+XV3HQHS8YPQS6LB7LF7K42LQ9CG","node":")" + std::string(40, '%') +
          R"("})");
inline std::string post_of(const std::string& id, std::size_t size) {
  return frame(R"({"op":7,"id":")" + id + R"(","for":[],"datalen":)" + std::to_string(size) + "}");
}

}  // namespace mnm::net::testing
