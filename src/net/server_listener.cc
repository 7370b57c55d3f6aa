#include "net/server_listener.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "net/limits.h"

namespace mnm::net {
namespace {

constexpr int kAcceptsMax = 4;  // in a row, before others have their turn
constexpr std::chrono::milliseconds kPause{200};

void set(int fd, int level, int option, int value) {
  // A link works without any of them, if less well; and a peer that is gone already fails them all.
  (void)::setsockopt(fd, level, option, &value, sizeof(value));
}

// For the links of a listening socket: over TCP they get its options with nothing asked of the
// kernel again.
void tune_listening(int fd) {
  set(fd, SOL_SOCKET, SO_SNDBUF, kSocketSendBytes);
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdle_s);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveEvery_s);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveCount);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kTcpUserTimeout_ms);
}
// A Unix socket's don't.
void tune_accepted(int fd) { set(fd, SOL_SOCKET, SO_SNDBUF, kSocketSendBytes); }

Fd open_spare() { return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

Listener::Listener(boost::asio::io_context& io, Listening listening, Admission& admission,
                   Take take)
    : address_(std::move(listening.address)),
      descriptor_(io.get_executor(), listening.fd.release()),
      pause_(io.get_executor()),
      admission_(admission),
      take_(std::move(take)),
      spare_(open_spare()) {
  if (address_.transport != event::UNIX) tune_listening(descriptor_.native_handle());
}

void Listener::start() { wait(); }

void Listener::stop() {
  if (!descriptor_.is_open()) return;
  boost::system::error_code ignored;  // there is nothing that could be done about it
  descriptor_.close(ignored);
  pause_.cancel();
  if (address_.transport == event::UNIX) (void)::unlink(address_.path.c_str());  // or it is gone
}

void Listener::wait() {
  descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                         [this](boost::system::error_code error) {
                           if (!error) accept_some();
                         });
}

void Listener::accept_some() {
  for (int i = 0; i < kAcceptsMax; ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof(from);
    Fd fd(::accept4(descriptor_.native_handle(), reinterpret_cast<sockaddr*>(&from), &size,
                    SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) {
      const int error_number = errno;
      if (error_number == EMFILE || error_number == ENFILE || error_number == ENOBUFS ||
          error_number == ENOMEM) {
        return back_off(error_number);
      }
      if (error_number == EAGAIN) break;
      continue;  // this link is gone already; there may be others
    }
    const Peer peer = peer_of(fd.get(), address_.transport, from);
    auto ticket = admission_.enter(peer.network);
    if (!ticket) {
      LOG_EVERY_N(WARNING, 1000) << "too many links: one from " << peer.text << " is turned away";
      continue;
    }
    if (address_.transport == event::UNIX) tune_accepted(fd.get());
    take_(std::move(fd), peer, std::move(*ticket));
  }
  wait();
}

void Listener::back_off(int error_number) {
  LOG_EVERY_N(ERROR, 100) << "can't accept on " << address_.text() << ": "
                          << std::generic_category().message(error_number);
  spare_ = Fd();
  { const Fd turned_away(::accept4(descriptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC)); }
  spare_ = open_spare();
  pause_.expires_after(kPause);
  pause_.async_wait([this](boost::system::error_code error) {
    if (!error) wait();
  });
}

}  // namespace mnm::net
