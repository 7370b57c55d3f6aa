#include "console/sending.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace mnm::console {

using net::HttpBody;

bool send_all(int fd, std::string_view octets, Time until) {
  while (!octets.empty()) {
    const ssize_t sent = ::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) octets.remove_prefix(static_cast<std::size_t>(sent));
    if (octets.empty()) return true;
    if (sent < 0 && errno != EINTR && errno != EAGAIN) return false;  // gone
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd ready{fd, POLLOUT, 0};
    (void)::poll(&ready, 1, static_cast<int>(left.count()));  // what came of it, send says
  }
  return true;
}

void say(int fd, net::HttpReply reply, Time until, bool head_only) {
  if (!reply.type.empty()) reply.fields.emplace_back("Content-Type", reply.type);
  const HttpBody body = reply.status == 304 ? HttpBody::kNone : HttpBody::kLength;
  const std::string head = http_head(reply.status, body, reply.body.size(), true, reply.fields);
  if (send_all(fd, head, until) && !head_only) (void)send_all(fd, reply.body, until);
}

bool Chunks::add(std::string_view piece) {
  bytes_ += piece.size();
  if (too_long()) return false;
  const Time until = std::min(std::chrono::steady_clock::now() + answer_.within, answer_.until);
  return begin(until) && send_all(fd_, fmt::format("{:x}\r\n", piece.size()), until) &&
         send_all(fd_, piece, until) && send_all(fd_, "\r\n", until);
}

void Chunks::end() {
  const Time until = std::chrono::steady_clock::now() + answer_.within;
  if (begin(until)) (void)send_all(fd_, "0\r\n\r\n", until);
}

bool Chunks::begin(Time until) {
  if (std::exchange(begun_, true)) return true;
  net::HttpFields fields = {{"Content-Type", std::string(answer_.type)},
                            {"Cache-Control", "no-store"},
                            {"X-Content-Type-Options", "nosniff"}};
  fields.insert(fields.end(), answer_.fields.begin(), answer_.fields.end());
  return send_all(fd_, http_head(200, HttpBody::kChunked, 0, true, fields), until) &&
         !answer_.head_only;
}

}  // namespace mnm::console
