#include "net/session.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "base/canary.h"
#include "base/text.h"

namespace mnm::net {
namespace {

constexpr std::string_view kBadLength = "invalid header length";
constexpr std::string_view kRepeated = "disallowed op repetition";
constexpr std::string_view kNotLoggedIn = "disallowed op on unauthenticated link";
constexpr std::string_view kLoggedIn = "disallowed op on connected link";
constexpr std::string_view kTooLong = "data too long for request type";
constexpr std::string_view kNotUtf8 = "data not valid UTF8";

template <class Op>
bool is(const Incoming& incoming) {
  const auto* command = std::get_if<ops::Command>(&incoming.what);
  return command != nullptr && std::holds_alternative<Op>(*command);
}

// OP_NONE for version requests, which are no concern of the log.
event::Op op_of(const Incoming& incoming) {
  if (std::holds_alternative<Pulse>(incoming.what)) return event::PULSE;
  const auto* command = std::get_if<ops::Command>(&incoming.what);
  return command != nullptr ? ops::op_of(*command) : event::OP_NONE;
}

// Whom a login asks to be.
std::string_view uid_of(const Incoming& incoming) {
  if (!is<ops::Login>(incoming)) return {};
  return std::get<ops::Login>(std::get<ops::Command>(incoming.what)).uid;
}

}  // namespace

Session::Session(SessionSetup setup, SessionWorld& world, SessionActions& actions)
    : setup_(std::move(setup)),
      world_(&world),
      actions_(actions),
      sender_(actions),
      last_octet_(setup_.accepted),
      stopped_(setup_.accepted) {}

// ------------------------------------------------------------------------------ octets to requests

bool Session::may_take() const {
  if (phase_ == Phase::kPending || phase_ == Phase::kQuitting || phase_ == Phase::kEnded) {
    return false;
  }
  if (arriving_ && arriving_->writing) return false;
  return !inbox_full_ && sender_.queued_bytes() <= kSendPauseBytes &&
         sender_.waiting() <= kWaitingPause;
}

void Session::received(TimePoint now, std::string_view octets) {
  if (ended()) return;
  last_octet_ = now;
  if (stash_.empty()) {
    process(now, octets);
  } else {
    stash_.append(octets);
  }
  settle(now);
}

// Looks at all it may; the rest is kept for later.
void Session::process(TimePoint now, std::string_view octets) {
  while (!octets.empty() && may_take()) {
    if (arriving_) {
      take_data(octets);
    } else {
      take_header(now, octets);
    }
  }
  if (ended()) octets = {};
  std::string rest(octets);  // first, since octets may lie in stash_
  stash_.swap(rest);
}

void Session::take_header(TimePoint now, std::string_view& octets) {
  switch (header_.feed(octets)) {
    case HeaderReader::State::kBadLength:
      return fatal(Fatal{kBadLength});
    case HeaderReader::State::kIncomplete:
      if (!header_due_) header_due_ = now + kHeaderWithin;
      return;
    case HeaderReader::State::kReady:
      header_due_.reset();
      on_header(now);
      if (!ended()) header_.next();
      return;
  }
}

void Session::on_header(TimePoint now) {
  const Codec* codec = codec_ != nullptr ? codec_ : world_->choose(header_.header());
  // Without a dialect there is no way to say what is wrong.
  if (codec == nullptr) return end({}, Closing::kAbort, "the first header is in no dialect");
  auto incoming = codec->decode(header_.header());
  if (codec_ == nullptr) {
    const bool known = incoming || incoming.error().op != event::OP_NONE;
    if (!known) return end({}, Closing::kAbort, incoming.error().text);
    codec_ = codec;
    sender_.speak(*codec);
  }
  if (!incoming) {
    // A header that is whole but asks for what can't be: the link's state is judged first.
    const event::Op op = incoming.error().op;
    const bool enters = op == event::REGISTER || op == event::LOGIN;
    const auto by_state = op != event::OP_NONE ? out_of_place(enters) : std::nullopt;
    return turn_down(by_state.value_or(incoming.error()), op, incoming.error().uid);
  }
  const auto fault = forbidden(*incoming);
  if (phase_ == Phase::kFirst) phase_ = Phase::kOpen;
  if (fault) {
    forget(incoming->secret);
    return turn_down(*fault, op_of(*incoming), uid_of(*incoming));
  }
  const DataPlan plan = incoming->data;
  if (plan.note_bytes == 0 && plan.body_bytes == 0) return carry_out(*incoming, {}, {});
  arriving_ = std::make_unique<Arriving>();
  arriving_->incoming = std::move(*incoming);
  if (plan.note_bytes > 0) arriving_->note.emplace(plan.note_bytes);
  if (plan.body_bytes > 0) arriving_->body.emplace(plan.body_bytes);
  const std::uint64_t size = plan.note_bytes + plan.body_bytes;
  arriving_->due = now + kBodyWithin +
                   std::chrono::seconds(static_cast<std::int64_t>(size / kBodyBytesPerSecondMin));
}

// Register and Login come before the link is logged in, all else after.
std::optional<Fatal> Session::out_of_place(bool enters) const {
  if (enters && phase_ == Phase::kReady) return Fatal{kLoggedIn};
  if (!enters && phase_ != Phase::kReady) return Fatal{kNotLoggedIn};
  return std::nullopt;
}

// What the state of the link, or its limits, forbid.
std::optional<Fatal> Session::forbidden(const Incoming& incoming) const {
  if (const auto* version = std::get_if<VersionRequest>(&incoming.what)) {
    if (version->is_mmtp || phase_ == Phase::kFirst) return std::nullopt;
    return Fatal{kRepeated};
  }
  const bool enters = is<ops::Register>(incoming) || is<ops::Login>(incoming);
  if (auto fault = out_of_place(enters)) return fault;
  const DataPlan& plan = incoming.data;
  const std::uint64_t max = plan.is_text ? kTextBytesMax : world_->limits.body_bytes_max;
  if (plan.body_bytes > max || plan.note_bytes > max - plan.body_bytes) return Fatal{kTooLong};
  return std::nullopt;
}

void Session::take_data(std::string_view& octets) {
  std::optional<BodyReader>& part = arriving_->note ? arriving_->note : arriving_->body;
  switch (part->feed(octets)) {
    case BodyReader::State::kIncomplete:
      return;
    case BodyReader::State::kChunk:
      arriving_->writing = true;
      return actions_.write_body(part->take_chunk(), part->all_received());
    case BodyReader::State::kDone:
      CHECK(!part->in_file() || arriving_->spoilt);  // else its last chunk was due
      if (arriving_->note && !arriving_->spoilt) {
        arriving_->note_done = part->finish(nullptr, world_->random);
      }
      if (arriving_->note) return arriving_->note.reset();
      return data_done();
  }
}

void Session::body_written(TimePoint now, Result<std::shared_ptr<log::Upload>> upload) {
  if (ended()) return;
  CHECK(arriving_ && arriving_->writing);
  arriving_->writing = false;
  std::optional<BodyReader>& part = arriving_->note ? arriving_->note : arriving_->body;
  if (!upload) {
    LOG(WARNING) << "session " << setup_.id.value()
                 << ": a body can't be stored: " << upload.error().text;
    arriving_->spoilt = true;
    part->discard();
    if (arriving_->note && arriving_->body) arriving_->body->discard();
    if (part->all_received()) {
      if (!arriving_->note) {
        data_done();
      } else {
        arriving_->note.reset();
      }
    }
  } else if (part->all_received()) {
    ops::Body done = part->finish(std::move(*upload), world_->random);
    if (arriving_->note) {
      arriving_->note_done = std::move(done);
      arriving_->note.reset();
    } else {
      const auto whole = std::exchange(arriving_, nullptr);
      carry_out(whole->incoming, std::move(whole->note_done).value_or(ops::Body{}),
                std::move(done));
    }
  }
  settle(now);
}

// The last part was in memory, or is forgotten.
void Session::data_done() {
  const auto whole = std::exchange(arriving_, nullptr);
  if (whole->spoilt) return refuse_passing(whole->incoming);
  if (whole->incoming.data.is_text && !MNM_CANARY("text-not-checked")) {
    switch (check_text(whole->body->text())) {
      case TextFault::kNotUtf8:
        return fatal(Fatal{kNotUtf8});
      case TextFault::kTooLong:
        return fatal(Fatal{kTooLong});
      case TextFault::kNone:
        break;
    }
  }
  ops::Body body = whole->body->finish(nullptr, world_->random);
  carry_out(whole->incoming, std::move(whole->note_done).value_or(ops::Body{}), std::move(body));
}

// ------------------------------------------------------------------------------ requests to engine

void Session::carry_out(Incoming& incoming, ops::Body note, ops::Body body) {
  if (std::holds_alternative<Pulse>(incoming.what)) {
    ++pulses_;
  } else if (std::holds_alternative<VersionRequest>(incoming.what)) {
    if (phase_ == Phase::kReady) ++pulses_;
    const auto services = world_->authority != nullptr ? world_->authority->services() : nullptr;
    sender_.say(
        Outgoing(codec_->encode_version(world_->site_name, services != nullptr ? *services : "")));
  } else {
    complete(incoming, std::move(note), std::move(body));
  }
}

// Adds what the codec can't know: bodies, fresh secrets, verifiers.
void Session::complete(Incoming& incoming, ops::Body note, ops::Body body) {
  auto& command = std::get<ops::Command>(incoming.what);
  if (auto* entry = std::get_if<ops::Register>(&command)) {
    uid_ = make_uid(world_->random);
    entry->uid = uid_;
    entry->secret = make_secret(world_->keys, uid_, world_->random);
    vouch(incoming.secret, *entry);
  } else if (auto* login = std::get_if<ops::Login>(&command)) {
    uid_ = login->uid;
    login->verifier = node_verifier(world_->keys, uid_, incoming.secret);
  } else if (auto* edit = std::get_if<ops::UserEdit>(&command)) {
    if (edit->credentials) {
      edit->credentials->verifier =
          node_verifier(world_->keys, edit->credentials->uid, incoming.secret);
    }
    if (edit->new_node) edit->secret = make_secret(world_->keys, uid_, world_->random);
  } else if (auto* post = std::get_if<ops::Post>(&command)) {
    post->body = std::move(body);
    if (post->note) post->note->body = std::move(note);
  } else if (auto* invite = std::get_if<ops::GroupInvite>(&command)) {
    invite->text = std::move(body);
  } else if (auto* ping = std::get_if<ops::Ping>(&command)) {
    ping->text = std::move(body);
  }
  forget(incoming.secret);
  submit(std::move(command), incoming);
}

// Of a header that is still there: what holds a secret has no data.
void Session::forget(std::string& secret) {
  if (secret.empty()) return;
  wipe(secret);
  header_.overwrite();
}

void Session::vouch(std::string_view token, ops::Register& entry) const {
  if (world_->authority == nullptr || token.empty()) return;
  auto person = world_->authority->judge(token);
  if (!person) {
    entry.token_fault = person.error();
    return;
  }
  const Hash subject = subject_hash(world_->keys, person->issuer, person->subject);
  wipe(person->subject);
  entry.identity = ops::Identity{std::move(person->issuer), subject};
}

void Session::submit(ops::Command&& command, Incoming& incoming) {
  if (std::holds_alternative<ops::Register>(command) ||
      std::holds_alternative<ops::Login>(command)) {
    phase_ = Phase::kPending;
    begun_ = true;
  } else if (std::holds_alternative<ops::Quit>(command)) {
    phase_ = Phase::kQuitting;
  }
  auto digest = request_digest(world_->request_key, incoming.id, command);
  ops::Request request = make_request(std::move(command));
  request.digest = digest;
  request.id = std::move(incoming.id);
  request.retry = incoming.retry;
  offer(std::move(request));
}

ops::Request Session::make_request(ops::Command&& command) const {
  ops::Request request;
  request.session = setup_.id;
  request.outlet = setup_.outlet;
  // Two threads that count its owners for every request would only wait for each other.
  if (phase_ != Phase::kReady) request.origin = setup_.origin;
  request.dialect = codec_->dialect();
  request.pulses = pulses_;
  request.command = std::move(command);
  return request;
}

void Session::offer(ops::Request&& request) { note(actions_.offer(std::move(request))); }

void Session::offered(TimePoint now, ops::Inbox::Offer taken) {
  if (ended()) return;
  note(taken);
  if (!ended()) settle(now);
}

void Session::note(ops::Inbox::Offer taken) {
  if (taken == ops::Inbox::Offer::kTakenFull) inbox_full_ = true;
  if (taken != ops::Inbox::Offer::kClosed) return;
  begun_ = false;  // nobody takes a Lost any more
  end({}, Closing::kFlush, "the relay ends");
}

// The disk would not take the body; nothing was stored, and the client may come again.
// The engine answers, so that the log has it, and earlier requests have their answers first.
void Session::refuse_passing(const Incoming& incoming) {
  ops::TurnedDown refusal;
  refusal.op = op_of(incoming);
  refusal.error = "storage is not available, nothing was stored";
  refusal.retry_after_s = 15;
  ops::Request request = make_request(std::move(refusal));
  request.id = incoming.id;
  offer(std::move(request));
}

// Of a session that has begun, the end's event says why; of a link that hasn't, only this does.
void Session::turn_down(const Fatal& fault, event::Op op, std::string_view uid) {
  if (!begun_ && op != event::OP_NONE) {
    ops::TurnedDown refusal;
    refusal.op = op;
    refusal.error = fault.text;
    refusal.uid = uid;
    (void)actions_.offer(make_request(std::move(refusal)));  // closed: the link ends anyway
  }
  fatal(fault);
}

// ----------------------------------------------------------------------------- effects to octets

void Session::effects(TimePoint now, std::vector<ops::Effect> effects) {
  if (ended()) return;
  for (const ops::Effect& effect : effects) {
    const bool entered = std::holds_alternative<ops::Registered>(effect) ||
                         std::holds_alternative<ops::LoggedIn>(effect);
    if (entered && phase_ == Phase::kPending) phase_ = Phase::kReady;
    // After a Quit there is no hurry; else the node is fenced, and gets no more.
    fenced_ =
        fenced_ || (std::holds_alternative<ops::Dismissed>(effect) && phase_ != Phase::kQuitting);
  }
  sender_.add(std::move(effects));
  after_sender(now);
}

void Session::message_read(TimePoint now, Result<ops::MessageHandle> message) {
  if (ended()) return;
  sender_.message_read(std::move(message));
  after_sender(now);
}

void Session::body_read(TimePoint now, Result<std::string> chunk) {
  if (ended()) return;
  sender_.body_read(std::move(chunk));
  after_sender(now);
}

void Session::sent(TimePoint now, std::size_t queued_bytes) {
  if (ended()) return;
  sender_.sent(queued_bytes);
  settle(now);
}

void Session::resumed(TimePoint now) {
  if (ended() || !inbox_full_) return;
  inbox_full_ = false;
  settle(now);
}

void Session::after_sender(TimePoint now) {
  for (const Lsn id : sender_.take_unspeakable()) {
    if (ended()) return;
    offer(make_request(ops::Ack{id}));
  }
  if (ended()) return;
  if (!sender_.broken().empty()) return end({}, Closing::kAbort, sender_.broken());
  if (fenced_ && sender_.in_body()) return end({}, Closing::kAbort, "fenced within a body");
  if (const auto& text = sender_.dismissed()) {
    return end(codec_->encode(ops::Dismissed{*text}), Closing::kFlush, *text);
  }
  if (sender_.queued_bytes() > kSendBytesMax || sender_.waiting() > kWaitingMax) {
    return end({}, Closing::kAbort, "the send queue is full");
  }
  settle(now);
}

// ------------------------------------------------------------------------------------ time and end

// After every event: looks at what had to wait, and stops or starts the clocks of what can't go on.
void Session::settle(TimePoint now) {
  if (!stash_.empty() && may_take()) {
    const std::string octets = std::exchange(stash_, {});
    process(now, octets);
  }
  const bool reading = !ended() && may_take() && stash_.empty();
  if (reading == reading_) return;
  reading_ = reading;
  if (!reading) {
    stopped_ = now;
    return;
  }
  // The client could not go on while we didn't read.
  const auto waited = now - stopped_;
  if (header_due_) *header_due_ += waited;
  if (arriving_) arriving_->due += waited;
  last_octet_ = now;
}

std::optional<TimePoint> Session::deadline() const {
  std::optional<TimePoint> first;
  const auto consider = [&first](TimePoint due) { first = first ? std::min(*first, due) : due; };
  // Absolute: a stranger who doesn't take its answers has no more time than others.
  const bool entering = phase_ == Phase::kFirst || phase_ == Phase::kOpen;
  if (entering && !MNM_CANARY("no-login-deadline")) consider(setup_.accepted + kLoginWithin);
  if (!reading_) return first;
  if (header_due_) consider(*header_due_);
  if (arriving_) consider(arriving_->due);
  if (phase_ == Phase::kReady) {
    const bool tmtp = codec_->dialect() == ops::Dialect::kTmtp;
    const std::chrono::seconds idle = tmtp ? world_->limits.tmtp_idle : world_->limits.mmtp_idle;
    if (idle.count() > 0) consider(last_octet_ + idle);
  }
  return first;
}

void Session::expired(TimePoint now) {
  const auto due = deadline();
  if (!due || now < *due) return;
  if (phase_ == Phase::kReady) {
    const bool slow = header_due_ || arriving_;
    return end({}, Closing::kAbort, slow ? "a frame took too long" : "idle for too long");
  }
  // Who doesn't take the answers that are due won't take one more.
  if (!reading_) return end({}, Closing::kAbort, "no login in time");
  // MMTP says so; TMTP's time-outs are silent.
  std::string text;
  if (codec_ != nullptr && codec_->dialect() == ops::Dialect::kMmtp) {
    text = codec_->encode(ops::Dismissed{"login timeout"});
  }
  end(std::move(text), Closing::kFlush, "no login in time");
}

void Session::lost(std::string_view reason) {
  if (!ended()) end({}, Closing::kAbort, reason);
}

void Session::fatal(const Fatal& fault) {
  // Before a dialect is known there is nothing to say it in.
  end(codec_ == nullptr ? std::string() : codec_->encode_fatal(fault), Closing::kFlush, fault.text);
}

void Session::end(std::string text, Closing how, std::string_view reason) {
  CHECK(!ended());
  const std::string why(reason);  // it may lie in what is about to go
  phase_ = Phase::kEnded;
  reading_ = false;
  arriving_.reset();
  stash_ = std::string();
  if (begun_ && !MNM_CANARY("lost-not-offered")) {
    begun_ = false;
    // Closed: the engine has ended all sessions.
    (void)actions_.offer(make_request(ops::Lost{why}));
  }
  // Within a file's octets no frame can be told from them.
  if (sender_.in_body()) {
    how = Closing::kAbort;
  } else if (!text.empty()) {
    sender_.send(Outgoing(std::move(text)));
  }
  actions_.close(how, why);
}

}  // namespace mnm::net
