#include "mnmlog/message_life.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "mnmlog/event_view.h"
#include "mnmlog/stored_message.h"
#include "mnmlog/walk_listed.h"
#include "ops/replay.h"

namespace mnm::mnmlog {
namespace {

using event::Event;

// Follows the copies from the message's event on, until the last one has ended.
class LifeTracker {
 public:
  // `lookup` tells whose a node is; null where there is no index to ask for users.
  LifeTracker(MessageLife& life, const Lookup* lookup) : life_(life), lookup_(lookup) {}

  void begin(const Instant& at) {
    const event::Stored& fact = life_.posted.stored();
    state::for_each_delta<NodeNo>(fact.recipients(), [&](NodeNo node) { add(node, at); });
    state::for_each_delta<NodeNo>(fact.over_quota(), [&](NodeNo node) {
      life_.copies.push_back({.node = node, .state = CopyState::kRefused, .queued = at});
    });
  }
  void add(NodeNo node, const Instant& at) {
    index_[node] = life_.copies.size();
    life_.copies.push_back({.node = node, .queued = at});
    ++open_;
    const UserNo user = user_of(node);
    if (++open_of_[user] > 1) return;
    begun_.push_back(ops::Subject::acts(user));
    // A newer login notice takes the place of an older one.
    if (is_login()) begun_.push_back(ops::Subject::gets(user));
  }

  // False when there is nothing more to come.
  bool look(const EventView& view) {
    if (done_ && view.lsn > last_of_interest_) return false;
    const Event& event = view.event;
    now_ = {view.lsn, event.time_ns()};
    switch (event.fact_case()) {
      case Event::kStarted:
        all_sessions_end();
        break;
      case Event::kLoggedIn:
        log_in(event.actor());
        break;
      case Event::kSessionEnded:
        log_out(event.actor(), event.session_ended());
        break;
      case Event::kStored:
        stored(view.lsn, event.stored());
        break;
      case Event::kAcked:
        acked(event);
        break;
      case Event::kExpired:
        ended(event.expired(), CopyState::kExpired);
        break;
      case Event::kWithdrawn:
        ended(event.withdrawn(),
              event.withdrawn().recalled() ? CopyState::kRecalled : CopyState::kPurged);
        break;
      case Event::kNodeAdded:
        node_added(event.node_added());
        break;
      case Event::kNodeDropped:
        if (CopyLife* copy = open_copy(event.node_dropped().node()))
          end(*copy, CopyState::kDropped);
        break;
      case Event::kSuppressed:
        suppressed_ += event.suppressed().count();
        break;
      default:
        break;
    }
    return true;
  }

  void finish() {
    if (suppressed_ > 0) {
      life_.gaps.push_back(fmt::format(
          "{} refusals in this time were counted, not logged (event budgets)", suppressed_));
    }
    if (cut_sessions_ > 0) {
      life_.gaps.push_back(
          fmt::format("{} sessions were cut off by a restart of the relay: nobody wrote down what "
                      "they had sent",
                      cut_sessions_));
    }
  }

  // Under what the index lists all that look() must see.
  [[nodiscard]] std::vector<ops::Subject> subjects() {
    begun_.push_back(ops::Subject::relay());
    begun_.push_back(ops::Subject::of(life_.id));
    ended_.clear();
    return take_begun();
  }
  // What was added to those, and taken from them, since the last time.
  [[nodiscard]] std::vector<ops::Subject> take_begun() { return std::exchange(begun_, {}); }
  [[nodiscard]] std::vector<ops::Subject> take_ended() { return std::exchange(ended_, {}); }

  // Events of the turn that ended the last copy may be about the message.
  void set_end_of_record(Lsn lsn) { last_of_interest_ = lsn; }
  [[nodiscard]] bool done() const { return done_; }

 private:
  [[nodiscard]] UserNo user_of(NodeNo number) const {
    const state::Node* node = lookup_ != nullptr ? lookup_->node(number) : nullptr;
    return node != nullptr ? node->user : UserNo();
  }
  [[nodiscard]] bool is_login() const { return life_.posted.stored().kind() == message::LOGIN; }
  [[nodiscard]] CopyLife* open_copy(std::uint32_t node) {
    const auto found = index_.find(NodeNo(node));
    if (found == index_.end()) return nullptr;
    CopyLife& copy = life_.copies[found->second];
    return copy.state == CopyState::kWaiting ? &copy : nullptr;
  }

