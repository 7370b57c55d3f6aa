// The engine's book of sessions that are logged in: what each was handed and has not acked, and how
// much more it may get. In memory only; the views know which node a session is, this knows how to
// reach it.
//
// On the engine's thread.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/ids.h"
#include "ops/decision.h"
#include "ops/effects.h"
#include "ops/limits.h"
#include "ops/token_buckets.h"
#include "state/views.h"

namespace mnm::ops {

struct LiveSession {
  SessionId id;
  Outlet* outlet = nullptr;
  UserNo user;
  NodeNo node;
  std::shared_ptr<const Origin> origin;  // null: not known
  SessionCounts counts;
  // The last message handed over in each lane.
  std::array<Lsn, state::kLanes.size()> last{};
  // Handed over and not acked, ascending by the order of hand-over.
  struct InFlight {
    Lsn id;
    std::uint64_t bytes = 0;
  };
  std::vector<InFlight> in_flight;
  std::uint64_t in_flight_bytes = 0;
  TokenBucket events;   // of the session's own budget
  bool listed = false;  // among those to look at when the turn is durable
};

class LiveSessions : public Sessions {
 public:
  explicit LiveSessions(const Limits& limits) : limits_(limits) {}

  // The session that asks is from now on the node's.
  void attach(const Request& request, UserNo user, NodeNo node);
  void detach(SessionId id) { sessions_.erase(id); }
  // Null for one that isn't logged in, or was and is no more.
  [[nodiscard]] LiveSession* find(SessionId id);
  [[nodiscard]] SessionCounts counts(SessionId id) const override;
  [[nodiscard]] const Origin* origin(SessionId id) const override;
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& entry : sessions_) visit(entry.second);
  }

  // The session acked these: its credit returns, whether or not they waited. So many were stray.
  void credit(LiveSession& session, const Ack& ack, std::size_t stray);
  // `id` waits no more, and perhaps was never sent: then no ack will come, and its credit returns
  // now. Whether it had been handed over.
  bool give_back(LiveSession& session, Lsn id);
  // What it may get now, in order; counted as handed over.
  void hand_over(LiveSession& session, const state::Views& views, std::vector<Delivery>& out);

 private:
  [[nodiscard]] bool has_credit(const LiveSession& session) const;

  const Limits& limits_;
  boost::unordered_flat_map<SessionId, LiveSession, std::hash<SessionId>> sessions_;
};

}  // namespace mnm::ops
