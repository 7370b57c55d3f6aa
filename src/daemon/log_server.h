// Reads the log, and looks up what the views hold now, for tools beside the relay: links of the
// admin socket that asked for it become channels (log/log_channel.h), each served by a thread of
// its own, so that a long read never holds up administration.
//
// serve() is the admin thread's; stop() whoever ends the relay, after it.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/error.h"
#include "log/log.h"
#include "net/server_address.h"

namespace mnm::daemon {

// Tools at once: people, and a few followers.
inline constexpr std::size_t kLogReadersMax = 16;
// A tool that follows asks many times a second; one that is silent for so long has gone away.
inline constexpr int kLogReaderIdleMs = 600'000;

class LogServer {
 public:
  // Answers a question about the views (ops/views_ask.h); called on the channels' threads.
  using AskViews = std::function<Result<std::string>(std::string_view question)>;
  LogServer(const log::Reader& log, AskViews ask_views)
      : log_(log), ask_views_(std::move(ask_views)) {}
  ~LogServer() { stop(); }
  LogServer(const LogServer&) = delete;
  LogServer& operator=(const LogServer&) = delete;

  // Takes the link over, which has been told nothing yet. Refuses, in a line of JSON, when there
  // are kLogReadersMax.
  void serve(net::Fd link);
  // Ends all links. Nothing is served any more.
  void stop();

 private:
  struct Channel {
    net::Fd link;
    std::atomic<bool> done = false;
    std::thread thread;
  };
  void run(Channel& channel) const;

  const log::Reader& log_;
  const AskViews ask_views_;
  std::mutex mutex_;
  std::list<Channel> channels_;
  bool stopped_ = false;
};

}  // namespace mnm::daemon