  void end(CopyLife& copy, CopyState how) {
    copy.state = how;
    copy.ended = now_;
    const UserNo user = user_of(copy.node);
    if (--open_of_[user] == 0) {
      ended_.push_back(ops::Subject::acts(user));
      ended_.push_back(ops::Subject::gets(user));
    }
    if (--open_ > 0) return;
    done_ = true;
    life_.last_end = now_;
    last_of_interest_ = std::max(last_of_interest_, now_.lsn);
  }

  static void begin_session(CopyLife& copy, SessionId id, const Instant& at) {
    ++copy.session_count;
    if (copy.sessions.size() == CopyLife::kSpansMax) copy.sessions.erase(copy.sessions.begin());
    copy.sessions.push_back({.id = id, .begun = at});
  }
  void log_in(const event::Actor& actor) {
    if (CopyLife* copy = open_copy(actor.node())) {
      begin_session(*copy, SessionId(actor.session()), now_);
    }
  }
  void log_out(const event::Actor& actor, const event::SessionEnded& fact) {
    CopyLife* copy = open_copy(actor.node());
    if (copy == nullptr) return;
    const SessionId id(actor.session());
    const auto is_it = [id](const SessionSpan& span) { return span.id == id && !span.ended.lsn; };
    auto span = std::ranges::find_if(copy->sessions, is_it);
    if (span == copy->sessions.end()) {  // it was open when the message came
      begin_session(*copy, id, {});
      span = std::prev(copy->sessions.end());
    }
    span->ended = now_;
    span->reason = fact.reason();
    span->counts = {fact.sent(), fact.acked()};
  }
  void all_sessions_end() {
    for (CopyLife& copy : life_.copies) {
      if (copy.state != CopyState::kWaiting || copy.sessions.empty()) continue;
      SessionSpan& last = copy.sessions.back();
      if (last.ended.lsn) continue;
      last.ended = now_;
      last.reason = "the relay started anew";
      ++cut_sessions_;
    }
  }

  void stored(Lsn lsn, const event::Stored& fact) {
    if (fact.post_id() == life_.id.value()) life_.notices.push_back({lsn, fact.kind()});
    if (fact.kind() != message::LOGIN || !is_login()) return;
    state::for_each_delta<NodeNo>(fact.recipients(), [&](NodeNo node) {
      if (CopyLife* copy = open_copy(node.value())) end(*copy, CopyState::kReplaced);
    });
  }
  void acked(const Event& event) {
    CopyLife* copy = open_copy(event.actor().node());
    if (copy == nullptr ||
        std::ranges::find(event.acked().ids(), life_.id.value()) == event.acked().ids().end()) {
      return;
    }
    copy->acked_in = SessionId(event.actor().session());
    end(*copy, CopyState::kAcked);
  }
  template <class Fact>
  void ended(const Fact& fact, CopyState how) {
    if (fact.id() != life_.id.value()) return;
    state::for_each_delta<NodeNo>(fact.nodes(), [&](NodeNo node) {
      CopyLife* copy = open_copy(node.value());
      if (copy == nullptr) return;
      copy->reason = fact.reason();
      end(*copy, how);
    });
  }
  void node_added(const event::NodeAdded& fact) {
    if (open_copy(fact.copy_of()) != nullptr) add(NodeNo(fact.node()), now_);
  }

