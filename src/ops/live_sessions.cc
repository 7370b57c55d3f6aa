#include "ops/live_sessions.h"

#include <glog/logging.h>

#include <algorithm>

#include "base/canary.h"

namespace mnm::ops {

void LiveSessions::attach(const Request& request, UserNo user, NodeNo node) {
  sessions_[request.session] = LiveSession{.id = request.session,
                                           .outlet = request.outlet,
                                           .user = user,
                                           .node = node,
                                           .origin = request.origin};
}

LiveSession* LiveSessions::find(SessionId id) {
  const auto at = sessions_.find(id);
  return at != sessions_.end() ? &at->second : nullptr;
}

SessionCounts LiveSessions::counts(SessionId id) const {
  const auto at = sessions_.find(id);
  return at != sessions_.end() ? at->second.counts : SessionCounts{};
}

const Origin* LiveSessions::origin(SessionId id) const {
  const auto at = sessions_.find(id);
  return at != sessions_.end() ? at->second.origin.get() : nullptr;
}

void LiveSessions::credit(LiveSession& session, const Ack& ack, std::size_t stray) {
  session.counts.stray_acks += stray;
  session.counts.acked += 1 + ack.more.size() - stray;
  ack.for_each([&](Lsn id) { (void)give_back(session, id); });  // a stray one has none
}

bool LiveSessions::give_back(LiveSession& session, Lsn id) {
  const auto at = std::ranges::find(session.in_flight, id, &LiveSession::InFlight::id);
  if (at == session.in_flight.end() || MNM_CANARY("credit-leak")) return false;
  session.in_flight_bytes -= at->bytes;
  session.in_flight.erase(at);
  return true;
}

bool LiveSessions::has_credit(const LiveSession& session) const {
  if (session.in_flight.empty()) return true;  // one message is always allowed
  return session.in_flight.size() < limits_.window_messages &&
         session.in_flight_bytes < limits_.window_bytes;
}

void LiveSessions::hand_over(LiveSession& session, const state::Views& views,
                             std::vector<Delivery>& out) {
  const state::Queue& queue = views.node(session.node).queue;
  for (const state::Lane which : state::kLanes) {
    Lsn& last = session.last[static_cast<std::size_t>(which)];
    while (has_credit(session)) {
      const Lsn id = queue.lane(which).after(last + (MNM_CANARY("cursor-off-by-one") ? 1 : 0));
      if (!id) break;
      const std::optional<state::Message> message = views.message(id);
      CHECK(message) << message_id(id) << " is queued, but no message";
      const std::uint64_t bytes = message->cost_bytes();
      session.in_flight.push_back({id, bytes});
      session.in_flight_bytes += bytes;
      ++session.counts.sent;
      out.push_back({.id = id, .bytes = bytes, .message = nullptr});
      last = id;
      if (MNM_CANARY("order-swap") && out.size() > 1) std::swap(out.back(), out[out.size() - 2]);
    }
  }
}

}  // namespace mnm::ops
