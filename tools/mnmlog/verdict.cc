#include "mnmlog/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/terminal.h"
#include "mnmlog/event_view.h"
#include "mnmlog/stored_message.h"
#include "mnmlog/walk_listed.h"

namespace mnm::mnmlog {
namespace {

using event::Event;

Error unknown(const std::string& id) {
  return {ErrorCode::kNegative, fmt::format("{}: there is no such thing", id)};
}

}  // namespace

// What a node did last, as far back as is searched.
struct Judge::Last {
  std::vector<Evidence> evidence;
  std::uint64_t login_ns = 0;
  std::uint64_t ack_ns = 0;
  std::uint64_t over_quota = 0;  // messages it got no copy of
};

std::string_view verdict_name(Verdict::Code code) {
  constexpr std::array<std::string_view, 11> kNames = {
      "nothing_waits", "receiving",  "acked",   "never_logged_in", "offline",      "not_acking",
      "over_quota",    "copy_ended", "dropped", "receive_only",    "relay_stopped"};
  return kNames.at(static_cast<std::size_t>(code));
}

std::string Judge::moment(std::uint64_t time_ns) const {
  return fmt::format("{} ({} ago)", tools::format_time(time_ns, zone_), age(time_ns));
}

std::string Judge::age(std::uint64_t time_ns) const {
  return tools::format_duration(now_ns_ > time_ns ? now_ns_ - time_ns : 0);
}

Result<Judge::Last> Judge::last_of(NodeNo number) const {
  Last last;
  const Lsn end = source_.durable().lsn;
  const bool all = source_.index() != nullptr;
  const Lsn first = all || end.value() <= kEvidenceEventsMax ? Lsn(1) : end - kEvidenceEventsMax;
  std::uint64_t left = kEvidenceEventsMax;
  bool ended = false;
  const auto add = [&last](std::string_view what, const EventView& view, std::string text) {
    last.evidence.push_back({what, view.lsn, std::move(text)});
  };
  const auto look = [&](const EventView& view) {
    const Event& event = view.event;
    if (--left == 0) return false;
    if (event.has_stored()) {
      state::for_each_delta<NodeNo>(event.stored().over_quota(), [&](NodeNo refused) {
        if (refused == number) ++last.over_quota;
      });
    }
    if (event.actor().node() != number.value()) return true;
    const std::string when = moment(event.time_ns());
    if (event.has_acked() && last.ack_ns == 0) {
      last.ack_ns = event.time_ns();
      add("ack", view, when);
    } else if (event.has_session_ended() && !std::exchange(ended, true)) {
      add("end", view, when + ": " + sentence(view, names_));
    } else if (event.has_logged_in()) {
      last.login_ns = event.time_ns();
      add("login", view, fmt::format("{}, from {}", when, tools::escaped(event.actor().peer())));
    }
    return last.login_ns == 0 || (last.ack_ns == 0 && !ended);
  };
  const Result<> walked = walk_listed(source_, {ops::Subject::acts(names_.user_of(number))},
                                      {first, end}, ops::MergedListing::Order::kDescending, look);
  if (!walked) return fail(walked.error());
  return last;
}

// Who dropped it, and when.
Result<Evidence> Judge::drop_of(NodeNo number, std::uint64_t seen_ns) const {
  Evidence found{"dropped", {}, moment(seen_ns) + " or later"};
  const Lsn end = source_.durable().lsn;
  std::uint64_t left = source_.index() != nullptr ? end.value() : kEvidenceEventsMax;
  const auto look = [&](const EventView& view) {
    if (view.event.has_node_dropped() && view.event.node_dropped().node() == number.value()) {
      found.lsn = view.lsn;
      found.text =
          fmt::format("{}, by {}", moment(view.event.time_ns()), actor_text(view.event, names_));
      return false;
    }
    return --left > 0;
  };
  const Result<> walked = walk_listed(source_, {ops::Subject::acts(names_.user_of(number))},
                                      {Lsn(1), end}, ops::MergedListing::Order::kDescending, look);
  if (!walked) return fail(walked.error());
  return found;
}

void Judge::judge_connected(const Last& last, std::uint64_t oldest_ns, Verdict& verdict) const {
  const std::uint64_t quiet_since = std::max({last.ack_ns, last.login_ns, oldest_ns});
  if (quiet_since + kPatienceNs > now_ns_) {
    verdict.code = Verdict::Code::kReceiving;
    verdict.text = "connected and receiving";
    return;
  }
  verdict.code = Verdict::Code::kNotAcking;
  verdict.text = last.ack_ns != 0 ? "connected, but has acked nothing since " + moment(last.ack_ns)
                                  : "connected, but has acked nothing since it logged in";
  verdict.next.emplace_back(
      "look at the client: it is connected, and doesn't ack; its window may be full of what it "
      "can't handle");
}

// The relay knows best; what the views say is from the log.
bool Judge::is_connected(NodeNo number) const {
  const LiveSessions* live = source_.live_sessions(number);
  return live != nullptr ? live->contains(number) : static_cast<bool>(lookup_.session(number));
}

void Judge::add_window(NodeNo number, Verdict& verdict) const {
  const LiveSessions* live = source_.live_sessions(number);
  if (live == nullptr) return;
  const LiveSession& session = live->at(number);
  verdict.evidence.push_back(
      {"window",
       {},
       fmt::format("session {}: {} sent, {} acked; {} of {} sent and not acked now",
                   session.session.value(), session.sent, session.acked,
                   tools::plural(session.in_flight, "message"),
                   tools::format_bytes(session.in_flight_bytes))});
}

Result<> Judge::judge_waiting(NodeNo number, const state::Node& node,
                              const ops::WaitingSum& waiting, Verdict& verdict) {
  const Result<std::uint64_t> oldest_ns = posted_ns(source_, waiting.oldest);
  if (!oldest_ns) return fail(oldest_ns.error());
  verdict.evidence.push_back(
      {"queue", waiting.oldest,
       fmt::format("{} of {} wait, the oldest {} for {}", tools::plural(waiting.count, "message"),
                   tools::format_bytes(waiting.cost_bytes), message_id(waiting.oldest),
                   *oldest_ns != 0 ? age(*oldest_ns) : "nobody knows how long")});
  const Result<Last> last = last_of(number);
  if (!last) return fail(last.error());
  verdict.evidence.insert(verdict.evidence.end(), last->evidence.begin(), last->evidence.end());
  if (last->over_quota > 0) {
    verdict.evidence.push_back({"quota",
                                {},
                                fmt::format("over its quota: it got no copy of {} lately",
                                            tools::plural(last->over_quota, "message"))});
    verdict.next.emplace_back("it gets new messages once it has acked older ones");
  }
  if (!source_.live()) {
    verdict.code = Verdict::Code::kRelayStopped;
    verdict.text = "the relay isn't running";
    verdict.next.emplace_back("start mnmd");
  } else if (is_connected(number)) {
    add_window(number, verdict);
    judge_connected(*last, *oldest_ns, verdict);
  } else if (node.seen_ns == 0) {
    verdict.code = Verdict::Code::kNeverLoggedIn;
    verdict.text = "has never logged in";
    verdict.next.emplace_back(
        "was its password ever given to the client? If the device is gone: its user drops it "
        "(mnm node drop)");
  } else {
    verdict.code = Verdict::Code::kOffline;
    verdict.text = "offline since " + moment(node.seen_ns);
    verdict.next.emplace_back(
        "it gets what waits when it logs in; if the device is gone: its user drops it (mnm node "
        "drop)");
  }
  return {};
}

Result<Verdict> Judge::node(NodeNo number) {
  const state::Node* found = lookup_.node(number);
  if (found == nullptr) return fail(unknown(names_.node_id(number)));
  const state::Node& node = *found;
  Verdict verdict{.id = names_.node_id(number), .subject = names_.node(number)};
  if (node.dropped) {
    verdict.code = Verdict::Code::kDropped;
    verdict.text = "was dropped: it gets nothing, and its password is refused";
    Result<Evidence> drop = drop_of(number, node.seen_ns);
    if (!drop) return fail(drop.error());
    verdict.evidence.push_back(std::move(*drop));
    verdict.next.emplace_back("its user adds a new node (mnm node add)");
    return verdict;
  }
  if (node.drop_due_hours != 0) {
    verdict.evidence.push_back(
        {"drop",
         {},
         fmt::format("its drop is announced, at {} hours of uptime; it is {} now",
                     node.drop_due_hours, lookup_.uptime_hours())});
  }
  if (const ops::WaitingSum waiting = lookup_.waiting(number); waiting.count > 0) {
    Result<> judged = judge_waiting(number, node, waiting, verdict);
    if (!judged) return fail(judged.error());
    return verdict;
  }
  verdict.text = "nothing waits: it has acked all that it got";
  if (node.seen_ns == 0) verdict.text = "nothing waits, and it has never logged in";
  const bool online = source_.live() && is_connected(number);
  verdict.evidence.push_back({"state", {}, online ? "connected" : "offline"});
  return verdict;
}

void Judge::add_parts(Verdict& verdict, std::vector<Verdict> parts) const {
  const auto stuck = std::ranges::count_if(parts, &Verdict::stuck);
  if (stuck > 0) {
    const auto first = std::ranges::find_if(parts, &Verdict::stuck);
    verdict.code = first->code;
    verdict.text = parts.size() == 1 ? first->subject + " " + first->text
                                     : fmt::format("{} of {} are stuck", stuck,
                                                   tools::plural(parts.size(), "node"));
  } else if (std::ranges::any_of(parts, [](const Verdict& part) {
               return part.code == Verdict::Code::kReceiving;
             })) {
    verdict.code = Verdict::Code::kReceiving;
    verdict.text = "connected and receiving";
  }
  verdict.parts = std::move(parts);
}

Result<Verdict> Judge::user(UserNo number) {
  const state::User* found = lookup_.user(number);
  if (found == nullptr) return fail(unknown(names_.uid(number)));
  const state::User& user = *found;
  Verdict verdict{.id = names_.uid(number),
                  .subject = names_.user(number),
                  .text = "nothing waits for any of its nodes"};
  std::vector<Verdict> parts;
  for (const NodeNo each : user.nodes) {
    const state::Node* own = lookup_.node(each);
    if (own == nullptr || own->dropped || parts.size() == kJudgedNodesMax) continue;
    Result<Verdict> part = node(each);
    if (!part) return part;
    parts.push_back(std::move(*part));
  }
  if (parts.empty()) {
    verdict.code = Verdict::Code::kDropped;
    verdict.text = "all its nodes were dropped: nobody can log in for it";
  }
  add_parts(verdict, std::move(parts));
  if (user.receive_only) {
    if (!verdict.stuck()) {
      verdict.code = Verdict::Code::kReceiveOnly;
      verdict.text = "receive-only: it may not post, ping or invite";
    }
    verdict.evidence.push_back({"receive-only", {}, "it may not post, ping or invite"});
    verdict.next.push_back(
        fmt::format("mnmctl receive-only {} off, if it may", tools::escaped(user.uid)));
  }
  return verdict;
}

Result<Verdict> Judge::message(Lsn id) {
  const Result<MessageLife> life = life_of(source_, id);
  if (!life) return fail(life.error());
  if (life->damage) return fail(*life->damage);
  Verdict verdict{.code = Verdict::Code::kAcked, .id = message_id(id), .subject = message_id(id)};
  const auto total = life->copies.size();
  verdict.text =
      total == 0 ? "it had no recipients" : "all of " + tools::plural(total, "node") + " have it";
  verdict.evidence.push_back({"posted", id, moment(life->posted.time_ns())});
  std::vector<Verdict> parts;
  std::size_t missed = 0;
  for (const CopyLife& copy : life->copies) {
    if (copy.state == CopyState::kAcked || copy.state == CopyState::kReplaced) continue;
    ++missed;
    if (parts.size() == kJudgedNodesMax) continue;
    if (copy.state == CopyState::kWaiting) {
      Result<Verdict> part = node(copy.node);
      if (!part) return part;
      parts.push_back(std::move(*part));
      continue;
    }
    const bool refused = copy.state == CopyState::kRefused;
    parts.push_back(
        {.code = refused ? Verdict::Code::kOverQuota : Verdict::Code::kEnded,
         .id = names_.node_id(copy.node),
         .subject = names_.node(copy.node),
         .text = refused ? "got no copy: it was over its quota"
                         : fmt::format("never acked it: {}{}{}", copy_state_name(copy.state),
                                       copy.reason.empty() ? "" : " ", tools::escaped(copy.reason)),
         .evidence = {{"event", refused ? id : copy.ended.lsn, "there it says so"}}});
  }
  add_parts(verdict, std::move(parts));
  if (missed > 0) {
    verdict.text = fmt::format("{} of {} have it; {}", total - missed, tools::plural(total, "node"),
                               verdict.parts.size() == 1 ? verdict.parts.front().subject + ": " +
                                                               verdict.parts.front().text
                                                         : verdict.text);
  }
  if (verdict.stuck()) verdict.next.push_back("mnmlog trace " + message_id(id));
  return verdict;
}

}  // namespace mnm::mnmlog
