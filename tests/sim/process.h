// One run of the relay over a disk: the real engine, taken turn by turn, the real inbox, a link for
// each client. Ends by being destroyed, at any moment.
//
// One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "net/session.h"
#include "ops/engine.h"
#include "sim/disk.h"
#include "sim/oracle.h"
#include "sim/server_link.h"

namespace mnm::sim {

// What a process finds in its place: the same for all of them.
struct Site {
  Timeline& time;
  Random& random;
  Faults& faults;
  Disk& disk;
  ops::Limits limits;
  std::size_t inbox_bytes = std::size_t{64} << 20;
  net::Keys keys{std::string(32, 'p'), std::string(32, 'r')};
  std::int64_t utc_offset_us = 0;  // a clock that somebody sets
  [[nodiscard]] std::uint64_t utc_us() const;
  // The process has ended by itself: an append failed, or the power was cut within a turn.
  std::function<void(const char* how)> ended;
  // After each turn that did something.
  std::function<void()> turned;
};

class SeededRandom final : public net::RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : random_(seed) {}
  std::string take(std::size_t count) override { return random_.octets(count); }

 private:
  Random random_;
};

class Process final : public ops::Outlet {
 public:
  // `views` are the log's. May throw PowerCut, from its first append.
  Process(Site& site, state::Views views);
  ~Process() override;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Appends Started; false when that failed.
  [[nodiscard]] bool start();
  void accept(const std::shared_ptr<Wire>& wire);
  // A request of the relay itself.
  void offer(ops::Command command);
  // Finishes what was offered; then the process may go.
  void finish();

  [[nodiscard]] const ops::Engine& engine() const { return engine_; }
  [[nodiscard]] DiskLog& log() { return log_; }

  void post(std::vector<ops::SessionEffects> effects) override;
  void resume() override;

 private:
  [[nodiscard]] ops::Inbox::Offer take_in(ops::Request request);
  void plan_turn(bool quiet);
  void turn();
  void turns();
  void hand_over(std::vector<ops::SessionEffects> effects);

  Site& site_;
  DiskLog log_;
  DiskBodies bodies_;
  ops::Inbox inbox_;
  std::size_t waiting_ = 0;
  bool urgent_ = false;
  bool turn_planned_ = false;
  ops::Engine engine_;
  SeededRandom random_;
  net::SessionWorld world_;
  LinkPorts ports_;
  std::map<SessionId, std::shared_ptr<ServerLink>> links_;
  std::vector<SessionId> want_room_;
  std::uint64_t sessions_ = 0;
  std::shared_ptr<const ops::Origin> origin_;
  std::shared_ptr<Process*> self_;  // what planned events hold: empty once it is gone
};

}  // namespace mnm::sim
