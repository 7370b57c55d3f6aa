// A whole relay without a network: an engine over a log in memory, and sessions whose effects are
// kept to be looked at. Restart it, cut its power, fail its disk. One thread; time stands still
// unless it is moved.
#pragma once

#include <glog/logging.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ops/engine.h"
#include "ops/replay.h"
#include "support/memory_log.h"

namespace mnm::ops {

class House : public Outlet {
 public:
  explicit House(Limits limits = {}) : limits_(limits) { boot(); }

  // --- the outlet ---
  void post(std::vector<SessionEffects> batch) override {
    ++posts;
    // Nothing may leave before it is durable: what is told here is on the disk already.
    CHECK(disk->head == engine_->durable() || failed);
    for (SessionEffects& effects : batch) {
      auto& seen = seen_[effects.session];
      for (Effect& effect : effects.effects) seen.push_back(std::move(effect));
    }
  }
  void resume() override {}

  // --- people ---
  struct Device {
    SessionId session;
    std::string uid;
    std::string secret;
    Dialect dialect = Dialect::kMmtp;
  };
  Device join(Dialect dialect = Dialect::kMmtp, std::optional<std::string> alias = {}) {
    Device device{open(), "uid" + std::to_string(++people_), "secret" + std::to_string(people_),
                  dialect};
    run(device, Register{.node_name = "first",
                         .alias = std::move(alias),
                         .uid = device.uid,
                         .secret = {device.secret, sha256(device.secret)}});
    return device;
  }
  Device add_device(Device& owner) {
    const std::string secret = "secret of device " + std::to_string(++people_);
    run(owner, UserEdit{.new_node = "another", .secret = {secret, sha256(secret)}});
    return {SessionId(), owner.uid, secret, owner.dialect};
  }
  void login(Device& device) {
    device.session = open();
    run(device, Login{.uid = device.uid, .verifier = sha256(device.secret)});
  }
  void lose(Device& device) { run(device, Lost{.reason = "closed by the peer"}); }
  void ack(Device& device, Lsn id) { run(device, Ack{id}); }
  // Posts `text`; the id from the ack.
  Lsn post(Device& from, const std::string& to_uid, const std::string& text) {
    run(from, letter(to_uid, text));
    return std::get<Acknowledged>(last(from)).message;
  }
  static Post letter(const std::string& to_uid, const std::string& text) {
    Post post;
    post.to.push_back({to_uid, TargetType::kUser});
    post.body = body_of(text);
    return post;
  }
  static Body body_of(const std::string& text) {
    return {.size = text.size(),
            .bytes = std::make_shared<const std::string>(text),
            .upload = nullptr,
            .digest = sha256(text),
            .salt = std::string(16, 's')};
  }

  // --- turns ---
  void run(const Device& device, Command command) {
    std::vector<Request> requests;
    requests.push_back(request(device, std::move(command)));
    turn(std::move(requests));
  }
  Request request(const Device& device, Command command, std::string id = "1") {
    return {.session = device.session,
            .outlet = this,
            .origin = std::make_shared<const Origin>(origin),
            .dialect = device.dialect,
            .id = std::move(id),
            .digest = {},
            .retry = false,
            .command = std::move(command)};
  }
  // Carries out all of them in as few turns as the engine takes. False once the disk has failed.
  bool turn(std::vector<Request> requests) {
    std::span<Request> left(requests);
    while (!left.empty()) {
      const auto done = engine_->turn(left);
      failed = !done;
      if (failed) return false;
      left = left.subspan(*done);
    }
    return true;
  }

  // --- what a session saw ---
  std::vector<Effect>& seen(const Device& device) { return seen_[device.session]; }
  const Effect& last(const Device& device) { return seen(device).back(); }
  std::vector<Lsn> delivered(const Device& device) {
    std::vector<Lsn> ids;
    for (const Effect& effect : seen(device)) {
      if (const auto* delivery = std::get_if<Delivery>(&effect)) ids.push_back(delivery->id);
    }
    return ids;
  }
  std::string text_of(const Device& device, Lsn id) {
    for (const Effect& effect : seen(device)) {
      const auto* delivery = std::get_if<Delivery>(&effect);
      if (delivery == nullptr || delivery->id != id) continue;
      if (delivery->message != nullptr) return *delivery->message->body();
      const auto row = log->message(id);
      return row ? *(*decode_row(id, *row))->body() : "(gone)";
    }
    return "(not delivered)";
  }
  bool was_dismissed(const Device& device) {
    return std::ranges::any_of(seen(device), [](const Effect& effect) {
      return std::holds_alternative<Dismissed>(effect);
    });
  }

  // --- the machine ---
  // The process ends at once, and another starts over the same disk.
  void restart() {
    seen_.clear();
    boot();
  }
  [[nodiscard]] Engine& engine() { return *engine_; }
  [[nodiscard]] const state::Views& views() const { return engine_->views(); }
  [[nodiscard]] state::Views replayed() const {
    state::Views views;
    state::Changes changes;
    const auto done = ops::replay(*log, Lsn(), views, changes);
    CHECK(done) << done.error().text;
    return views;
  }
  // The log's events of one kind.
  [[nodiscard]] std::vector<event::Event> events(event::Event::FactCase kind) const {
    std::vector<event::Event> found;
    state::Views views;
    state::Changes changes;
    const auto done = ops::replay(*log, Lsn(), views, changes, [&](Lsn, const event::Event& event) {
      if (event.fact_case() == kind) found.push_back(event);
      return true;
    });
    CHECK(done) << done.error().text;
    return found;
  }
  SessionId open() { return SessionId(++sessions_); }

  std::shared_ptr<log::MemoryDisk> disk = std::make_shared<log::MemoryDisk>();
  std::unique_ptr<log::MemoryLog> log;
  std::uint64_t now_ns = 1'800'000'000'000'000'000;
  std::uint64_t now_ms = 1;
  std::size_t posts = 0;
  Origin origin{event::TCP, "127.0.0.1:9", {}};  // of the requests that are made from now on
  bool failed = false;

 private:
  void boot() {
    log = std::make_unique<log::MemoryLog>(disk);
    engine_ =
        std::make_unique<Engine>(*log, replayed(), limits_,
                                 EngineClock{[this] { return now_ns; }, [this] { return now_ms; }});
    const auto started = engine_->start({.boot_id = "boot", .version = "test"});
    CHECK(started) << started.error().text;
  }

  Limits limits_;
  std::unique_ptr<Engine> engine_;
  std::map<SessionId, std::vector<Effect>> seen_;
  std::uint64_t sessions_ = 0;
  int people_ = 0;
};

}  // namespace mnm::ops
