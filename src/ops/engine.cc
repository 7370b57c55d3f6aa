#include "ops/engine.h"

#include <glog/logging.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/canary.h"
#include "ops/store.h"

namespace mnm::ops {
namespace {

constexpr std::size_t kRecentBytesMax = std::size_t{8} << 20;
constexpr std::chrono::milliseconds kQuietWait{
    5};  // how long acks wait for a turn that has an answer
constexpr std::uint64_t kSuppressedEveryMs = 60'000;
constexpr std::size_t kToldExpected = 4;  // answers to a session in a turn, as a rule

// The events of most turns: what an arena takes beyond its first block it gives back at each reset.
constexpr std::size_t kArenaBytes = std::size_t{256} << 10;

google::protobuf::ArenaOptions arena_options(char* first_block) {
  google::protobuf::ArenaOptions options;
  options.initial_block = first_block;
  options.initial_block_size = kArenaBytes;
  options.max_block_size = kArenaBytes;
  return options;
}

std::size_t body_bytes(const MessageHandle& message) {
  return message->body() != nullptr ? message->body()->size() : 0;
}

std::size_t acks_in(const Command& command) {
  const auto* ack = std::get_if<Ack>(&command);
  return ack != nullptr ? 1 + ack->more.size() : 0;
}

// Collects effects so that each outlet is posted to once, each session's in order.
class EffectsByOutlet {
 public:
  // Where this session's effects go, until the next call; as a rule so many follow.
  std::vector<Effect>& of(Outlet& outlet, SessionId session, std::size_t expected) {
    Batch& batch = batches_[&outlet];
    const auto [at, fresh] = batch.places.try_emplace(session, batch.effects.size());
    if (fresh) batch.effects.push_back({.session = session, .effects = {}});
    std::vector<Effect>& effects = batch.effects[at->second].effects;
    const std::size_t wanted = effects.size() + expected;
    if (wanted > effects.capacity()) effects.reserve(std::max(wanted, 2 * effects.capacity()));
    return effects;
  }
  void post() {
    for (auto& [outlet, batch] : batches_) outlet->post(std::move(batch.effects));
  }

