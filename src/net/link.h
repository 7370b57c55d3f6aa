// One link's octets: its socket and transport, what waits to be sent, and how it ends. Who speaks
// over it derives from it: Connection (a session), HttpLink (requests and responses).
//
// Lives on one net thread, which alone calls it; a stranger's on the lobby's, until it says who it
// is. Holds no read buffer: while a link is idle there
// is only a wait for it to become readable. What always holds: at most one wait for each direction,
// and `forget` is called exactly once, unless the link is taken over.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "log/body_store.h"
#include "log/log.h"
#include "net/server_address.h"
#include "net/server_admission.h"
#include "net/server_pool.h"
#include "net/session.h"
#include "net/transport.h"

namespace mnm::net {

// What a net thread keeps, under the id of a session, until it is forgotten.
class Tenant {
 public:
  virtual ~Tenant() = default;
  virtual void effects(std::vector<ops::Effect>) {}  // NOLINT: theirs to move from
  // The inbox has room again.
  virtual void resumed() {}
  // Whether expire() has something to do.
  [[nodiscard]] virtual bool is_due(TimePoint now) const = 0;
  virtual void expire(TimePoint now) = 0;
  // The server ends: sends what is queued, then closes.
  virtual void shut(std::string_view reason) = 0;
};

// What the tenants of a net thread share. Outlives them.
struct LinkContext {
  boost::asio::io_context& io;
  SessionWorld& world;
  ops::Inbox& inbox;
  const log::Reader& messages;
  log::BodyStore& bodies;
  WorkerPool& read_pool;
  WorkerPool& upload_pool;
  std::span<char> read_buffer;
  std::span<char> tls_scratch;
  ops::Outlet& outlet;
  std::function<void(SessionId)> forget;
  std::vector<SessionId> want_room;  // in the inbox; not all links, of which there may be many
  std::vector<ops::Request> gathered = {};  // of the link that is read, until they are offered
  bool draining = false;                    // the server ends: nothing more is read
  // The lobby's alone: gives a link to the thread where it is to live. Called with nothing of the
  // link on the stack.
  std::function<void(SessionId, std::shared_ptr<class Link>)> admit = {};
};

// A link as it was accepted.
struct AcceptedLink {
  Fd fd;
  std::unique_ptr<Transport> transport;
  Admission::Ticket ticket;
  SessionSetup session;
};

class Link : public Tenant, public std::enable_shared_from_this<Link> {
 public:
  // `link` without its session, which is who speaks.
  Link(LinkContext& context, AcceptedLink& link);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void start();
  // On the thread whose context this is, after the lobby has let it go.
  void enter(LinkContext& context);
  [[nodiscard]] SessionId id() const { return id_; }
  [[nodiscard]] bool is_due(TimePoint now) const final;
  void expire(TimePoint now) final;
  void shut(std::string_view reason) final;

 protected:
  // --- who speaks is asked and told -------------------------------------------------------------
  [[nodiscard]] virtual bool wants_read() const = 0;
  virtual void received(TimePoint now, std::string_view octets) = 0;
  // Octets have left; so many are still queued.
  virtual void sent(TimePoint now, std::size_t queued_bytes) = 0;
  [[nodiscard]] virtual bool logged_in() const = 0;
  [[nodiscard]] virtual std::optional<TimePoint> deadline() const = 0;
  virtual void expired(TimePoint now) = 0;
  virtual void lost(std::string_view reason) = 0;
  // Nothing more happens in the lobby: it is to be admitted.
  [[nodiscard]] virtual bool wants_to_leave() const { return false; }
  // It lives with context() from now on.
  virtual void entered() {}

  // --- and does
  // ----------------------------------------------------------------------------------- After every
  // event: sends what there is, closes if that was all, waits for what comes next.
  void settle();
  void queue(Outgoing outgoing);
  void close_link(Closing how);
  // The link without its octets' end: for another to speak over. Nothing may be queued, and nobody
  // else calls this one after.
  [[nodiscard]] AcceptedLink take_over(SessionSetup session);
  [[nodiscard]] bool is_gone() const { return state_ == State::kGone; }
  [[nodiscard]] std::size_t queued_bytes() const { return queued_bytes_; }
  [[nodiscard]] LinkContext& context() { return *context_; }
  [[nodiscard]] static TimePoint clock_now() { return std::chrono::steady_clock::now(); }

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

  void leave_lobby();
  void arm_read();
  void arm_write();
  void on_readable();
  void on_writable();
  void shake_hands();
  void read_some();
  void linger();
  [[nodiscard]] bool write_some();
  void octets_left(std::size_t count);
  void gone(std::string_view reason);
  void release();

  LinkContext* context_;
  std::optional<Descriptor> descriptor_;  // none on the way from the lobby
  Fd moving_;                             // its socket then
  std::unique_ptr<Transport> transport_;
  Admission::Ticket ticket_;
  const SessionId id_;

  std::vector<Outgoing> queue_;  // from next_ on
  std::size_t next_ = 0;         // the first that hasn't left whole
  std::size_t front_sent_ = 0;   // octets of it that have
  std::size_t queued_bytes_ = 0;
  TimePoint progress_;  // when octets last left, or the queue began

  State state_ = State::kHandshake;
  bool closing_ = false;
  Closing close_how_ = Closing::kFlush;
  TimePoint close_due_;
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool read_wants_write_ = false;
  bool leaving_ = false;  // a try to leave the lobby is on its way
};

}  // namespace mnm::net
