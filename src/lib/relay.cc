// libmnm: daemon::Relay behind the installed header.
#include "mnm/relay.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <pthread.h>
#include <signal.h>  // NOLINT: sigset_t and pthread_sigmask are POSIX
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <utility>

#include "daemon/config.h"
#include "daemon/log_level.h"
#include "daemon/relay.h"

namespace mnm {
namespace {

[[noreturn]] void raise(const Error& error) {
  throw Failure(static_cast<mnm_code>(exit_code(error.code)), error.text);
}

// Threads that are started meanwhile have all signals blocked: those are the host's.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before_);  // fails for no set of this kind
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { (void)pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// To standard error, unless the host has set glog up: then all of it is the host's.
void prepare_logging(const std::string& level) {
  static std::once_flag once;
  std::call_once(once, [&level] {
    if (google::IsGoogleLoggingInitialized()) return;
    FLAGS_logtostderr = true;
    daemon::set_log_level(level);
    google::InitGoogleLogging("mnm");
  });
}

daemon::HostSettings settings_of(const Relay::Options& options) {
  daemon::HostSettings settings = options.settings;
  settings["data"] = {options.data};
  if (!options.listen.empty()) settings["listen"] = options.listen;
  return settings;
}

std::array<net::Fd, 2> socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    raise(system_error("can't make a pair of sockets", errno));
  }
  return {net::Fd(ends[0]), net::Fd(ends[1])};
}

}  // namespace

struct Relay::Held {
  daemon::Config config;  // the relay looks at it
  std::function<void(const std::string&)> failed;
  std::unique_ptr<daemon::Relay> relay;

  std::mutex mutex;  // guards `open`: whether links may be given to the relay
  bool open = false;

  void tell(const std::string& why) const {
    if (failed) failed(why);
  }
  void adopt(net::Fd socket, const std::string& peer) {
    const int flags = ::fcntl(socket.get(), F_GETFL);
    if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
      raise({ErrorCode::kUsage, system_error("not a socket that can be used", errno).text});
    }
    const std::scoped_lock lock(mutex);
    if (!open) raise({ErrorCode::kUnavailable, "the relay has been stopped"});
    relay->adopt(std::move(socket), {.text = peer, .network = {}});
  }
};

Relay::Relay(const Options& options) : held_(std::make_unique<Held>()) {
  if (options.data.empty()) raise({ErrorCode::kUsage, "a data directory must be named"});
  auto config = daemon::host_config(settings_of(options));
  if (!config) raise(config.error());
  held_->config = std::move(*config);
  held_->failed = options.failed;
  prepare_logging(held_->config.log_level);
  const SignalsBlocked blocked;
  Held& held = *held_;
  auto relay = daemon::Relay::open(
      held.config, MNM_VERSION,
      {.failed = [&held] { held.tell("the log can't be written; stop() says why"); },
       .stalled = [&held] { held.tell("nothing is answered any more; stop() may hang"); }});
  if (!relay) raise(relay.error());
  held.relay = std::move(*relay);
  held.relay->start();
  held.open = true;
}

Relay::~Relay() {
  try {
    stop();
  } catch (const Failure& failure) {
    LOG(ERROR) << failure.what();
  }
}

int Relay::connect(const std::string& peer) {
  auto ends = socket_pair();
  held_->adopt(std::move(ends[0]), peer);
  return ends[1].release();
}

void Relay::adopt(int socket, const std::string& peer) { held_->adopt(net::Fd(socket), peer); }

std::vector<std::string> Relay::addresses() const { return held_->relay->addresses(); }

void Relay::reload() {
  if (auto reloaded = held_->relay->reload(); !reloaded) raise(reloaded.error());
}

void Relay::stop() {
  {
    const std::scoped_lock lock(held_->mutex);
    held_->open = false;
  }
  if (auto stopped = held_->relay->stop(); !stopped) raise(stopped.error());
}

const char* Relay::version() { return MNM_VERSION; }

}  // namespace mnm
