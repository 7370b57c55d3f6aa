#include "net/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <future>
#include <utility>

#include <fmt/format.h>
#include <glog/logging.h>

namespace mnm::net {
namespace {

// The log's files, the pools' files, standard streams, listeners.
constexpr rlim_t kOtherDescriptors = 1024;

// As many links as there can be descriptors, after asking for enough of them.
ServerLimits fitted(ServerLimits limits) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return limits;
  const rlim_t wanted = limits.links_max + kOtherDescriptors;
  if (files.rlim_cur < wanted) {
    files.rlim_cur = std::min(wanted, files.rlim_max);
    (void)::setrlimit(RLIMIT_NOFILE, &files);  // what it came to is read below
    (void)::getrlimit(RLIMIT_NOFILE, &files);
  }
  if (files.rlim_cur >= wanted) return limits;
  const rlim_t fits = files.rlim_cur - std::min(files.rlim_cur / 2, kOtherDescriptors);
  LOG(INFO) << "at most " << files.rlim_cur << " open files are allowed (ulimit -n): at most "
            << fits << " links instead of " << limits.links_max;
  limits.links_max = fits;
  return limits;
}

bool needs_tls(const ServerOptions& options) {
  const auto is_tls = [](const ListenAddress& address) { return address.is_tls(); };
  return std::ranges::any_of(options.addresses, is_tls) ||
         std::ranges::any_of(options.admin_addresses, is_tls);
}

}  // namespace

Result<std::unique_ptr<Server>> Server::open(const ServerPorts& ports,
                                             const ServerOptions& options) {
  std::unique_ptr<TlsContext> tls;
  if (needs_tls(options)) {
    if (options.tls_certificate_file.empty() || options.tls_key_file.empty()) {
      return fail(ErrorCode::kUsage, "a tls:// or https:// address needs --tls-cert and --tls-key");
    }
    auto loaded = TlsContext::load(options.tls_certificate_file, options.tls_key_file);
    if (!loaded) return fail(loaded.error());
    tls = std::move(*loaded);
  }
  std::unique_ptr<Server> server(new Server(ports, options, std::move(tls)));
  for (const ListenAddress& address : options.addresses) {
    auto listening = listen_on(address, options.allow_plaintext);
    if (!listening) return fail(listening.error());
    server->listen(std::move(*listening), false);
  }
  for (const ListenAddress& address : options.admin_addresses) {
    auto listening = listen_on(address, options.allow_plaintext);
    if (!listening) return fail(listening.error());
    server->listen(std::move(*listening), true);
  }
  return server;
}

Server::Server(const ServerPorts& ports, const ServerOptions& options,
               std::unique_ptr<TlsContext> tls)
    : http_(options.http), admission_(fitted(options.limits)), tls_(std::move(tls)) {
  read_pool_.emplace("mnm-read", options.read_threads);
  upload_pool_.emplace("mnm-upload", options.upload_threads);
  for (std::size_t i = 0; i < std::max<std::size_t>(options.net_threads, 1); ++i) {
    threads_.push_back(std::make_unique<NetThread>(ports, options.site_name, options.session,
                                                   *read_pool_, *upload_pool_));
  }
  lobby_ = std::make_unique<NetThread>(ports, options.site_name, options.session, *read_pool_,
                                       *upload_pool_);
  lobby_->be_lobby([this]() -> NetThread& { return *threads_[next_thread_++ % threads_.size()]; });
  threads_.front()->open_http(http_, admission_, [this] { return SessionId(++last_session_); });
}

void Server::listen(Listening listening, bool admin) {
  const event::Transport transport = listening.address.transport;
  const TlsContext* tls = listening.address.is_tls() ? tls_.get() : nullptr;
  const bool http = listening.address.is_http();
  const Arrival::Door door = admin  ? Arrival::Door::kAdmin
                             : http ? Arrival::Door::kHttp
                                    : Arrival::Door::kLink;
  auto taken = [this, transport, tls, door](Fd fd, const Peer& peer, Admission::Ticket ticket) {
    take({.fd = std::move(fd), .ticket = std::move(ticket), .tls = tls, .door = door}, transport,
         peer);
  };
  listeners_.push_back(
      std::make_unique<Listener>(lobby_->io(), std::move(listening), admission_, std::move(taken)));
}

void Server::take(Arrival arrival, event::Transport transport, const Peer& peer) {
  // HTTP to the first: the requests of a session may come over any link.
  const bool to_lobby = arrival.door == Arrival::Door::kLink;
  NetThread& thread = to_lobby ? *lobby_ : *threads_.front();
  arrival.id = SessionId(++last_session_);
  arrival.origin =
      std::make_shared<const ops::Origin>(ops::Origin{transport, peer.text, peer.network});
  arrival.accepted = std::chrono::steady_clock::now();
  thread.adopt(std::move(arrival));
}

void Server::run_in_lobby(std::function<void()> job) {
  boost::asio::post(lobby_->io(), std::move(job));
}

void Server::adopt(Fd socket, const Peer& peer) {
  boost::asio::post(lobby_->io(), [this, peer, fd = std::move(socket)]() mutable {
    auto ticket = admission_.enter(peer.network);
    if (!ticket) {
      LOG_EVERY_N(WARNING, 1000) << "too many links: one from " << peer.text << " is turned away";
      return;
    }
    take({.fd = std::move(fd), .ticket = std::move(*ticket)}, event::EMBEDDED, peer);
  });
}

Server::~Server() {
  drain();
  stop();
}

void Server::start() {
  running_ = true;
  for (const auto& thread : threads_) thread->start();
  lobby_->start();
  run_in_lobby([this] {
    for (const auto& listener : listeners_) listener->start();
  });
}

void Server::drain() {
  if (!running_) {
    for (const auto& listener : listeners_) listener->stop();
    return;
  }
  std::promise<void> closed;
  run_in_lobby([this, &closed] {
    for (const auto& listener : listeners_) listener->stop();
    closed.set_value();
  });
  closed.get_future().wait();
  lobby_->drain();
  for (const auto& thread : threads_) thread->drain();
}

void Server::stop() {
  if (!std::exchange(running_, false)) return;
  lobby_->stop();  // before those it admits to
  for (const auto& thread : threads_) thread->stop();
  // Jobs on their way still name the event loops.
  upload_pool_.reset();
  read_pool_.reset();
}

Result<void> Server::reload_certificate() { return tls_ ? tls_->reload() : Result<void>{}; }

std::vector<std::string> Server::addresses() const {
  std::vector<std::string> texts;
  texts.reserve(listeners_.size());
  for (const auto& listener : listeners_) texts.push_back(listener->address().text());
  return texts;
}

}  // namespace mnm::net
