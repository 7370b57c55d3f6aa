// One link: its socket and transport, its session, and what waits to be sent.
//
// Lives on one net thread, which alone calls it. Holds no read buffer: while a link is idle there
// is only a wait for it to become readable. What always holds: at most one wait for each direction,
// at most one read and one write job on their way, and `forget` is called exactly once.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "log/body_store.h"
#include "net/server_address.h"
#include "net/server_admission.h"
#include "net/server_pool.h"
#include "net/session.h"
#include "net/transport.h"

namespace mnm::net {

// What the connections of a net thread share. Outlives them.
struct LinkContext {
  boost::asio::io_context& io;
  SessionWorld& world;
  ops::Inbox& inbox;
  const log::Reader& messages;
  log::BodyStore& bodies;
  WorkerPool& read_pool;
  WorkerPool& upload_pool;
  std::span<char> read_buffer;
  std::function<void(SessionId)> forget;
  std::vector<SessionId> want_room;  // in the inbox; not all links, of which there may be many
  bool draining = false;             // the server ends: nothing more is read
};

// A link as it was accepted.
struct AcceptedLink {
  Fd fd;
  std::unique_ptr<Transport> transport;
  Admission::Ticket ticket;
  SessionSetup session;
};

class Connection final : public SessionActions, public std::enable_shared_from_this<Connection> {
 public:
  Connection(LinkContext& context, AcceptedLink link);

  void start();
  void effects(std::vector<ops::Effect> effects);
  // The inbox has room again.
  void resumed();
  // Whether expire() has something to do.
  [[nodiscard]] bool is_due(TimePoint now) const;
  void expire(TimePoint now);
  // The server ends: sends what is queued, then closes.
  void shut(std::string_view reason);

  // SessionActions: called by the session alone.
  void send(Outgoing outgoing) override;
  ops::Inbox::Offer offer(ops::Request request) override;
  void write_body(std::string chunk, bool last) override;
  void read_message(Lsn id) override;
  void read_body(log::BodyFile file, std::uint64_t offset, std::size_t count) override;
  void close(Closing how, std::string_view reason) override;

 private:
  using Descriptor =
      boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
  enum class State : std::uint8_t {
    kHandshake,  // left when the transport says so
    kOpen,
    kLingering,  // our last words are said; the peer's octets are dropped until it closes too,
                 // since closing on unread octets would take our words back
    kGone,
  };

  void arm_read();
  void arm_write();
  void on_readable();
  void on_writable();
  void shake_hands();
  void read_some();
  void linger();
  // After every event: sends what there is, closes if that was all, waits for what comes next.
  void settle();
  [[nodiscard]] bool write_some();
  void sent(std::size_t count);
  void gone(std::string_view reason);
  void release();
  // Runs `job` in the pool and gives its result to `then` here, unless the link is gone by then.
  template <class Job, class Then>
  void elsewhere(WorkerPool& pool, Job job, Then then);

  LinkContext& context_;
  Descriptor descriptor_;
  std::unique_ptr<Transport> transport_;
  Admission::Ticket ticket_;
  const SessionId id_;
  Session session_;

  std::vector<Outgoing> queue_;  // from next_ on
  std::size_t next_ = 0;         // the first that hasn't left whole
  std::size_t front_sent_ = 0;   // octets of it that have
  std::size_t queued_bytes_ = 0;
  TimePoint progress_;  // when octets last left, or the queue began
  std::shared_ptr<log::Upload> upload_;
  std::shared_ptr<log::Download> download_;

  State state_ = State::kHandshake;
  bool closing_ = false;
  Closing close_how_ = Closing::kFlush;
  TimePoint close_due_;
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool read_wants_write_ = false;
};

}  // namespace mnm::net