 private:
  struct Batch {
    std::vector<SessionEffects> effects;
    boost::unordered_flat_map<SessionId, std::size_t, std::hash<SessionId>> places;
  };
  std::map<Outlet*, Batch> batches_;
};

// Commands that need no account: they make one, or come from the relay itself or an administrator.
struct NeedsSession {
  bool operator()(const UserEdit&) const { return true; }
  bool operator()(const OhiEdit&) const { return true; }
  bool operator()(const GroupInvite&) const { return true; }
  bool operator()(const GroupEdit&) const { return true; }
  bool operator()(const Post&) const { return true; }
  bool operator()(const Ping&) const { return true; }
  bool operator()(const Ack&) const { return true; }
  bool operator()(const Quit&) const { return true; }
  bool operator()(const Lost&) const { return true; }
  bool operator()(const TurnedDown& request) const { return request.retry_after_s != 0; }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

bool needs_session(const Command& command) { return std::visit(NeedsSession{}, command); }

}  // namespace

Engine::Engine(log::Log& log, state::Views views, const Limits& limits, EngineClock clock)
    : log_(log),
      views_(std::move(views)),
      limits_(limits),
      clock_(std::move(clock)),
      head_(log.durable()),
      sessions_(limits_),
      budgets_(limits_),
      arena_block_(std::make_unique<char[]>(kArenaBytes)),
      arena_(arena_options(arena_block_.get())) {
  if (limits_.distinct_aliases) lookalikes_.emplace(views_);
  CHECK(head_.lsn == views_.applied())
      << "the views end at " << views_.applied().value() << ", the log at " << head_.lsn.value();
}

Context Engine::context_for(const Request& request, const LiveSession* session) const {
  return {.views = views_,
          .limits = limits_,
          .request = request,
          .now_ns = now_ns_,
          .user = session != nullptr ? session->user : UserNo(),
          .node = session != nullptr ? session->node : NodeNo(),
          .sessions = sessions_,
          .disk_low = disk_low_,
          .lookalikes = lookalikes_ ? &*lookalikes_ : nullptr,
          .session_origin = session != nullptr ? session->origin.get() : nullptr};
}

Result<> Engine::start(const StartFacts& facts) {
  now_ns_ = clock_.utc_ns();
  const Request request{.command = TickHour{}};
  const Context context = context_for(request, nullptr);
  Decision decision(next(head_.lsn), arena_);
  if (!head_.lsn) {
    event::EpochStarted& epoch = *decision.add(context).mutable_epoch_started();
    epoch.set_epoch(1);
    epoch.set_reason("new log");
    head_.epoch = Epoch(1);
  }
  event::Started& started = *decision.add(context).mutable_started();
  started.set_boot_id(facts.boot_id);
  started.set_version(facts.version);
  started.set_config_digest(facts.config_digest.data(), facts.config_digest.size());
  fold(decision, 0);
  if (auto appended = append(decision); !appended) return appended;
  // What was given up just before the last end may not be gone yet.
  return trim(views_.trimmed());
}

// Events through `through` were given up, durably.
Result<> Engine::trim(Lsn through) {
  if (!through || log_.tail() > through) return {};
  return log_.trim(next(through));
}

Result<> Engine::run(Inbox& inbox) {
  std::vector<Request> requests;
  while (true) {
    inbox.take(requests, kQuietWait);
    if (requests.empty()) return {};
    std::span<Request> left(requests);
    while (!left.empty()) {
      const auto done = turn(left);
      if (!done) {
        dismiss_all("storage failed: the outcome of what was not answered is unknown");
        return fail(done.error());
      }
      left = left.subspan(*done);
    }
  }
}

Result<> Engine::end_sessions() {
  now_ns_ = clock_.utc_ns();
  const Request request{.command = TickHour{}};
  const Context relay = context_for(request, nullptr);
  std::vector<NodeNo> nodes;
  nodes.reserve(sessions_.size());
  sessions_.for_each([&](const LiveSession& session) { nodes.push_back(session.node); });
  std::ranges::sort(nodes);
  std::span<const NodeNo> left(nodes);
  while (!left.empty()) {
    const auto some = left.first(std::min(left.size(), kTurnRequestsMax));
    Decision decision(next(head_.lsn), arena_);
    for (const NodeNo node : some) {
      const std::size_t from = decision.events.size();
      const SessionId session = views_.node(node).session;
      end_session(relay, node, "the relay ends", decision);
      fold(decision, from);
      sessions_.detach(session);
    }
    if (auto appended = append(decision); !appended) return appended;
    arena_.Reset();
    left = left.subspan(some.size());
  }
  return {};
}

void Engine::dismiss_all(const std::string& text) {
  EffectsByOutlet effects;
  sessions_.for_each([&](const LiveSession& session) {
    effects.of(*session.outlet, session.id, 1).emplace_back(Dismissed{text});
  });
  effects.post();
}

Result<std::size_t> Engine::turn(std::span<Request> requests) {
  now_ns_ = clock_.utc_ns();
  Decision decision(next(head_.lsn), arena_);
  decision.expect(std::min(requests.size(), kTurnRequestsMax));
  note_suppressed(decision);
  std::size_t done = 0;
  std::size_t bytes = 0;
  std::size_t acks = 0;
  while (done < requests.size() && done < kTurnRequestsMax && bytes < kTurnBytesMax &&
         acks < kTurnAcksMax && decision.listed_nodes < kTurnNodesMax) {
    bytes += memory_of(requests[done]);
    acks += acks_in(requests[done].command);
    decide_one(requests[done++], decision);
  }
  if (MNM_CANARY("ack-before-sync")) hand_out(decision);
  if (!decision.events.empty()) {
    if (auto appended = append(decision); !appended) {
      looks_.clear();  // who waits for one may be gone before the engine is
      return fail(appended.error());
    }
  }
  if (decision.trim_before) {
    if (auto trimmed = trim(decision.trim_before - 1); !trimmed) return fail(trimmed.error());
  }
  list_queued();
  hand_out(decision);
  for (const Inspect& inspect : std::exchange(looks_, {})) {
    if (inspect.look) inspect.look(views_);
    if (inspect.look_at_sessions) inspect.look_at_sessions(views_, sessions_);
  }
  arena_.Reset();
  return done;
}

void Engine::decide_one(const Request& request, Decision& decision) {
  if (const auto* inspect = std::get_if<Inspect>(&request.command)) {
    looks_.push_back(*inspect);
    return;
  }
  if (const auto* disk = std::get_if<DiskLow>(&request.command)) {
    disk_low_ = disk->low;
    return;
  }
  LiveSession* session = sessions_.find(request.session);
  // A session that was fenced, dismissed or never logged in: its late requests mean nothing. Nor
  // does a second login of one that is.
  if ((session == nullptr) == needs_session(request.command)) return;

  Context context = context_for(request, session);
  const std::uint64_t now_ms = clock_.steady_ms();
  TokenBucket* bucket = session != nullptr ? &session->events : nullptr;
  context.over_budget = budgets_.over(context, bucket, now_ms);
  const std::size_t events_from = decision.events.size();
  const std::size_t told_from = decision.told.size();
  decision.stray_acks = 0;
  decision.refused = false;
  if (session != nullptr) session->counts.pulses = request.pulses;
  decide_request(context, decision);
  const bool changes = decision.events.size() > events_from;
  if (session != nullptr && !changes && decision.stray_acks == 0) ++session->counts.no_change;
  if (decision.refused && !budgets_.log_refusal(context, now_ms)) {
    take_refusal_out(events_from, decision);
  }
  fold(decision, events_from);
  if (!std::holds_alternative<Ack>(request.command)) {
    const UserNo entered = decision.attached ? views_.node(decision.attached).user : UserNo();
    budgets_.spend(context, bucket, entered, decision.events.size() - events_from, now_ms);
  }
  after_fold(context, told_from, decision);
}

void Engine::take_refusal_out(std::size_t events_from, Decision& decision) {
  const auto is_refusal = [](const event::Event* event) {
    return event->fact_case() == event::Event::kRefused;
  };
  const auto from = decision.events.begin() + static_cast<std::ptrdiff_t>(events_from);
  decision.events.erase(std::remove_if(from, decision.events.end(), is_refusal),
                        decision.events.end());
}

// What the budget kept out of the log since the last time: counted, so that the log says that
// something is missing.
void Engine::note_suppressed(Decision& decision) {
  const std::uint64_t now_ms = clock_.steady_ms();
  if (now_ms < suppressed_noted_ms_ + kSuppressedEveryMs) return;
  suppressed_noted_ms_ = now_ms;
  const Request request{.command = TickHour{}};
  const Context relay = context_for(request, nullptr);
  const std::size_t from = decision.events.size();
  for (const Budgets::Suppressed& suppressed : budgets_.take_suppressed()) {
    event::Suppressed& fact = *decision.add(relay).mutable_suppressed();
    fact.set_who(suppressed.who);
    fact.set_count(suppressed.count);
  }
  fold(decision, from);
}

void Engine::fold(Decision& decision, std::size_t from) {
  for (std::size_t i = from; i < decision.events.size(); ++i) {
    views_.evolve(head_.lsn + (i + 1), *decision.events[i], changes_);
    if (lookalikes_) lookalikes_->add(*decision.events[i]);
  }
}

void Engine::after_fold(const Context& context, std::size_t told_from, Decision& decision) {
  const Request& request = context.request;
  if (decision.attached) {
    const NodeNo node = std::exchange(decision.attached, NodeNo());
    sessions_.attach(request, views_.node(node).user, node);
    list(*sessions_.find(request.session));
  }
  if (const auto* ack = std::get_if<Ack>(&request.command)) {
    LiveSession* session = sessions_.find(request.session);
    sessions_.credit(*session, *ack, decision.stray_acks);
    list(*session);
  }
  for (std::size_t i = told_from; i < decision.told.size(); ++i) {
    Told& told = decision.told[i];
    const LiveSession* session = sessions_.find(told.session);
    if (told.session == request.session) {
      told.outlet = request.outlet;
    } else if (session != nullptr) {
      told.outlet = session->outlet;
    }
    if (std::holds_alternative<Dismissed>(told.effect)) sessions_.detach(told.session);
  }
  if (std::holds_alternative<Lost>(request.command)) sessions_.detach(request.session);
}

Result<> Engine::append(Decision& decision) {
  // Messages that came and went within the turn leave nothing: neither put nor purged.
  const Lsn first = next(head_.lsn);
  std::vector<log::MessagePurge> purges;
  std::vector<Lsn> passed;
  for (const log::MessagePurge& purge : changes_.purges) {
    if (purge.id < first) purges.push_back(purge);
    if (purge.id >= first) passed.push_back(purge.id);
  }
  std::ranges::sort(purges, {}, &log::MessagePurge::id);
  std::erase_if(decision.rows, [&passed](const NewRow& row) {
    return std::ranges::find(passed, row.message->id()) != passed.end();
  });

  std::vector<log::MessagePut> puts;
  puts.reserve(decision.rows.size());
  for (const NewRow& row : decision.rows) {
    const auto& body = row.message->body();
    puts.push_back({.id = row.message->id(),
                    .head = row.head,
                    .body = body != nullptr ? std::string_view(*body) : std::string_view(),
                    .file = row.message->file()});
  }
  const std::vector<std::string_view> events = serialise(decision);
  // Before the append: one that fails may have stored the rows all the same, and a row without its
  // file is a message lost. A file without a row goes with the next start.
  for (const NewRow& row : decision.rows) {
    if (row.upload != nullptr && !MNM_CANARY("body-not-kept")) row.upload->release();
  }
  const auto position = log_.append(
      {.epoch = head_.epoch, .first = first, .events = events, .puts = puts, .purges = purges});
  if (!position) return fail(position.error());
  head_ = *position;
  changes_.purges.clear();
  forget(purges);
  remember(decision);
  return {};
}

std::vector<std::string_view> Engine::serialise(const Decision& decision) {
  std::size_t total = 0;
  for (const event::Event* event : decision.events) total += event->ByteSizeLong();
  events_buffer_.resize(total);
  std::vector<std::string_view> events;
  events.reserve(decision.events.size());
  auto* at = reinterpret_cast<std::uint8_t*>(events_buffer_.data());
  for (const event::Event* event : decision.events) {
    // By the sizes that ByteSizeLong has left in it.
    std::uint8_t* const end = event->SerializeWithCachedSizesToArray(at);
    events.emplace_back(reinterpret_cast<const char*>(at), static_cast<std::size_t>(end - at));
    at = end;
  }
  return events;
}

void Engine::remember(Decision& decision) {
  for (NewRow& row : decision.rows) {
    const std::size_t bytes = sizeof(Recent) + row.head.size() + body_bytes(row.message);
    recent_bytes_ += bytes;
    const Lsn id = row.message->id();
    const std::optional<state::Message> waiting = views_.message(id);
    recent_.push_back({id, std::move(row.message), bytes, waiting ? waiting->copies : 0});
  }
  while (recent_bytes_ > kRecentBytesMax) {
    recent_bytes_ -= recent_.front().bytes;
    recent_.pop_front();
  }
}

// Nobody will be sent these. What is kept stays small, and its memory warm.
void Engine::forget(std::span<const log::MessagePurge> purges) {
  for (const log::MessagePurge& purge : purges) {
    const auto at = std::ranges::lower_bound(recent_, purge.id, {}, &Recent::id);
    if (at == recent_.end() || at->id != purge.id) continue;
    drop(*at);
  }
  while (!recent_.empty() && recent_.front().message == nullptr) {
    recent_bytes_ -= recent_.front().bytes;
    recent_.pop_front();
  }
}

void Engine::drop(Recent& recent) {
  recent_bytes_ -= std::exchange(recent.bytes, sizeof(Recent)) - sizeof(Recent);
  recent.message = nullptr;
}

MessageHandle Engine::recall(Lsn id) {
  const auto at = std::ranges::lower_bound(recent_, id, {}, &Recent::id);
  if (at == recent_.end() || at->id != id) return nullptr;
  if (at->copies > 1) {
    --at->copies;
    return at->message;
  }
  MessageHandle message = std::move(at->message);
  drop(*at);
  return message;
}

void Engine::list(LiveSession& session) {
  if (std::exchange(session.listed, true)) return;
  listed_.push_back(session.id);
}

void Engine::list_queued() {
  for (const state::Changes::Queued& copy : std::exchange(changes_.withdrawn, {})) {
    LiveSession* session = sessions_.find(views_.node(copy.node).session);
    if (session == nullptr) continue;
    // One that is half sent: what ends without an ack isn't to be had any more, not even the rest.
    if (sessions_.give_back(*session, copy.id)) revoked_.emplace_back(session->id, copy.id);
    list(*session);
  }
  for (const state::Changes::Queued& queued : changes_.queued) {
    const SessionId id = views_.node(queued.node).session;
    if (!id) continue;
    if (LiveSession* session = sessions_.find(id); session != nullptr) list(*session);
  }
  changes_.queued.clear();
}

void Engine::hand_out(Decision& decision) {
  EffectsByOutlet effects;
  for (Told& told : decision.told) {
    if (told.outlet == nullptr) continue;
    effects.of(*told.outlet, told.session, kToldExpected).push_back(std::move(told.effect));
  }
  for (const auto& [id, message] : std::exchange(revoked_, {})) {
    const LiveSession* session = sessions_.find(id);
    if (session != nullptr) effects.of(*session->outlet, id, 1).emplace_back(Revoked{message});
  }
  std::vector<Delivery> deliveries;
  for (const SessionId id : std::exchange(listed_, {})) {
    LiveSession* session = sessions_.find(id);
    if (session == nullptr) continue;
    session->listed = false;
    sessions_.hand_over(*session, views_, deliveries);
    if (deliveries.empty()) continue;
    std::vector<Effect>& out = effects.of(*session->outlet, id, deliveries.size());
    for (Delivery& delivery : deliveries) {
      delivery.message = recall(delivery.id);
      out.emplace_back(std::move(delivery));
    }
    deliveries.clear();
  }
  effects.post();
}

}  // namespace mnm::ops
