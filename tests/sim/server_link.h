// The relay's end of a simulated link: what src/net/connection.h is to a socket. Drives the real
// session machine; reads and uploads are answered a little later, as from a pool.
//
// One thread. Owned by its process, gone with it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/session.h"
#include "sim/disk.h"
#include "sim/wire.h"

namespace mnm::sim {

// What the links of a process share. `alive` expires with the process.
struct LinkPorts {
  Timeline& time;
  Random& random;
  Faults& faults;
  net::SessionWorld& world;
  log::Reader& messages;
  log::BodyStore& bodies;
  std::function<ops::Inbox::Offer(ops::Request, SessionId)> offer;
};

class ServerLink final : public net::SessionActions,
                         public std::enable_shared_from_this<ServerLink> {
 public:
  ServerLink(LinkPorts& ports, std::shared_ptr<Wire> wire, net::SessionSetup setup);

  void start();
  void effects(std::vector<ops::Effect> effects);
  void resumed();
  // The process is gone: nothing happens here any more.
  void die();
  [[nodiscard]] bool is_gone() const { return gone_; }

  void send(net::Outgoing outgoing) override;
  ops::Inbox::Offer offer(ops::Request&& request) override;
  void write_body(std::string chunk, bool last) override;
  void read_message(Lsn id) override;
  void read_body(log::BodyFile file, std::uint64_t offset, std::size_t count) override;
  void close(net::Closing how, std::string_view reason) override;

 private:
  void arrived(std::string octets);
  void settle();
  void pour();
  [[nodiscard]] bool write_some();
  void arm();
  void expire();
  void gone(std::string_view reason);
  void release();
  template <class Job>
  void soon(Job job);

  LinkPorts& ports_;
  std::shared_ptr<Wire> wire_;
  const SessionId id_;
  net::Session session_;
  std::string coming_;
  std::string queue_;  // to be sent
  std::shared_ptr<log::Upload> upload_;
  net::TimePoint progress_;
  net::TimePoint armed_ = net::TimePoint::max();
  net::TimePoint close_due_;
  net::Closing close_how_ = net::Closing::kFlush;
  bool closing_ = false;
  bool gone_ = false;
  bool settling_ = false;
};

}  // namespace mnm::sim
