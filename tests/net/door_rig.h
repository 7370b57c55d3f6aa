// The HTTP door on socket pairs, without a thread, an engine or a clock of its own: a test turns
// the loop, answers in the engine's name, and says what time it is.
//
// One thread; only what reads and writes bodies has threads of its own.
#pragma once

#include <fmt/format.h>
#include <glog/logging.h>
#include <sys/socket.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_door.h"
#include "net/server_rig.h"
#include "state/views.h"
#include "support/memory_log.h"

namespace mnm::net::testing {

inline std::string http_request(std::string_view method, std::string_view target,
                                std::string_view fields = {}, std::string_view body = {}) {
  const std::string length =
      method == "POST" ? fmt::format("Content-Length: {}\r\n", body.size()) : std::string();
  return fmt::format("{} {} HTTP/1.1\r\nHost: x\r\n{}{}\r\n{}", method, target, length, fields,
                     body);
}

class DoorRig final : private ops::Outlet {
 public:
  explicit DoorRig(HttpOptions options = {}) : options_(std::move(options)) {}
  ~DoorRig() override {
    inbox_.close();  // so that nothing waits for an answer
    for (const auto& [id, tenant] : std::map(tenants_)) tenant->shut("the test ends");
  }

  // A link to the door; its id is last().
  Fd connect() {
    std::array<int, 2> ends{};
    PCHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    ::signal(SIGPIPE, SIG_IGN);
    door_.welcome({Fd(ends[0]),
                   plain_transport(ends[0]),
                   std::move(*admission_.enter({})),
                   {SessionId(++last_), this, std::make_shared<const ops::Origin>(), now()}},
                  false);
    return Fd(ends[1]);
  }
  // Of links and sessions.
  [[nodiscard]] SessionId last() const { return SessionId(last_); }
  [[nodiscard]] static TimePoint now() { return std::chrono::steady_clock::now(); }
  [[nodiscard]] bool lives(SessionId id) const { return tenants_.contains(id); }
  [[nodiscard]] bool is_due(SessionId id, TimePoint then) const {
    return tenants_.at(id)->is_due(then);
  }
  // What is late by then happens.
  void expire(SessionId id, TimePoint then) {
    const auto tenant = tenants_.at(id);
    if (tenant->is_due(then)) tenant->expire(then);
    turn();
  }

