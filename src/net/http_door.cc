#include "net/http_door.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/beast/core/string.hpp>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/canary.h"
#include "base/text.h"
#include "net/connection.h"
#include "net/transport_ws.h"

namespace mnm::net {
namespace {

constexpr std::size_t kTokenBytes = 25;  // 200 bits, as a node's password
constexpr std::string_view kPath = "/mmtp";
constexpr std::string_view kMethods = "GET, POST, DELETE, OPTIONS";
constexpr std::size_t kWebSocketKeyChars = 24;

SessionWorld without_idle(const SessionWorld& world) {
  SessionWorld copy = world;
  copy.limits.mmtp_idle = std::chrono::seconds(0);
  copy.limits.tmtp_idle = std::chrono::seconds(0);  // a receiver is life enough
  return copy;
}

bool same(std::string_view one, std::string_view other) {
  return boost::beast::iequals({one.data(), one.size()}, {other.data(), other.size()});
}

void not_allowed(HttpLink& link, std::string_view methods) {
  link.answer(
      problem(405, fmt::format("this path knows {}", methods), {{"Allow", std::string(methods)}}));
}

// A page's answer, from whatever thread it comes.
class PageAnswer final : public HttpTalker, public std::enable_shared_from_this<PageAnswer> {
 public:
  PageAnswer(HttpLink& link, boost::asio::io_context& io, TimePoint due)
      : link_(&link), io_(io), due_(due), if_none_match_(link.request().field("If-None-Match")) {}

  void respond(HttpReply reply) {
    boost::asio::post(io_, [self = shared_from_this(), reply = std::move(reply)]() mutable {
      self->answer(std::move(reply));
    });
  }
  std::optional<TimePoint> answer_due() const override { return due_; }
  void answer_expired(TimePoint) override {
    HttpLink* const link = std::exchange(link_, nullptr);
    if (link != nullptr) link->answer(problem(503, "there was no answer in time"));
  }
  void link_lost(std::string_view) override { link_ = nullptr; }

 private:
  void answer(HttpReply reply) {
    HttpLink* const link = std::exchange(link_, nullptr);
    if (link == nullptr) return;
    revalidate(reply, if_none_match_);
    link->answer(std::move(reply));
    link->poke();
  }

  HttpLink* link_;
  boost::asio::io_context& io_;
  const TimePoint due_;
  const std::string if_none_match_;
};

// One that is let go of without a word still answers.
class Respond {
 public:
  explicit Respond(std::shared_ptr<PageAnswer> to) : to_(std::move(to)) {}
  ~Respond() {
    if (!said_) to_->respond(problem(503, "the relay is ending"));
  }
  Respond(const Respond&) = delete;
  Respond& operator=(const Respond&) = delete;
  void say(HttpReply reply) {
    if (!said_.exchange(true)) to_->respond(std::move(reply));
  }

