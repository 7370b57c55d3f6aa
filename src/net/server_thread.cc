#include "net/server_thread.h"

#include <glog/logging.h>
#include <pthread.h>

#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

#include "base/priority.h"
#include "net/codec.h"

namespace mnm::net {

NetThread::NetThread(const ServerPorts& ports, std::string site_name, SessionLimits limits,
                     WorkerPool& read_pool, WorkerPool& upload_pool)
    : io_(1),  // one thread runs it
      work_(io_.get_executor()),
      sweeper_(io_.get_executor()),
      stopper_(io_.get_executor()),
      read_buffer_(kReadBytes),
      tls_scratch_(kTlsRecordBytes),
      world_{codec_for_first, std::move(site_name), ports.keys, random_, limits, ports.authority},
      context_{io_,
               world_,
               ports.inbox,
               ports.messages,
               ports.bodies,
               read_pool,
               upload_pool,
               read_buffer_,
               tls_scratch_,
               *this,
               [this](SessionId id) {
                 tenants_.erase(id);
                 if (stopping_ && tenants_.empty()) io_.stop();
               },
               {}} {}

NetThread::~NetThread() { CHECK(!thread_.joinable()) << "a net thread must be stopped"; }

void NetThread::open_http(const HttpOptions& options, Admission& admission,
                          HttpDoor::NextId next_id) {
  http_.emplace(options, context_, *this, admission, std::move(next_id),
                [this](SessionId id, std::shared_ptr<Tenant> tenant) {
                  tenants_.insert_or_assign(id, std::move(tenant));
                });
}

void NetThread::be_lobby(std::function<NetThread&()> next) {
  context_.admit = [this, next = std::move(next)](SessionId id, std::shared_ptr<Link> link) {
    next().admit(std::move(link));
    context_.forget(id);
  };
}

void NetThread::start() {
  sweep();
  thread_ = std::thread([this] { run(); });
}

void NetThread::run() {
  const bool lobby = context_.admit != nullptr;
  (void)pthread_setname_np(pthread_self(), lobby ? "mnm-lobby" : "mnm-net");  // only a name
  if (lobby) be_nicer(5);  // strangers can wait a little
  io_.run();
}

void NetThread::drain() {
  boost::asio::post(io_, [this] { context_.draining = true; });
}

void NetThread::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(io_, [this] { shut_all(); });
  thread_.join();
  close_rest();
  http_.reset();  // before the pools, to which its sessions may give an upload back
}

// What was on its way here, or lingers, still has links: they are closed now, not with the server.
// Of the thread that stops, which has ended, nobody else runs anything here.
void NetThread::close_rest() {
  stopping_ = false;  // the last one to go doesn't end this
  io_.restart();
  (void)io_.poll();
  const TimePoint after_all = std::chrono::steady_clock::now() + std::chrono::hours(1);
  for (const auto& tenant : all()) {
    tenant->shut("the relay stops");
    tenant->expire(after_all);
  }
  (void)io_.poll();
  tenants_.clear();
}

void NetThread::shut_all() {
  context_.draining = true;
  hand_out();  // the engine's last answers
  stopping_ = true;
  stopper_.expires_after(kStopWithin);
  stopper_.async_wait([this](boost::system::error_code) { io_.stop(); });
  for (const auto& connection : all()) connection->shut("the relay stops");
  if (tenants_.empty()) io_.stop();
}

std::vector<std::shared_ptr<Tenant>> NetThread::all() const {
  std::vector<std::shared_ptr<Tenant>> all;
  all.reserve(tenants_.size());
  for (const auto& [id, connection] : tenants_) all.push_back(connection);
  return all;
}

void NetThread::adopt(Arrival arrival) {
  boost::asio::post(io_, [this, arrival = std::move(arrival)]() mutable {
    if (!context_.draining) welcome(std::move(arrival));
  });
}

void NetThread::admit(std::shared_ptr<Link> link) {
  boost::asio::post(io_, [this, link = std::move(link)] {
    tenants_.emplace(link->id(), link);
    link->enter(context_);
  });
}

void NetThread::welcome(Arrival arrival) {
  auto transport = arrival.tls != nullptr ? arrival.tls->accept(arrival.fd.get(), tls_scratch_)
                                          : plain_transport(arrival.fd.get());
  if (!transport) return;  // no memory for it; the link closes
  AcceptedLink link{std::move(arrival.fd),
                    std::move(transport),
                    std::move(arrival.ticket),
                    {arrival.id, this, std::move(arrival.origin), arrival.accepted}};
  if (arrival.door != Arrival::Door::kLink) {
    CHECK(http_) << "HTTP comes to the first thread alone";
    return http_->welcome(std::move(link), arrival.door == Arrival::Door::kAdmin);
  }
  auto connection = std::make_shared<Connection>(context_, std::move(link));
  tenants_.emplace(arrival.id, connection);
  connection->start();
}

void NetThread::post(std::vector<ops::SessionEffects> effects) {
  {
    const std::scoped_lock lock(mutex_);
    const bool first = effects_.empty();
    if (first) {
      effects_ = std::move(effects);
    } else {
      effects_.insert(effects_.end(), std::make_move_iterator(effects.begin()),
                      std::make_move_iterator(effects.end()));
    }
    if (!first || effects_.empty()) return;  // a hand_out is on its way already
  }
  boost::asio::post(io_, [this] { hand_out(); });
}

void NetThread::hand_out() {
  std::vector<ops::SessionEffects> effects;
  {
    const std::scoped_lock lock(mutex_);
    effects.swap(effects_);
  }
  for (ops::SessionEffects& each : effects) {
    const auto found = tenants_.find(each.session);
    if (found == tenants_.end()) continue;
    const auto connection = found->second;  // it may forget itself meanwhile
    connection->effects(std::move(each.effects));
  }
}

void NetThread::resume() {
  boost::asio::post(io_, [this] {
    for (const SessionId id : std::exchange(context_.want_room, {})) {
      const auto found = tenants_.find(id);
      if (found == tenants_.end()) continue;
      const auto connection = found->second;  // it may forget itself meanwhile
      connection->resumed();
    }
  });
}

void NetThread::sweep() {
  const TimePoint now = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<Tenant>> due;
  for (const auto& [id, connection] : tenants_) {
    if (connection->is_due(now)) due.push_back(connection);
  }
  for (const auto& connection : due) connection->expire(now);
  sweeper_.expires_after(kSweepEvery);
  sweeper_.async_wait([this](boost::system::error_code error) {
    if (!error) sweep();
  });
}

}  // namespace mnm::net
