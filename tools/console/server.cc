#include "console/server.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>

#include "console/program_answer.h"

namespace mnm::console {
namespace {

using net::HttpReply;
using net::HttpRequest;
using net::problem;

// A request's head; null when it doesn't come whole and in time, after an answer where there is
// one.
std::unique_ptr<HttpRequest> read_request(int fd, std::chrono::milliseconds send_within) {
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
      say(fd, problem(status, "this is no request that can be answered"),
          std::chrono::steady_clock::now() + send_within);
      return {};
    }
    unread = std::string(in);
  }
  return request;
}

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

// All of them first: they end side by side.
Server::~Server() {
  for (const Link& link : links_)
    ::shutdown(link.fd.get(), SHUT_RDWR);  // which ends its program, too
  for (Link& link : links_) {
    if (link.thread.joinable()) link.thread.join();
  }
}

void Server::serve(std::chrono::milliseconds wait) {
  reap();
  pollfd ready{listening_.get(), POLLIN, 0};
  if (::poll(&ready, 1, static_cast<int>(wait.count())) <= 0) return;
  net::Fd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (fd) begin(std::move(fd));
}

// What fits into the link goes out at once; nobody else waits for this one.
void Server::begin(net::Fd fd) {
  const net::HttpReply full = problem(503, "there are too many links", {{"Retry-After", "1"}});
  if (links_.size() >= kLinksMax) return say(fd.get(), full, Time());
  Link& link = links_.emplace_back();
  link.fd = std::move(fd);
  try {
    link.thread = std::thread([this, &link] {
      run(link);
      link.done = true;
    });
  } catch (const std::system_error&) {  // the system has no more of them
    say(link.fd.get(), full, Time());
    links_.pop_back();
  }
}

void Server::reap() {
  for (auto link = links_.begin(); link != links_.end();) {
    if (!link->done) {
      ++link;
      continue;
    }
    if (link->thread.joinable()) link->thread.join();
    link = links_.erase(link);
  }
}

// What one link runs out of, memory say, is that link's end and nobody else's.
void Server::run(const Link& link) noexcept {
  const int fd = link.fd.get();
  try {
    if (const auto request = read_request(fd, ports_.send_within)) respond(fd, *request);
  } catch (const std::exception& error) {
    try {
      ports_.heard(error.what());
    } catch (const std::exception&) {  // nor can it be said
    }
  }
  // The descriptor itself goes with the link, so that nobody ever shuts another one down.
  ::shutdown(fd, SHUT_RDWR);
}

void Server::reply(int fd, HttpReply reply, bool head_only) const {
  say(fd, std::move(reply), std::chrono::steady_clock::now() + ports_.send_within, head_only);
}

void Server::respond(int fd, const HttpRequest& request) {
  if (const auto refused = gate_.refuse_site(request)) {
    return reply(fd, problem(refused->status, refused->why));
  }
  const bool head_only = request.method() == net::http::verb::head;
  if ((request.method() != net::http::verb::get && !head_only) || request.has_body()) {
    return reply(fd, problem(405, "the console knows GET and HEAD", {{"Allow", "GET, HEAD"}}));
  }
  if (request.path().starts_with(kApi)) return answer(fd, request);
  const auto page = ports_.pages.exact.find(request.path());
  if (page == ports_.pages.exact.end()) {
    return reply(fd, problem(404, "there is nothing at this path: see /console"), head_only);
  }
  page->second(request.path(), [&](HttpReply reply) {
    revalidate(reply, request.field("If-None-Match"));
    this->reply(fd, std::move(reply), head_only);
  });
}

void Server::answer(int fd, const HttpRequest& request) {
  const bool head_only = request.method() == net::http::verb::head;
  if (const auto refused = gate_.refuse_asker(request, Gate::Clock::now())) {
    return reply(fd, problem(refused->status, refused->why, {{"WWW-Authenticate", "Bearer"}}));
  }
  if (request.path().substr(kApi.size()) == "metrics") {
    return reply(fd, ports_.metrics(), head_only);
  }
  const Result<Question> question = ports_.question(request);
  if (!question) {
    return reply(fd, problem(status_of(question.error().code), question.error().text));
  }
  const Place place(children_);
  if (!place) {
    return reply(fd, problem(503, "too much is being asked at once", {{"Retry-After", "1"}}));
  }
  answer_by_program({.question = *question,
                     .program = ports_.program,
                     .fd = fd,
                     .head_only = head_only,
                     .send_within = ports_.send_within,
                     .heard = ports_.heard});
}

}  // namespace mnm::console
