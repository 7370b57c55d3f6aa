#include "daemon/event_figures.h"

#include <algorithm>

namespace mnm::daemon {
namespace {

constexpr std::uint64_t kNsPerMs = 1'000'000;

}  // namespace

EventFigures::End end_of(std::string_view reason) {
  using End = EventFigures::End;
  struct Known {
    std::string_view words;
    End end;
  };
  static constexpr std::array kKnown = {
      Known{"logout ok", End::kQuit},
      Known{"closed by the peer", End::kPeer},
      Known{"the link failed", End::kPeer},
      Known{"a frame was cut off", End::kPeer},
      Known{"the peer answers no ping", End::kIdle},
      Known{"the peer takes nothing more", End::kIdle},
      Known{"idle for too long", End::kIdle},
      Known{"a frame took too long", End::kIdle},
      Known{"the token has expired", End::kIdle},
      Known{"replaced by a new login", End::kReplaced},
      Known{"the relay stops", End::kRelay},
      Known{"the relay ends", End::kRelay},
  };
  const auto found = std::ranges::find(kKnown, reason, &Known::words);
  if (found != kKnown.end()) return found->end;
  constexpr std::array kFaults = {"invalid", "disallowed", "data ", "corrupt", "recipient"};
  const bool fault = std::ranges::any_of(
      kFaults, [reason](std::string_view words) { return reason.starts_with(words); });
  return fault ? End::kFault : End::kOther;
}

void EventFigures::on(Lsn lsn, const event::Event& event) {
  const auto fact = static_cast<std::size_t>(event.fact_case());
  facts.at(fact < kFactsMax ? fact : 0).add(1);
  switch (event.fact_case()) {
    case event::Event::kStarted:
      for (Count& count : sessions) count.set(0);
      live_.clear();
      break;
    case event::Event::kRegistered:
    case event::Event::kLoggedIn:
      entered(event.actor());
      break;
    case event::Event::kSessionEnded:
      left(event.actor());
      ended.at(static_cast<std::size_t>(end_of(event.session_ended().reason()))).add(1);
      break;
    case event::Event::kRefused:
      refused.at(std::min<std::size_t>(event.refused().op(), kOps - 1)).add(1);
      break;
    case event::Event::kStored:
      timed(lsn, event.time_ns());
      break;
    case event::Event::kAcked:
      for (const std::uint64_t id : event.acked().ids()) {
        const auto found = stored_ns_.find(id);
        if (found == stored_ns_.end() || event.time_ns() < found->second) continue;
        waited_ms.add((event.time_ns() - found->second) / kNsPerMs);
      }
      break;
    default:
      break;
  }
  applied.set(lsn.value());
}

void EventFigures::entered(const event::Actor& actor) {
  const auto transport =
      std::min<std::size_t>(static_cast<std::size_t>(actor.transport()), kTransports - 1);
  if (live_.emplace(actor.session(), transport).second) sessions.at(transport).add(1);
}

// Whoever ends a session may have come by another transport than it did.
void EventFigures::left(const event::Actor& actor) {
  const auto found = live_.find(actor.session());
  if (found == live_.end()) return;
  sessions.at(found->second).take(1);
  live_.erase(found);
}

void EventFigures::timed(Lsn id, std::uint64_t time_ns) {
  stored_ns_[id.value()] = time_ns;
  timed_.push_back(id.value());
  if (timed_.size() <= kTimedMax) return;
  stored_ns_.erase(timed_.front());
  timed_.pop_front();
}

}  // namespace mnm::daemon
