#include "net/http_link.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <array>
#include <ctime>
#include <utility>

#include "net/connection.h"
#include "net/http_door.h"
#include "net/transport_ws.h"

namespace mnm::net {
namespace {

// RFC 9110, 5.6.7.
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  return {text.data(),
          std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::string_view refusal_of(int status) {
  switch (status) {
    case 413:
      return "the request's body is longer than this relay takes";
    case 431:
      return "the request's head is longer than 16 KiB";
    case 505:
      return "HTTP/1.1 and HTTP/1.0 are spoken here";
    default:
      return "this is no request that can be read in one way only";
  }
}

}  // namespace

HttpLink::HttpLink(HttpDoor& door, LinkContext& context, AcceptedLink link, bool admin)
    : Link(context, link),
      door_(door),
      setup_(std::move(link.session)),
      admin_(admin),
      head_due_(setup_.accepted + kHttpHeadWithin),
      last_octet_(setup_.accepted) {}

// -----------------------------------------------------------------------------------------
// requests

bool HttpLink::wants_read() const {
  switch (phase_) {
    case Phase::kBody:
      return talker_ && talker_->wants_body();
    case Phase::kHead:  // its turn may not have come
    case Phase::kAnswer:
      return input_.size() < kHttpAheadBytes;  // to learn that the peer is gone
    case Phase::kOver:
      return false;
  }
  return false;
}

void HttpLink::received(TimePoint now, std::string_view octets) {
  last_octet_ = now;
  if (input_.empty()) {
    process(now, octets);
    input_ = std::string(octets);
  } else {
    input_ += octets;
    const std::string all = std::exchange(input_, {});
    std::string_view in = all;
    process(now, in);
    input_ = std::string(in);
  }
}

void HttpLink::process(TimePoint now, std::string_view& in) {
  const bool outermost = !std::exchange(processing_, true);
  CHECK(outermost);
  for (std::size_t before = in.size() + 1; phase_ != Phase::kOver;) {
    if (answered_) {
      next(now);
      continue;
    }
    if (phase_ == Phase::kAnswer || in.empty() || in.size() == before) break;
    if (phase_ == Phase::kHead && queued_bytes() > 0) break;
    before = in.size();
    if (phase_ == Phase::kHead) {
      take_head(now, in);
    } else if (talker_ && talker_->wants_body()) {
      take_body(now, in);
    } else {
      break;
    }
  }
  if (phase_ == Phase::kOver) in = {};
  held_ = phase_ == Phase::kBody && talker_ && !talker_->wants_body();
  processing_ = false;
}

void HttpLink::take_head(TimePoint now, std::string_view& in) {
  if (!request_) {
    request_ = std::make_unique<HttpRequest>(door_.body_bytes_max());
    ++serial_;
    if (serial_ > 1) head_due_ = now + kHttpHeadWithin;
  }
  const int status = request_->feed(in, [](std::string_view) {});
  if (status != 0) return refuse(status, refusal_of(status));
  if (!request_->header_done()) return;
  phase_ = request_->done() ? Phase::kAnswer : Phase::kBody;
  if (!request_->field("Upgrade").empty()) ahead_ = std::string(in);
  const auto self = shared_from_this();
  door_.request(*this);
  if (is_gone()) phase_ = Phase::kOver;  // taken over
  if (answered_ || phase_ == Phase::kOver || !talker_) return;
  if (request_->wants_continue()) queue(Outgoing("HTTP/1.1 100 Continue\r\n\r\n"));
  if (request_->done()) talker_->body_done(now);
}

void HttpLink::take_body(TimePoint now, std::string_view& in) {
  const auto talker = talker_;
  const int status = request_->feed(in, [&](std::string_view octets) {
    if (!answered_) talker->body(now, octets);
  });
  if (answered_) return;
  if (status != 0) {
    talker_ = nullptr;
    talker->link_lost("the request's body can't be read");
    return refuse(status, refusal_of(status));
  }
  if (!request_->done()) return;
  phase_ = Phase::kAnswer;
  talker->body_done(now);
}

// The answer is done.
void HttpLink::next(TimePoint now) {
  answered_ = false;
  begun_ = false;
  talker_ = nullptr;
  const bool over = last_ || closes();
  request_ = nullptr;
  fields_.clear();
  phase_ = over ? Phase::kOver : Phase::kHead;
  head_due_ = now + kHttpIdle;
  leaving_ = over;
  if (over && queued_bytes() == 0) leave();
}

// An answer may take as long as it makes progress; our last words (kCloseWithin) are short.
void HttpLink::leave() {
  leaving_ = false;
  close_link(Closing::kFlush);
}

void HttpLink::resume_input(TimePoint now) {
  if (processing_ || is_gone()) return;
  if (held_) last_octet_ = now;
  const std::string all = std::exchange(input_, {});
  std::string_view in = all;
  process(now, in);
  input_ = std::string(in);
}

void HttpLink::poke() {
  const auto self = shared_from_this();
  if (processing_) return;
  resume_input(clock_now());
  settle();
}

void HttpLink::refuse(int status, std::string_view detail) {
  if (begun_) return abort(detail);
  refused_ = true;
  answer(problem(status, detail));
  phase_ = Phase::kOver;
  answered_ = false;
  close_link(Closing::kFlush);
}

// ------------------------------------------------------------------------------------------
// answers

bool HttpLink::closes() const {
  return refused_ || !request_ || !request_->done() || !request_->keeps_alive() ||
         request_->is_http_1_0();
}

void HttpLink::add_field(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

void HttpLink::queue_head(int status, HttpBody body, std::uint64_t length,
                          const HttpFields& fields) {
  body_ = body;
  begun_ = true;
  last_ = closes();
  HttpFields all{{"Date", http_date()}};
  all.insert(all.end(), fields_.begin(), fields_.end());
  all.insert(all.end(), fields.begin(), fields.end());
  queue(Outgoing(http_head(status, body, length, last_, all)));
}

void HttpLink::answer(HttpReply reply) {
  CHECK(!answered_);
  if (!reply.type.empty()) reply.fields.emplace_back("Content-Type", reply.type);
  const bool none = reply.status == 204 || reply.status == 304;
  queue_head(reply.status, none ? HttpBody::kNone : HttpBody::kLength, reply.body.size(),
             reply.fields);
  const bool head_only =
      request_ && request_->header_done() && request_->method() == http::verb::head;
  if (!none && !head_only) queue(Outgoing(std::move(reply.body), reply.secret));
  answered_ = true;
}

void HttpLink::begin(int status, const HttpFields& fields) {
  queue_head(status, request_->is_http_1_0() ? HttpBody::kToEnd : HttpBody::kChunked, 0, fields);
}

void HttpLink::piece(Outgoing outgoing) {
  if (outgoing.size() == 0) return;
  const bool chunked = body_ == HttpBody::kChunked;
  if (chunked) queue(Outgoing(fmt::format("{:x}\r\n", outgoing.size())));
  queue(std::move(outgoing));
  if (chunked) queue(Outgoing("\r\n"));
}

void HttpLink::end() {
  if (body_ == HttpBody::kChunked) queue(Outgoing("0\r\n\r\n"));
  answered_ = true;
}

void HttpLink::abort(std::string_view reason) {
  VLOG(1) << "an HTTP answer is cut: " << reason;
  talker_ = nullptr;
  phase_ = Phase::kOver;
  close_link(Closing::kAbort);
}

void HttpLink::upgrade(std::string answer) {
  SessionSetup setup = setup_;
  auto origin = *setup.origin;
  origin.transport = origin.transport == kHttpsTransport ? kWssTransport : kWsTransport;
  setup.origin = std::make_shared<const ops::Origin>(std::move(origin));
  setup.accepted = clock_now();
  AcceptedLink link = take_over(std::move(setup));
  door_.adopt(std::move(link), std::move(answer), std::move(ahead_));
}

// ---------------------------------------------------------------------------------------------
// time

void HttpLink::sent(TimePoint now, std::size_t queued_bytes) {
  if (const auto talker = talker_) talker->answer_sent(now, queued_bytes);
  if (leaving_ && queued_bytes == 0) return leave();
  if (phase_ == Phase::kHead && !request_) head_due_ = now + kHttpIdle;
  if (answered_ || (phase_ == Phase::kHead && queued_bytes == 0)) resume_input(now);
}

std::optional<TimePoint> HttpLink::deadline() const {
  if (phase_ == Phase::kHead) return head_due_;
  if (phase_ == Phase::kOver || !talker_) return std::nullopt;
  std::optional<TimePoint> due = talker_->answer_due();
  if (phase_ == Phase::kBody && talker_->wants_body()) {
    const TimePoint stalled = last_octet_ + kHttpBodyStall;
    due = due ? std::min(*due, stalled) : stalled;
  }
  return due;
}

void HttpLink::expired(TimePoint now) {
  const auto due = deadline();
  if (!due || now < *due) return;
  if (phase_ == Phase::kHead) {
    if (request_) return refuse(408, "the request's head did not come in time");
    phase_ = Phase::kOver;
    return close_link(Closing::kFlush);
  }
  const auto talker = talker_;
  const auto answer_due = talker->answer_due();
  if (answer_due && now >= *answer_due) {
    talker->answer_expired(now);
    return poke();
  }
  talker_ = nullptr;
  talker->link_lost("the request's body stopped coming");
  refuse(408, "the request's body stopped coming");
}

void HttpLink::lost(std::string_view reason) {
  phase_ = Phase::kOver;
  leaving_ = false;
  if (const auto talker = std::exchange(talker_, nullptr)) talker->link_lost(reason);
}

}  // namespace mnm::net