  // Until nothing is left to do.
  void turn() {
    io_.restart();
    io_.poll();
  }
  // Also for what the pools have to do first.
  template <class Condition>
  bool await(Condition condition) {
    const TimePoint late = now() + std::chrono::milliseconds(kPatience_ms);
    while (!condition() && now() < late) {
      io_.restart();
      (void)io_.run_one_for(std::chrono::milliseconds(100));
    }
    return condition();
  }
  // As much as the door takes; returns how much.
  std::size_t send(const Fd& end, std::string_view octets) {
    std::size_t sent = 0;
    for (bool again = true; sent < octets.size();) {
      const ssize_t count = ::send(end.get(), octets.data() + sent, octets.size() - sent, 0);
      if (count <= 0 && !std::exchange(again, false)) break;
      if (count > 0) again = true;
      if (count > 0) sent += static_cast<std::size_t>(count);
      if (count <= 0) turn();
    }
    turn();
    return sent;
  }
  // All that comes.
  std::string receive(const Fd& end) {
    std::string all;
    std::vector<char> buffer(1 << 16);
    for (;;) {
      turn();
      const ssize_t count = ::recv(end.get(), buffer.data(), buffer.size(), 0);
      if (count <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

  // --- in the engine's name -------------------------------------------------------------------
  std::vector<ops::Request> asked() {
    ops::Request last;
    last.command = ops::Inspect{};
    (void)inbox_.offer(std::move(last));  // so that there is something
    auto requests = inbox_.take(std::chrono::milliseconds(0));
    std::erase_if(requests, [](const ops::Request& request) {
      const auto* inspect = std::get_if<ops::Inspect>(&request.command);
      return inspect != nullptr && !inspect->look;
    });
    return requests;
  }
  template <class... Effects>
  void tell(SessionId id, Effects... effects) {
    std::vector<ops::Effect> all;
    (all.emplace_back(std::move(effects)), ...);
    tell(id, std::move(all));
  }
  void tell(SessionId id, std::vector<ops::Effect> effects) {
    const auto found = tenants_.find(id);
    if (found == tenants_.end()) return;
    const auto tenant = found->second;
    tenant->effects(std::move(effects));
    turn();
  }
  // Lets everybody in and out, and looks; other requests have no answer.
  void serve() {
    for (auto requests = asked(); !requests.empty(); requests = asked()) {
      for (ops::Request& request : requests) {
        if (std::holds_alternative<ops::Login>(request.command)) {
          tell(request.session, ops::LoggedIn{});
        } else if (std::holds_alternative<ops::Quit>(request.command)) {
          tell(request.session, ops::Dismissed{"logout ok"});
        } else if (auto* inspect = std::get_if<ops::Inspect>(&request.command)) {
          inspect->look(views_);
        }
        turn();
      }
    }
  }
  struct Session {
    SessionId id;
    std::string token;  // as a field
  };
  Session login() {
    const Fd end = connect();
    send(end, http_request("POST", "/mmtp", {}, kTmtpRev + kLogin));
    serve();
    const std::string answer = receive(end);
    const std::size_t at = answer.find("Mnm-Session: ");
    CHECK_NE(at, std::string::npos) << answer;
    return {last(), answer.substr(at, answer.find("\r\n", at) + 2 - at)};
  }
  // A message that waits for the node, on the disk as well.
  ops::Delivery delivery(Lsn id, const std::string& text) {
    message::Header header;
    header.set_kind(message::DELIVERY);
    header.set_from_uid("somebody");
    header.set_data_bytes(text.size());
    const std::scoped_lock lock(disk_->mutex);
    disk_->messages[id] = {ops::encode_row_head(header) + text, {}};
    return {id, text.size(),
            std::make_shared<const ops::Message>(id, header,
                                                 std::make_shared<const std::string>(text))};
  }
  WorkerPool& read_pool() { return read_pool_; }

 private:
  void post(std::vector<ops::SessionEffects>) override {}
  void resume() override {}

  const HttpOptions options_;
  Admission admission_{ServerLimits{}};  // before the loop, whose last waits hold links
  boost::asio::io_context io_{1};
  const Keys keys_{std::string(32, 'p'), std::string(32, 'r')};
  SystemRandom random_;
  SessionWorld world_{codec_for_first, "site", keys_, random_, {}};
  ops::Inbox inbox_{std::size_t{16} << 20};
  const state::Views views_;
  std::shared_ptr<log::MemoryDisk> disk_ = std::make_shared<log::MemoryDisk>();
  log::MemoryLog log_{disk_};
  log::MemoryBodyStore bodies_{disk_, Lsn(1)};
  std::vector<char> buffer_ = std::vector<char>(kReadBytes);
  std::vector<char> scratch_;  // nobody speaks TLS here
  std::map<SessionId, std::shared_ptr<Tenant>> tenants_;
  // The pools before what their jobs answer to ends.
  WorkerPool read_pool_{"read", 1};
  WorkerPool upload_pool_{"upload", 1};
  LinkContext context_{io_,
                       world_,
                       inbox_,
                       log_,
                       bodies_,
                       read_pool_,
                       upload_pool_,
                       buffer_,
                       scratch_,
                       *this,
                       [this](SessionId id) { tenants_.erase(id); },
                       {}};
  std::uint64_t last_ = 0;
  HttpDoor door_{options_,
                 context_,
                 *this,
                 admission_,
                 [this] { return SessionId(++last_); },
                 [this](SessionId id, std::shared_ptr<Tenant> tenant) {
                   tenants_.insert_or_assign(id, std::move(tenant));
                 }};
};

}  // namespace mnm::net::testing
