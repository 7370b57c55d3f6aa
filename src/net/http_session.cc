#include "net/http_session.h"

#include <glog/logging.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/canary.h"
#include "net/http_door.h"

namespace mnm::net {
namespace {

TimePoint clock_now() { return std::chrono::steady_clock::now(); }

bool is_push(const ops::Effect& effect) {
  return std::holds_alternative<ops::Delivery>(effect) || std::holds_alternative<ops::Ohi>(effect);
}

}  // namespace

HttpSession::HttpSession(HttpDoor& door, SessionSetup setup, Admission::Ticket ticket,
                         std::string token)
    : door_(door),
      setup_(setup),
      ticket_(std::move(ticket)),
      token_(std::move(token)),
      session_(std::move(setup), door.world(), *this),
      jobs_(door.context(), *this),
      receiver_(door.context(), *this),
      used_(setup_.accepted) {}

// -----------------------------------------------------------------------------------------
// requests

bool HttpSession::post(HttpLink& link) {
  if (post_ != nullptr) return false;
  post_ = &link;
  ++posts_;
  body_done_ = false;
  marked_ = false;
  done_ = false;
  answering_ = false;
  link.talk(shared_from_this());
  return true;
}

void HttpSession::receive(HttpLink& link, HttpReceiver::Asked asked) {
  const auto self = shared_from_this();
  receiver_.attach(link, std::shared_ptr<HttpTalker>(self, &receiver_), *session_.codec(),
                   std::move(asked));
}

void HttpSession::body(TimePoint now, std::string_view octets) {
  const auto self = shared_from_this();
  session_.received(now, octets);
  settle();
}

void HttpSession::body_done(TimePoint) {
  const auto self = shared_from_this();
  body_done_ = true;
  settle();
}

void HttpSession::answer_sent(TimePoint now, std::size_t queued_bytes) {
  const auto self = shared_from_this();
  session_.sent(now, queued_bytes + answers_bytes_);
  settle();
}

// The client is gone in the middle of a POST, or before it was answered.
void HttpSession::link_lost(std::string_view reason) {
  const auto self = shared_from_this();
  const bool cut = !body_done_ && (session_.in_frame() || !session_.wants_read());
  const bool unknown = !token_.empty();  // nobody was told of it
  post_ = nullptr;
  used_ = clock_now();
  answers_.clear();
  answers_bytes_ = 0;
  session_.sent(used_, 0);
  if (cut || unknown) session_.lost(cut ? "a frame was cut off" : reason);
  settle();
}

void HttpSession::drop(std::string_view reason) {
  const auto self = shared_from_this();
  session_.lost(reason);
  settle();
}

// -------------------------------------------------------------------------------------------
// events

void HttpSession::effects(std::vector<ops::Effect> effects) {
  const auto self = shared_from_this();
  std::vector<ops::Effect> answers;
  std::vector<ops::Effect> pushes;
  std::vector<Lsn> revoked;
  for (ops::Effect& effect : effects) {
    if (const auto* gone = std::get_if<ops::Revoked>(&effect)) {
      revoked.push_back(gone->id);
    } else {
      (is_push(effect) ? pushes : answers).push_back(std::move(effect));
    }
  }
  for (const Lsn id : revoked) receiver_.revoke(id);
  if (!answers.empty()) session_.effects(clock_now(), std::move(answers));
  if (session_.logged_in()) ticket_.logged_in();
  if (!pushes.empty() && !session_.ended()) receiver_.add(std::move(pushes));
  settle();
}

void HttpSession::resumed() {
  const auto self = shared_from_this();
  session_.resumed(clock_now());
  settle();
}

void HttpSession::body_written(Result<std::shared_ptr<log::Upload>> upload) {
  const auto self = shared_from_this();
  session_.body_written(clock_now(), std::move(upload));
  settle();
}

void HttpSession::message_read(Result<ops::MessageHandle> message) {
  const auto self = shared_from_this();
  session_.message_read(clock_now(), std::move(message));
  settle();
}

void HttpSession::body_read(Result<std::string> chunk) {
  const auto self = shared_from_this();
  session_.body_read(clock_now(), std::move(chunk));
  settle();
}

void HttpSession::unspeakable(Lsn id) {
  if (session_.ended()) return;
  ops::Request request;
  request.command = ops::Ack{id};
  request.session = setup_.id;
  request.outlet = setup_.outlet;
  request.origin = setup_.origin;
  request.dialect = session_.codec()->dialect();
  (void)offer(std::move(request));  // closed: the relay ends, and the ack comes again with it
}

void HttpSession::attached(TimePoint now, bool) { used_ = now; }

// --------------------------------------------------------------------------- the session's actions

void HttpSession::send(Outgoing outgoing) {
  if (post_ != nullptr) {
    answers_bytes_ += outgoing.size();
    answers_.push_back(std::move(outgoing));
  } else if (session_.ended()) {
    words_ = std::move(outgoing.own);
  }  // else the answer to a POST whose client is gone
}

ops::Inbox::Offer HttpSession::offer(ops::Request&& request) {
  if (const auto* ack = std::get_if<ops::Ack>(&request.command)) receiver_.acked(ack->id);
  const auto taken = door_.context().inbox.offer(std::move(request));
  if (taken == ops::Inbox::Offer::kTakenFull) door_.context().want_room.push_back(setup_.id);
  return taken;
}

void HttpSession::close(Closing, std::string_view reason) {
  VLOG(1) << "session " << setup_.id.value() << " ends: " << reason;
  end_reason_ = reason;
}

// ------------------------------------------------------------------------------- a POST and its
// answer

// After every event.
void HttpSession::settle() {
  if (forgotten_) return;
  if (session_.ended()) return end();
  if (post_ == nullptr) {
    session_.sent(clock_now(), 0);  // whatever was sent, nobody is there to read it
    if (session_.ended()) end();    // what waited for that was wrong
    return;
  }
  if (body_done_ && !marked_ && session_.wants_read()) mark();
  if (post_ == nullptr) return;
  if (done_ && !session_.answers_wait()) return finish_post();
  if (answering_ || answers_bytes_ > kHttpAnswerBytes) send_answers();
  post_->poke();
}

// Has the engine say when it has done all that this POST asked for: answers may have no frame (an
// ack has none), and their order in the inbox is that of the requests.
void HttpSession::mark() {
  marked_ = true;
  ops::Request request;
  request.session = setup_.id;
  request.outlet = setup_.outlet;
  request.command = ops::Inspect{
      [weak = weak_from_this(), io = &door_.context().io, post = posts_](const state::Views&) {
        boost::asio::post(*io, [weak, post] {
          if (const auto self = weak.lock()) self->marked(post);
        });
      }};
  if (offer(std::move(request)) == ops::Inbox::Offer::kClosed) session_.lost("the relay ends");
  if (session_.ended()) end();
}

void HttpSession::marked(std::uint64_t post) {
  if (post_ == nullptr || post != posts_ || forgotten_) return;
  done_ = true;
  settle();
}

// What goes into a response's head. Tells the token, once.
HttpFields HttpSession::head_fields() {
  HttpFields fields{{"Content-Type", "application/octet-stream"}};
  if (!token_.empty() && !session_.ended()) {
    fields.emplace_back("Mnm-Session", std::exchange(token_, {}));
  }
  if (session_.ended()) fields.emplace_back("Mnm-Session-End", end_reason_);
  return fields;
}

void HttpSession::send_answers() {
  if (!std::exchange(answering_, true)) post_->begin(200, head_fields());
  for (Outgoing& answer : std::exchange(answers_, {})) post_->piece(std::move(answer));
  answers_bytes_ = 0;
}

void HttpSession::finish_post() {
  HttpLink& link = *post_;
  if (answering_) {
    send_answers();
    link.end();
  } else {
    HttpReply reply;
    reply.body.reserve(answers_bytes_);  // no copy of a secret stays behind
    for (const Outgoing& answer : answers_) {
      reply.secret = reply.secret || answer.secret;
      reply.body.append(answer.head).append(answer.own);
      if (answer.body) reply.body.append(*answer.body);
    }
    const bool silent = reply.body.empty();
    HttpFields fields = head_fields();
    if (silent) fields.erase(fields.begin());
    if (silent && session_.ended()) {
      reply = problem(400, end_reason_, std::move(fields));
    } else {
      reply.status = silent ? 204 : 200;
      reply.fields = std::move(fields);
    }
    link.answer(std::move(reply));
  }
  answers_.clear();
  answers_bytes_ = 0;
  post_ = nullptr;
  used_ = clock_now();
  session_.sent(used_, 0);
  link.poke();
}

// The session is over: says so to whoever is there. Its token is forgotten first: what a link goes
// on with after its answer may be a request for this session.
void HttpSession::end() {
  forgotten_ = true;
  jobs_.let_go();
  door_.forget(setup_.id);
  if (post_ != nullptr) finish_post();
  receiver_.finish(std::move(words_));
}

// ---------------------------------------------------------------------------------------------
// time

TimePoint HttpSession::idle_due() const {
  const TimePoint oldest = setup_.accepted + door_.options().session_max;
  const bool busy = post_ != nullptr || receiver_.is_attached();
  return busy ? oldest : std::min(oldest, used_ + door_.options().session_idle);
}

bool HttpSession::is_due(TimePoint now) const {
  if (now >= idle_due() && !MNM_CANARY("token-never-expires")) return true;
  const auto due = session_.deadline();
  return due && now >= *due;
}

void HttpSession::expire(TimePoint now) {
  if (!is_due(now)) return;
  const bool old = now >= setup_.accepted + door_.options().session_max;
  if (now >= idle_due()) return drop(old ? "the token has expired" : "idle for too long");
  const auto self = shared_from_this();
  session_.expired(now);
  settle();
}

}  // namespace mnm::net
