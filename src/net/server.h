// The network side as a whole: listeners, net threads, and the pools that wait for the disk.
//
// Built and stopped by one thread (mnmd's main). The process must ignore SIGPIPE. The order of an
// end: drain() (nothing more is accepted or read), then the engine ends (so that what was read is
// answered, but for a login on its way from the lobby, whose link just ends), then stop().
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/server_listener.h"
#include "net/server_thread.h"

namespace mnm::net {

struct ServerOptions {
  std::vector<ListenAddress> addresses;
  bool allow_plaintext = false;
  // Needed for tls:// and https:// addresses.
  std::string tls_certificate_file;
  std::string tls_key_file;
  std::string site_name;
  std::size_t net_threads = 1;
  std::size_t read_threads = 2;
  std::size_t upload_threads = 2;
  SessionLimits session;
  ServerLimits limits;
  // Of http:// and https:// addresses.
  HttpOptions http;
  std::vector<ListenAddress> admin_addresses;  // http:// alone; the pages for administrators
};

class Server {
 public:
  // Binds all addresses, but takes no link yet. kUsage, kUnavailable, kDenied as in listen_on and
  // TlsContext::load.
  [[nodiscard]] static Result<std::unique_ptr<Server>> open(const ServerPorts& ports,
                                                            const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start();
  void drain();
  void stop();
  // A connected stream socket that is no listener's: a link as those of the listeners, with the
  // transport EMBEDDED. Any thread, after start() and before drain().
  void adopt(Fd socket, const Peer& peer);
  // Runs `job` on the lobby's thread, where it holds up strangers alone. Any thread, between
  // start() and stop().
  void run_in_lobby(std::function<void()> job);
  // Reads the certificate again; without TLS there is nothing to do.
  [[nodiscard]] Result<void> reload_certificate();

  // Where it listens, with the ports that were picked.
  [[nodiscard]] std::vector<std::string> addresses() const;
  [[nodiscard]] std::size_t links() const { return admission_.links(); }

 private:
  Server(const ServerPorts& ports, const ServerOptions& options, std::unique_ptr<TlsContext> tls);
  void listen(Listening listening, bool admin);
  void take(Arrival arrival, event::Transport transport, const Peer& peer);

  const HttpOptions http_;
  Admission admission_;
  std::unique_ptr<TlsContext> tls_;
  // Before the pools: their jobs post to the threads' event loops.
  std::vector<std::unique_ptr<NetThread>> threads_;
  std::unique_ptr<NetThread> lobby_;  // listeners live there, too
  std::optional<WorkerPool> read_pool_;
  std::optional<WorkerPool> upload_pool_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::atomic<std::uint64_t> last_session_ = 0;
  std::size_t next_thread_ = 0;  // the lobby's
  bool running_ = false;
};

}  // namespace mnm::net
