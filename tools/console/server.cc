#include "console/server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <utility>

namespace mnm::console {
namespace {

using net::HttpBody;
using net::HttpReply;
using net::HttpRequest;
using net::problem;

bool send_all(int fd, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t sent = ::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;  // gone, or kSendWithin over
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void say(int fd, HttpReply reply, bool head_only = false) {
  if (!reply.type.empty()) reply.fields.emplace_back("Content-Type", reply.type);
  const HttpBody body = reply.status == 304 ? HttpBody::kNone : HttpBody::kLength;
  if (!send_all(fd, http_head(reply.status, body, reply.body.size(), true, reply.fields))) return;
  if (!head_only) (void)send_all(fd, reply.body);
}

// A request's head; null when it doesn't come whole and in time, after an answer where there is
// one.
std::unique_ptr<HttpRequest> read_request(int fd) {
  auto request = std::make_unique<HttpRequest>(0);
  const auto until = std::chrono::steady_clock::now() + kHeadWithin;
  std::array<char, 4096> buffer{};
  std::string unread;
  while (!request->header_done()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd ready{fd, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0) return {};
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {};
    unread.append(buffer.data(), static_cast<std::size_t>(got));
    std::string_view in = unread;
    if (const int status = request->feed(in, [](std::string_view) {}); status != 0) {
      say(fd, problem(status, "this is no request that can be answered"));
      return {};
    }
    unread = std::string(in);
  }
  return request;
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNegative:
      return 404;
    case ErrorCode::kUsage:
      return 400;
    case ErrorCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

// mnmlog's words about an end without an answer: "mnmlog: TEXT".
HttpReply refusal(const ChildOutcome& outcome) {
  constexpr std::string_view kPrefix = "mnmlog: ";
  if (outcome.end == ChildEnd::kTooLong) return problem(504, "it took too long: ask for less");
  std::string_view words = outcome.words;
  if (words.starts_with(kPrefix)) words.remove_prefix(kPrefix.size());
  while (words.ends_with('\n')) words.remove_suffix(1);
  return problem(status_of(static_cast<ErrorCode>(outcome.code)),
                 words.empty() ? "mnmlog ended without a word" : words);
}

// Says the answer of a program in chunks as it comes: the head with the first one.
class Chunks {
 public:
  Chunks(int fd, std::string_view type, bool head_only)
      : fd_(fd), type_(type), head_only_(head_only) {}

  bool add(std::string_view piece) {
    bytes_ += piece.size();
    if (bytes_ > kAnswerBytesMax) return false;
    if (!begin()) return false;
    return send_all(fd_, fmt::format("{:x}\r\n", piece.size())) && send_all(fd_, piece) &&
           send_all(fd_, "\r\n");
  }
  // An answer without this end was cut, and whoever reads it knows.
  void end() {
    if (begin()) (void)send_all(fd_, "0\r\n\r\n");
  }
  [[nodiscard]] bool begun() const { return begun_; }

 private:
  bool begin() {
    if (std::exchange(begun_, true)) return true;
    const net::HttpFields fields = {{"Content-Type", std::string(type_)},
                                    {"Cache-Control", "no-store"},
                                    {"X-Content-Type-Options", "nosniff"}};
    return send_all(fd_, http_head(200, HttpBody::kChunked, 0, true, fields)) && !head_only_;
  }

  const int fd_;
  const std::string_view type_;
  const bool head_only_;
  std::uint64_t bytes_ = 0;
  bool begun_ = false;
};

// Counts one more while it lives, if there is room.
class Place {
 public:
  explicit Place(std::atomic<std::size_t>& taken) : taken_(taken) {
    has_ = taken_.fetch_add(1) < kChildrenMax;
  }
  ~Place() { --taken_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  [[nodiscard]] explicit operator bool() const { return has_; }

 private:
  std::atomic<std::size_t>& taken_;
  bool has_;
};

}  // namespace

Server::Server(net::Fd listening, Gate gate, ServerPorts ports)
    : listening_(std::move(listening)), gate_(std::move(gate)), ports_(std::move(ports)) {}

Server::~Server() {
  for (Link& link : links_) {
    ::shutdown(link.fd.get(), SHUT_RDWR);  // which ends its program, too
    link.thread.join();
  }
}

void Server::serve(std::chrono::milliseconds wait) {
  reap();
  pollfd ready{listening_.get(), POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(wait.count())) <= 0) return;
  net::Fd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) return;
  const timeval within{.tv_sec = kSendWithin.count(), .tv_usec = 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &within, sizeof within);
  if (links_.size() >= kLinksMax) {
    return say(fd.get(), problem(503, "there are too many links", {{"Retry-After", "1"}}));
  }
  Link& link = links_.emplace_back();
  link.fd = std::move(fd);
  link.thread = std::thread([this, &link] {
    run(link);
    link.done = true;
  });
}

void Server::reap() {
  for (auto link = links_.begin(); link != links_.end();) {
    if (!link->done) {
      ++link;
      continue;
    }
    link->thread.join();
    link = links_.erase(link);
  }
}

void Server::run(const Link& link) {
  const int fd = link.fd.get();
  if (const auto request = read_request(fd)) respond(fd, *request);
  // The descriptor itself goes with the link, so that nobody ever shuts another one down.
  ::shutdown(fd, SHUT_RDWR);
}

void Server::respond(int fd, const HttpRequest& request) {
  if (const auto refused = gate_.refuse_site(request)) {
    return say(fd, problem(refused->status, refused->why));
  }
  const bool head_only = request.method() == net::http::verb::head;
  if ((request.method() != net::http::verb::get && !head_only) || request.has_body()) {
    return say(fd, problem(405, "the console knows GET and HEAD", {{"Allow", "GET, HEAD"}}));
  }
  if (request.path().starts_with(kApi)) return answer(fd, request);
  const auto page = ports_.pages.exact.find(request.path());
  if (page == ports_.pages.exact.end()) {
    return say(fd, problem(404, "there is nothing at this path: see /console"), head_only);
  }
  page->second(request.path(), [&](HttpReply reply) {
    revalidate(reply, request.field("If-None-Match"));
    say(fd, std::move(reply), head_only);
  });
}

void Server::answer(int fd, const HttpRequest& request) {
  const bool head_only = request.method() == net::http::verb::head;
  if (const auto refused = gate_.refuse_asker(request, Gate::Clock::now())) {
    return say(fd, problem(refused->status, refused->why, {{"WWW-Authenticate", "Bearer"}}));
  }
  if (request.path().substr(kApi.size()) == "metrics") {
    Result<std::string> metrics = ports_.metrics();
    if (!metrics) return say(fd, problem(503, metrics.error().text));
    return say(fd,
               {.status = 200,
                .type = "application/json",
                .body = std::move(*metrics),
                .fields = {{"Cache-Control", "no-store"}}},
               head_only);
  }
  const Result<Question> question = ports_.question(request);
  if (!question) {
    return say(fd, problem(status_of(question.error().code), question.error().text));
  }
  run_question(fd, *question, head_only);
}

void Server::run_question(int fd, const Question& question, bool head_only) {
  const Place place(children_);
  if (!place) {
    return say(fd, problem(503, "too much is being asked at once", {{"Retry-After", "1"}}));
  }
  Chunks chunks(fd, question.type, head_only);
  const Result<ChildOutcome> outcome =
      run_child({.program = ports_.program,
                 .arguments = question.arguments,
                 .until = std::chrono::steady_clock::now() + question.within,
                 .watched = fd},
                [&chunks](std::string_view piece) { return chunks.add(piece); });
  if (!outcome) return say(fd, problem(503, outcome.error().text));
  if (outcome->end == ChildEnd::kUnheard) return;
  // An exit code of 1 without a word: nothing was found, which is an answer.
  const bool nothing = outcome->code == exit_code(ErrorCode::kNegative) && outcome->words.empty();
  const bool whole = outcome->end == ChildEnd::kExited &&
                     (outcome->code == 0 || nothing || (question.judges && chunks.begun()));
  if (whole) return chunks.end();
  if (!chunks.begun()) say(fd, refusal(*outcome));
}

}  // namespace mnm::console
