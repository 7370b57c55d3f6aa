#include "mnmbench/http_link.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "mnmbench/http_answer.h"
#include "net/frame.h"

namespace mnm::bench {
namespace {

using Status = net::IoResult::Status;

constexpr std::size_t kReadBytes = std::size_t{64} << 10;

// One of the two connections, and the frames that came over it.
class Half {
 public:
  Half(Socket socket, int epoll) : socket_(std::move(socket)) {
    (void)::fcntl(socket_.fd.get(), F_SETFL, ::fcntl(socket_.fd.get(), F_GETFL) | O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    ok_ = ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket_.fd.get(), &event) == 0;
  }

  // Waits for room: the relay reads as fast as it can, and answers after.
  bool send(std::string_view octets) {
    while (ok_ && !octets.empty()) {
      const net::Piece piece{octets, true};
      const net::IoResult result = socket_.transport->write({&piece, 1});
      if (result.status == Status::kDone) {
        octets.remove_prefix(result.count);
      } else if (result.status == Status::kWantWrite) {
        pollfd wait{socket_.fd.get(), POLLOUT, 0};
        ok_ = ::poll(&wait, 1, -1) > 0 || errno == EINTR;
      } else {
        ok_ = false;
      }
    }
    return ok_;
  }
  // What has come; whole frames of it go to `frames`. Calls `answered` after each answer.
  template <class Answered>
  bool receive(std::string& frames, Answered answered) {
    std::array<char, kReadBytes> octets;  // NOLINT: as much as is read
    while (ok_) {
      const net::IoResult result = socket_.transport->read(octets);
      if (result.status == Status::kWantRead) break;
      ok_ = result.status == Status::kDone;
      std::string_view in(octets.data(), ok_ ? result.count : 0);
      while (ok_ && !in.empty()) {
        ok_ = answers_.take(in, partial_);
        if (answers_.status() >= 300) ok_ = false;
        if (ok_ && answers_.done()) answered();
      }
    }
    return take_frames(frames) && ok_;
  }
  [[nodiscard]] const HttpAnswers& answers() const { return answers_; }
  void finish() const { socket_.transport->finish(); }

 private:
  bool take_frames(std::string& frames) {
    std::size_t used = 0;
    while (const std::size_t size = frame_bytes(std::string_view(partial_).substr(used))) {
      if (size == std::string_view::npos) return false;
      used += size;
    }
    frames.append(partial_, 0, used);
    partial_.erase(0, used);
    return true;
  }

  Socket socket_;
  HttpAnswers answers_;
  std::string partial_;
  bool ok_ = false;
};

class HttpTransport final : public net::Transport {
 public:
  HttpTransport(Socket socket, Connect connect, std::string host, int epoll)
      : connect_(std::move(connect)),
        host_(std::move(host)),
        epoll_(epoll),
        posts_(std::move(socket), epoll) {}

  net::IoResult handshake() override { return {Status::kDone, 1}; }
  bool has_buffered() const override { return given_ < frames_.size(); }

  net::IoResult read(std::span<char> into) override {
    if (!has_buffered() && !fetch() && !has_buffered()) return {Status::kEnd};
    if (!has_buffered()) return {Status::kWantRead};
    const std::size_t count = std::min(into.size(), frames_.size() - given_);
    std::copy_n(frames_.data() + given_, count, into.data());
    given_ += count;
    return {Status::kDone, count};
  }

  // All of it is taken: it leaves with the next POST.
  net::IoResult write(std::span<const net::Piece> pieces) override {
    std::size_t count = 0;
    for (const net::Piece& piece : pieces) {
      out_ += piece.octets;
      count += piece.octets.size();
    }
    if (!asked_ && !post()) return {Status::kFailed};
    return {Status::kDone, count};
  }

  void finish() override {
    posts_.finish();
    if (receiver_) receiver_->finish();
  }

 private:
  bool post() {
    if (out_.empty()) return true;
    asked_ = true;
    const std::string head = fmt::format(
        "POST /mmtp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/octet-stream\r\n{}"
        "Content-Length: {}\r\n\r\n",
        host_, session_field(), out_.size());
    return posts_.send(head + std::exchange(out_, {}));
  }
  [[nodiscard]] std::string session_field() const {
    const std::string& token = posts_.answers().session();
    return token.empty() ? std::string() : fmt::format("Mnm-Session: {}\r\n", token);
  }
  bool fetch() {
    frames_.clear();
    given_ = 0;
    const bool answers = posts_.receive(frames_, [this] { asked_ = false; });
    if (!answers) return false;
    if (!receiver_ && !posts_.answers().session().empty() && !open_receiver()) return false;
    if (receiver_ && !receiver_->receive(frames_, [] {})) return false;
    return asked_ || post();
  }
  bool open_receiver() {
    auto socket = connect_();
    if (!socket) return false;
    receiver_.emplace(std::move(*socket), epoll_);
    return receiver_->send(
        fmt::format("GET /mmtp HTTP/1.1\r\nHost: {}\r\n{}\r\n", host_, session_field()));
  }

  const Connect connect_;
  const std::string host_;
  const int epoll_;  // of both
  Half posts_;
  std::optional<Half> receiver_;
  std::string out_;     // for the next POST
  bool asked_ = false;  // one is on its way
  std::string frames_;  // whole ones
  std::size_t given_ = 0;
};

}  // namespace

Result<Socket> over_http(Socket socket, Connect connect, const std::string& host) {
  net::Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return fail(system_error("no epoll", errno));
  auto transport =
      std::make_unique<HttpTransport>(std::move(socket), std::move(connect), host, epoll.get());
  return Socket{std::move(epoll), std::move(transport)};
}

}  // namespace mnm::bench