 private:
  std::shared_ptr<PageAnswer> to_;
  std::atomic<bool> said_ = false;
};

}  // namespace

HttpDoor::HttpDoor(const HttpOptions& options, LinkContext& context, ops::Outlet& outlet,
                   Admission& admission, NextId next_id, Admit admit)
    : options_(options),
      context_(context),
      world_(without_idle(context.world)),
      outlet_(outlet),
      admission_(admission),
      next_id_(std::move(next_id)),
      admit_(std::move(admit)) {}

std::size_t HttpDoor::HashOfToken::operator()(const Hash& hash) const {
  std::size_t value = 0;
  std::memcpy(&value, hash.data(), sizeof value);
  return value;
}

void HttpDoor::welcome(AcceptedLink accepted, bool admin) {
  const SessionId id = accepted.session.id;
  auto link = std::make_shared<HttpLink>(*this, context_, std::move(accepted), admin);
  admit_(id, link);
  link->start();
}

void HttpDoor::adopt(AcceptedLink accepted, std::string answer, std::string early) {
  const SessionId id = accepted.session.id;
  accepted.transport =
      std::make_unique<WsTransport>(std::move(accepted.transport), std::move(answer),
                                    std::move(early), accepted.session.accepted);
  auto connection = std::make_shared<Connection>(context_, std::move(accepted));
  admit_(id, connection);
  connection->start();
}

void HttpDoor::forget(SessionId id) {
  if (MNM_CANARY("token-after-quit")) return;
  const auto token = tokens_.find(id);
  if (token == tokens_.end()) return;
  sessions_.erase(token->second);
  tokens_.erase(token);
  context_.forget(id);
}

// ------------------------------------------------------------------------------------------
// routing

void HttpDoor::request(HttpLink& link) {
  const HttpRequest& request = link.request();
  if (!link.admin() && !options_.hosts.empty() &&
      std::ranges::find(options_.hosts, request.host_name()) == options_.hosts.end()) {
    return link.answer(problem(421, "the relay isn't called by this name (--http-host)"));
  }
  const HttpPages& pages = link.admin() ? options_.admin_pages : options_.pages;
  if (request.path() == kPath && !link.admin()) return mmtp(link);
  const auto found = pages.exact.find(request.path());
  const HttpPage* handler = found != pages.exact.end() ? &found->second : &pages.rest;
  if (!*handler) return link.answer(problem(404, "there is nothing at this path"));
  const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
  if (!reads || request.has_body()) return not_allowed(link, "GET, HEAD");
  page(link, *handler);
}

// Whether the page that made the request may; a request that no browser's script made always may.
bool HttpDoor::allow_origin(HttpLink& link) const {
  const HttpRequest& request = link.request();
  link.add_field("Vary", "Origin");
  const std::string_view origin = request.field("Origin");
  if (origin.empty()) return true;
  const std::size_t scheme = origin.find("://");
  const bool own =
      scheme != std::string_view::npos && same(origin.substr(scheme + 3), request.field("Host"));
  const bool listed = std::ranges::any_of(options_.origins, [&](const std::string& allowed) {
    return allowed == "*" || same(allowed, origin);
  });
  if (!own && !listed && !MNM_CANARY("origin-not-checked")) return false;
  link.add_field("Access-Control-Allow-Origin", std::string(origin));
  link.add_field("Access-Control-Expose-Headers", "Mnm-Session, Mnm-Session-End");
  return true;
}

void HttpDoor::mmtp(HttpLink& link) {
  const HttpRequest& request = link.request();
  link.add_field("Cache-Control", "no-store");
  if (!allow_origin(link)) {
    return link.answer(problem(403, "scripts of this origin may not use the relay (--origin)"));
  }
  switch (request.method()) {
    case http::verb::options:
      return preflight(link);
    case http::verb::post:
      return post(link);
    case http::verb::get:
      if (request.has_body()) return link.answer(problem(400, "a GET has no body here"));
      if (request.has_token("Connection", "upgrade")) return web_socket(link);
      return receive(link);
    case http::verb::delete_: {
      const auto session = find(link);
      if (!session) return;
      session->drop("closed by the peer");
      return link.answer({.status = 204});
    }
    default:
      return not_allowed(link, kMethods);
  }
}

void HttpDoor::preflight(HttpLink& link) const {
  HttpReply reply{.status = 204};
  reply.fields = {{"Allow", std::string(kMethods)}};
  if (!link.request().field("Access-Control-Request-Method").empty()) {
    reply.fields.emplace_back("Access-Control-Allow-Methods", "GET, POST, DELETE");
    reply.fields.emplace_back("Access-Control-Allow-Headers",
                              "Content-Type, Last-Event-ID, Mnm-Session");
    reply.fields.emplace_back("Access-Control-Max-Age", "600");
  }
  link.answer(std::move(reply));
}

void HttpDoor::web_socket(HttpLink& link) {
  const HttpRequest& request = link.request();
  const std::string_view key = request.field("Sec-WebSocket-Key");
  if (!request.has_token("Upgrade", "websocket") || request.is_http_1_0() ||
      key.size() != kWebSocketKeyChars) {
    return link.answer(problem(400, "this is no request for a WebSocket"));
  }
  if (request.field("Sec-WebSocket-Version") != "13") {
    return link.answer(problem(426, "WebSocket's version 13 is spoken here",
                               {{"Sec-WebSocket-Version", "13"}, {"Upgrade", "websocket"}}));
  }
  std::string answer = fmt::format(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: {}\r\n",
      ws_accept(key));
  if (request.has_token("Sec-WebSocket-Protocol", "mmtp")) {
    answer += "Sec-WebSocket-Protocol: mmtp\r\n";
  }
  link.upgrade(answer + "\r\n");
}

// -----------------------------------------------------------------------------------------
// sessions

// The session whose token the request shows; else answers that there is none.
std::shared_ptr<HttpSession> HttpDoor::find(HttpLink& link) {
  const std::string_view token = link.request().field("Mnm-Session");
  const auto found = sessions_.find(sha256(token));
  if (found != sessions_.end()) {
    if (found->second->is_logged_in()) link.authorise();
    return found->second;
  }
  link.answer(problem(401, token.empty() ? "the header Mnm-Session is missing: it holds what the "
                                           "response to a Register or Login said there"
                                         : "the session is over: log in again"));
  return nullptr;
}

std::shared_ptr<HttpSession> HttpDoor::open(HttpLink& link) {
  auto ticket = admission_.enter(link.origin().network);
  if (!ticket) {
    link.answer(problem(503, "there are too many sessions", {{"Retry-After", "15"}}));
    return nullptr;
  }
  const std::string token = hex_encode(world_.random.take(kTokenBytes));
  SessionSetup setup{next_id_(), &outlet_, link.setup().origin, std::chrono::steady_clock::now()};
  const SessionId id = setup.id;
  auto session = std::make_shared<HttpSession>(*this, std::move(setup), std::move(*ticket), token);
  const Hash hash = sha256(token);
  sessions_.emplace(hash, session);
  tokens_.emplace(id, hash);
  admit_(id, session);
  return session;
}

void HttpDoor::post(HttpLink& link) {
  const HttpRequest& request = link.request();
  const std::string_view type = request.field("Content-Type");
  const bool known = type.empty() || same(type, "application/octet-stream");
  if (!known || !request.field("Content-Encoding").empty()) {
    return link.answer(
        problem(415, "frames are sent as application/octet-stream, without a Content-Encoding"));
  }
  const bool has_token = !request.field("Mnm-Session").empty();
  const auto session = has_token ? find(link) : open(link);
  if (!session) return;
  if (!session->post(link)) {
    link.answer(
        problem(409, "another POST of this session isn't answered yet", {{"Retry-After", "1"}}));
  }
}

void HttpDoor::receive(HttpLink& link) {
  const auto session = find(link);
  if (!session) return;
  if (!session->can_receive()) return link.answer(problem(409, "no frame was sent yet"));
  const HttpRequest& request = link.request();
  HttpReceiver::Asked asked;
  asked.last = request.field("Last-Event-ID");
  const std::string_view wait = request.query("wait");
  if (request.accepts("text/event-stream")) {
    asked.form = HttpReceiver::Form::kEvents;
  } else if (!wait.empty()) {
    unsigned seconds = 0;
    const auto [end, error] = std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
    if (error != std::errc() || end != wait.data() + wait.size()) {
      return link.answer(problem(400, "wait is a number of seconds"));
    }
    asked.form = HttpReceiver::Form::kPoll;
    asked.until = std::chrono::steady_clock::now() +
                  std::min<std::chrono::seconds>(std::chrono::seconds(seconds), kHttpWaitMax);
  }
  session->receive(link, std::move(asked));
}

void HttpDoor::page(HttpLink& link, const HttpPage& handler) {
  const auto answer = std::make_shared<PageAnswer>(
      link, context_.io, std::chrono::steady_clock::now() + kHttpPageWithin);
  link.talk(answer);
  const auto respond = std::make_shared<Respond>(answer);
  handler(link.request().path(), [respond](HttpReply reply) { respond->say(std::move(reply)); });
}

}  // namespace mnm::net
