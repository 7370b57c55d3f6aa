// The console's HTTP server: the page's files to anybody on this machine, answers to whoever has
// the token. Small, for one operator's browser: a thread a link, a request a link.
//
// Built, run and ended by one thread. What always holds: at most kLinksMax links and kChildrenMax
// programs at once; an answer that isn't read holds one piece of it in memory, for kSendWithin, and
// none holds its program for longer than its question may take.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <thread>

#include "console/gate.h"
#include "console/question.h"
#include "console/sending.h"
#include "net/http_reply.h"
#include "net/server_address.h"

namespace mnm::console {

inline constexpr std::size_t kLinksMax = 32;
inline constexpr std::size_t kChildrenMax = 4;
inline constexpr std::chrono::seconds kHeadWithin{10};
inline constexpr std::chrono::seconds kSendWithin{30};

struct ServerPorts {
  net::HttpPages pages;
  std::string program;  // mnmlog's path
  // From links' threads.
  std::function<Result<Question>(const net::HttpRequest& request)> question;
  std::function<net::HttpReply()> metrics;              // relay_figures()
  std::function<void(std::string_view words)> heard;    // what programs complain of
  std::chrono::milliseconds send_within = kSendWithin;  // each piece
};

class Server {
 public:
  // `listening`: a socket that listens.
  Server(net::Fd listening, Gate gate, ServerPorts ports);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes what links come within `wait`.
  void serve(std::chrono::milliseconds wait);
  // Programs that run.
  [[nodiscard]] std::size_t children() const { return children_; }

 private:
  struct Link {
    net::Fd fd;
    std::atomic<bool> done = false;
    std::thread thread;
  };
  void reap();
  void begin(net::Fd fd);
  void run(const Link& link) noexcept;
  void respond(int fd, const net::HttpRequest& request);
  void answer(int fd, const net::HttpRequest& request);
  void reply(int fd, net::HttpReply reply, bool head_only = false) const;

  const net::Fd listening_;
  const Gate gate_;
  const ServerPorts ports_;
  std::atomic<std::size_t> children_ = 0;
  std::list<Link> links_;
};

}  // namespace mnm::console
