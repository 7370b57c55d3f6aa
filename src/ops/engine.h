// The engine: the single writer. A turn takes requests, decides them, folds their events, appends
// one record, and only when that is durable hands out what sessions are told. Memory may run ahead
// of the disk within a turn; nothing leaves before the disk agrees.
//
// One thread owns it: everything but the constructor is called there. An error of run() or turn()
// is final: what was not answered has an unknown outcome, and the process must end.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "log/log.h"
#include "ops/budgets.h"
#include "ops/decision.h"
#include "ops/inbox.h"
#include "ops/live_sessions.h"
#include "ops/lookalikes.h"
#include "state/views.h"

namespace mnm::ops {

struct EngineClock {
  std::function<std::uint64_t()> utc_ns;     // for people
  std::function<std::uint64_t()> steady_ms;  // for budgets
};

// What the Started event says.
struct StartFacts {
  std::string boot_id;  // 16 random octets
  std::string version;
  Hash config_digest{};
};

class Engine {
 public:
  // `views` are the log's, folded up to its head.
  Engine(log::Log& log, state::Views views, const Limits& limits, EngineClock clock);

  // Appends Started, and EpochStarted before it when the log is empty.
  [[nodiscard]] Result<> start(const StartFacts& facts);
  // Carries out requests, in one record, and posts the effects. Requests beyond what a turn may
  // hold are left: returns how many were done.
  [[nodiscard]] Result<std::size_t> turn(std::span<Request> requests);
  // Turns until the inbox is closed and empty.
  [[nodiscard]] Result<> run(Inbox& inbox);

  // The relay ends in good order, and with it all sessions, each with its event. They are told
  // nothing: their links close.
  [[nodiscard]] Result<> end_sessions();

  [[nodiscard]] const state::Views& views() const { return views_; }
  [[nodiscard]] log::Position durable() const { return head_; }
  [[nodiscard]] std::size_t session_count() const { return sessions_.size(); }

 private:
  struct Recent {
    Lsn id;
    MessageHandle message;     // null once it was purged, or handed out to all
    std::size_t bytes = 0;     // its own too
    std::uint32_t copies = 0;  // not handed out yet
  };

  [[nodiscard]] Context context_for(const Request& request, const LiveSession* session) const;
  void decide_one(const Request& request, Decision& decision);
  void take_refusal_out(std::size_t events_from, Decision& decision);
  void note_suppressed(Decision& decision);
  void fold(Decision& decision, std::size_t from);
  void after_fold(const Context& context, std::size_t told_from, Decision& decision);
  [[nodiscard]] Result<> append(Decision& decision);
  [[nodiscard]] Result<> trim(Lsn through);
  [[nodiscard]] std::vector<std::string_view> serialise(const Decision& decision);
  void list(LiveSession& session);
  void list_queued();
  void hand_out(Decision& decision);
  void remember(Decision& decision);
  void forget(std::span<const log::MessagePurge> purges);
  [[nodiscard]] MessageHandle recall(Lsn id);
  void drop(Recent& recent);
  void dismiss_all(const std::string& text);

  log::Log& log_;
  state::Views views_;
  Limits limits_;
  EngineClock clock_;
  std::uint64_t now_ns_ = 0;  // of the turn: its events have one time
  log::Position head_;
  LiveSessions sessions_;
  Budgets budgets_;
  std::optional<Lookalikes> lookalikes_;  // when only distinct names are taken
  std::uint64_t suppressed_noted_ms_ = 0;

  bool disk_low_ = false;

  // Of the turn in progress.
  std::unique_ptr<char[]> arena_block_;  // what the arena keeps between turns
  google::protobuf::Arena arena_;
  state::Changes changes_;
  std::vector<SessionId> listed_;
  std::vector<std::pair<SessionId, Lsn>> revoked_;
  std::vector<Inspect> looks_;
  std::string events_buffer_;

  // Messages stored of late that still wait, ascending by id, for deliveries that follow soon. The
  // last delivery takes the message with it, so that it is freed by who sends it, on his thread.
  std::deque<Recent> recent_;
  std::size_t recent_bytes_ = 0;
};

}  // namespace mnm::ops
