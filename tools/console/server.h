// The console's HTTP server: the page's files to anybody on this machine, answers to whoever has
// the token. Small, for one operator's browser: a thread a link, a request a link.
//
// Built, run and ended by one thread. What always holds: at most kLinksMax links and kChildrenMax
// programs at once; an answer that isn't read holds one piece of it in memory, for kSendWithin.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <string>
#include <thread>

#include "console/child.h"
#include "console/gate.h"
#include "console/question.h"
#include "net/http_reply.h"
#include "net/server_address.h"

namespace mnm::console {

inline constexpr std::size_t kLinksMax = 32;
inline constexpr std::size_t kChildrenMax = 4;
inline constexpr std::chrono::seconds kHeadWithin{10};
inline constexpr std::chrono::seconds kSendWithin{30};
// Of one answer: what a page can show.
inline constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{8} << 20;

struct ServerPorts {
  net::HttpPages pages;
  std::string program;  // mnmlog's path
  // From links' threads.
  std::function<Result<Question>(const net::HttpRequest& request)> question;
  std::function<Result<std::string>()> metrics;  // JSON; kUnavailable without a relay
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
  void run(const Link& link);
  void respond(int fd, const net::HttpRequest& request);
  void answer(int fd, const net::HttpRequest& request);
  void run_question(int fd, const Question& question, bool head_only);

  const net::Fd listening_;
  const Gate gate_;
  const ServerPorts ports_;
  std::atomic<std::size_t> children_ = 0;
  std::list<Link> links_;
};

}  // namespace mnm::console