  MessageLife& life_;
  const Lookup* lookup_;
  std::map<NodeNo, std::size_t> index_;
  std::map<UserNo, std::size_t> open_of_;  // copies of a user that haven't ended
  std::vector<ops::Subject> begun_;
  std::vector<ops::Subject> ended_;
  std::size_t open_ = 0;
  bool done_ = false;
  Lsn last_of_interest_;
  Instant now_;
  std::uint64_t suppressed_ = 0;
  std::uint64_t cut_sessions_ = 0;
};

Error no_message(Lsn id, std::string_view why) {
  return {ErrorCode::kNegative, fmt::format("no message {}: {}", message_id(id), why)};
}

// The post itself, where the log still has it.
Result<> read_post(const Source& source, MessageLife& life) {
  const Result<log::Record> record = source.reader().read(life.id);
  if (!record) return fail(record.error());
  const auto index = static_cast<std::size_t>(life.id.value() - record->first.value());
  if (auto parsed = ops::parse_event(life.id, record->events[index], life.posted); !parsed) {
    return parsed;
  }
  life.epoch = record->epoch;
  if (life.posted.has_stored()) return {};
  return fail(no_message(life.id, fmt::format("LSN {} is of another kind, {}", life.id.value(),
                                              event_name(life.posted))));
}

// Whether the row is there, and its header.
Result<std::optional<message::Header>> read_row(const Source& source, MessageLife& life) {
  Result<std::optional<StoredMessage>> row = find_stored(source, life.id);
  if (!row && source.loose()) {
    life.gaps.push_back("whether it is still stored: " + row.error().text);
    return std::optional<message::Header>();
  }
  if (!row) return fail(row.error());
  if (!row->has_value()) return std::optional<message::Header>();
  life.stored = true;
  life.row_bytes = (*row)->row_bytes;
  life.missing_file = std::move((*row)->missing_file);
  return std::optional(std::move((*row)->header));
}

// Retention took the event; what waits is still there.
Result<> post_from_row(Source& source, const message::Header& header, MessageLife& life,
                       LifeTracker& tracker) {
  const state::Views& views = source.views();  // nothing says who the recipients were
  life.trimmed = true;
  life.posted.set_time_ns(header.posted_ns());
  life.posted.mutable_actor()->set_user(views.find_user(header.from_uid()).value());
  event::Stored& fact = *life.posted.mutable_stored();
  fact.set_kind(header.kind());
  fact.set_data_bytes(header.data_bytes());
  for (NodeNo node(1); node < views.next_node(); node = next(node)) {
    if (views.node(node).queue.contains(life.id)) tracker.add(node, {});
  }
  for (CopyLife& copy : life.copies) copy.begins_before_log = true;
  life.gaps.push_back(fmt::format(
      "the log begins at LSN {}: who posted it from where, whose copies ended before, and what was "
      "sent before, is no longer in it",
      source.reader().tail().value()));
  return {};
}

Result<> walk_on(const Source& source, Lsn from, LifeTracker& tracker) {
  return walk_ahead(source.reader(), {from, source.durable().lsn}, [&](const EventView& view) {
    const bool was_done = tracker.done();
    if (!tracker.look(view)) return false;
    if (was_done || !tracker.done()) return true;
    const Result<log::Record> record = source.reader().read(view.lsn);
    if (record) tracker.set_end_of_record(record->last());
    return true;
  });
}

// Of what is indexed only what may be about the copies: sets `from` to where to go on.
Result<> follow_index(Source& source, const ops::DerivedRows& rows, Lsn& from,
                      LifeTracker& tracker) {
  ops::MergedListing listing(rows, ops::MergedListing::Order::kAscending);
  for (const ops::Subject& subject : tracker.subjects()) {
    if (Result<> added = listing.add(subject, from); !added) return added;
  }
  EventReader events(source.reader());
  while (!tracker.done()) {
    const Result<Lsn> lsn = listing.next();
    if (!lsn) return fail(lsn.error());
    if (!*lsn || *lsn > source.indexed()) {
      from = std::max(from, mnm::next(source.indexed()));
      return {};
    }
    const Result<EventView> view = events.read(*lsn);
    if (!view) return fail(view.error());
    (void)tracker.look(*view);
    from = mnm::next(*lsn);
    for (const ops::Subject& subject : tracker.take_ended()) listing.end(subject);
    for (const ops::Subject& subject : tracker.take_begun()) {
      if (Result<> added = listing.add(subject, from); !added) return added;
    }
  }
  tracker.set_end_of_record(events.record().last());
  return {};
}

Result<> follow(Source& source, MessageLife& life, LifeTracker& tracker) {
  // The index may list more than is kept.
  Lsn from = std::max(mnm::next(life.id), source.reader().tail());
  Result<> walked;
  if (const ops::DerivedRows* rows = source.index(); rows != nullptr) {
    walked = follow_index(source, *rows, from, tracker);
  }
  if (walked) walked = walk_on(source, from, tracker);
  if (walked) return {};
  if (walked.error().code == ErrorCode::kInterrupted) return walked;
  life.damage = walked.error();
  return {};
}

// The session that a node has now, and what it has sent, where a running relay says so.
struct OpenSession {
  SessionId id;  // none: it has none
  std::optional<SessionSpan::Counts> counts;
};
OpenSession open_session(Source& source, NodeNo node, bool many) {
  const LiveSessions* live = source.live_sessions(many ? NodeNo() : node);
  if (live == nullptr) {
    const Lookup& lookup = source.lookup();
    return {lookup.node(node) != nullptr ? lookup.session(node) : SessionId(), std::nullopt};
  }
  const auto found = live->find(node);
  if (found == live->end()) return {};
  const LiveSession& session = found->second;
  return {session.session, SessionSpan::Counts{session.sent, session.acked}};
}

// A session that was there all along has left no event since.
void add_standing_sessions(Source& source, MessageLife& life) {
  constexpr std::size_t kMany = 50;  // to ask for each
  const bool many = life.waiting() > kMany;
  for (CopyLife& copy : life.copies) {
    if (copy.state != CopyState::kWaiting) continue;
    const OpenSession open = open_session(source, copy.node, many);
    if (!open.id) continue;
    if (copy.sessions.empty() || copy.sessions.back().id != open.id) {
      ++copy.session_count;
      copy.sessions.push_back({.id = open.id});
    }
    copy.sessions.back().counts = open.counts;
  }
}

}  // namespace

std::string_view copy_state_name(CopyState state) {
  constexpr std::array<std::string_view, 8> kNames = {
      "waiting", "acked", "expired", "dropped", "replaced", "over_quota", "purged", "recalled"};
  return kNames.at(static_cast<std::size_t>(state));
}

Sent was_sent(const CopyLife& copy) {
  if (copy.state == CopyState::kAcked) return Sent::kYes;
  // What was sent and acked was another message.
  const auto may_have = [](const SessionSpan& span) {
    return !span.counts || span.counts->sent > span.counts->acked;
  };
  const bool perhaps = copy.begins_before_log || copy.session_count > copy.sessions.size() ||
                       std::ranges::any_of(copy.sessions, may_have);
  return perhaps ? Sent::kPerhaps : Sent::kNo;
}

std::size_t MessageLife::waiting() const {
  return static_cast<std::size_t>(
      std::ranges::count(copies, CopyState::kWaiting, &CopyLife::state));
}

Result<MessageLife> life_of(Source& source, Lsn id) {
  MessageLife life{.id = id};
  LifeTracker tracker(life, source.index() != nullptr ? &source.names() : nullptr);
  const Result<std::optional<message::Header>> row = read_row(source, life);
  if (!row) return fail(row.error());
  if (const Result<> post = read_post(source, life); post) {
    tracker.begin({id, life.posted.time_ns()});
  } else if (post.error().code != ErrorCode::kNegative || life.posted.fact_case() != 0) {
    return fail(post.error());
  } else if (id >= source.reader().tail()) {
    return fail(no_message(id, "there is no such event in the log"));
  } else if (!row->has_value()) {
    return fail(no_message(id, fmt::format("the log begins at LSN {}, and nobody waits for it",
                                           source.reader().tail().value())));
  } else if (Result<> made = post_from_row(source, **row, life, tracker); !made) {
    return fail(made.error());
  }
  if (life.copies.empty() || life.waiting() == 0) return life;
  if (Result<> followed = follow(source, life, tracker); !followed) return fail(followed.error());
  tracker.finish();
  if (life.waiting() > 0) add_standing_sessions(source, life);
  if (const auto failed = source.asking_error()) return fail(*failed);
  return life;
}

}  // namespace mnm::mnmlog
