// A net thread: an event loop, the links and sessions that live on it, and the outlet by which the
// engine reaches them. One of them is the lobby, where strangers are until they say who they are:
// whatever they do there, it takes nothing from the threads of those who have logged in.
//
// adopt(), admit(), post() and resume() from any thread; everything else happens on the thread
// itself.
#pragma once

#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "net/connection.h"
#include "net/http_door.h"
#include "net/transport_tls.h"
#include "ops/effects.h"

namespace mnm::net {

// What a server needs from the rest of the relay. All of it outlives the server.
struct ServerPorts {
  ops::Inbox& inbox;
  const log::Reader& messages;
  log::BodyStore& bodies;
  const Keys& keys;
  const Authority* authority = nullptr;  // null: nobody vouches for newcomers
};

// A link fresh from accept().
struct Arrival {
  Fd fd;
  Admission::Ticket ticket;
  SessionId id;
  std::shared_ptr<const ops::Origin> origin;
  const TlsContext* tls = nullptr;  // set for TLS
  TimePoint accepted;
  enum class Door : std::uint8_t { kLink, kHttp, kAdmin } door = Door::kLink;
};

class NetThread final : public ops::Outlet {
 public:
  NetThread(const ServerPorts& ports, std::string site_name, SessionLimits limits,
            WorkerPool& read_pool, WorkerPool& upload_pool);
  ~NetThread() override;

  // Before start: links of HTTP may come to this thread.
  void open_http(const HttpOptions& options, Admission& admission, HttpDoor::NextId next_id);
  // Before start: this is the lobby. `next` picks the thread that a link leaves it for.
  void be_lobby(std::function<NetThread&()> next);
  void start();
  // From now on nothing is read from any link.
  void drain();
  // Closes all links, giving what is queued until kStopWithin to leave, and ends the thread. Once.
  void stop();

  void adopt(Arrival arrival);
  // A link from the lobby.
  void admit(std::shared_ptr<Link> link);
  void post(std::vector<ops::SessionEffects> effects) override;
  void resume() override;

  [[nodiscard]] boost::asio::io_context& io() { return io_; }

 private:
  using Timer =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;

  void run();
  void welcome(Arrival arrival);
  void hand_out();
  void sweep();
  void shut_all();
  void close_rest();
  [[nodiscard]] std::vector<std::shared_ptr<Tenant>> all() const;

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  Timer sweeper_;
  Timer stopper_;
  std::vector<char> read_buffer_;
  std::vector<char> tls_scratch_;
  SystemRandom random_;
  SessionWorld world_;
  LinkContext context_;
  std::unordered_map<SessionId, std::shared_ptr<Tenant>> tenants_;
  std::optional<HttpDoor> http_;
  bool stopping_ = false;

  std::mutex mutex_;  // guards what follows
  std::vector<ops::SessionEffects> effects_;
  std::thread thread_;
};

}  // namespace mnm::net
