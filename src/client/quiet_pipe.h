// Keeps SIGPIPE from a thread while it is in a call of ours: a host program's signals are its own,
// and OpenSSL writes to sockets without MSG_NOSIGNAL.
//
// One object a call, on its thread's stack. A SIGPIPE that was pending before stays so.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <ctime>

namespace mnm::client {

class QuietPipe {
 public:
  QuietPipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    was_pending_ = pending();
    (void)pthread_sigmask(SIG_BLOCK, &pipe_, &before_);  // fails for no set of this kind
  }
  QuietPipe(const QuietPipe&) = delete;
  QuietPipe& operator=(const QuietPipe&) = delete;
  ~QuietPipe() {
    const timespec at_once{};
    if (!was_pending_ && pending()) (void)sigtimedwait(&pipe_, nullptr, &at_once);
    (void)pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  static bool pending() {
    sigset_t waiting;
    return sigpending(&waiting) == 0 && sigismember(&waiting, SIGPIPE) == 1;
  }

  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace mnm::client
