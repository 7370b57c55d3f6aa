#include "sim/server_link.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace mnm::sim {
namespace {

constexpr std::size_t kSocketBytes = 256 << 10;  // what the kernel takes for a peer that reads not

}  // namespace

ServerLink::ServerLink(LinkPorts& ports, std::shared_ptr<Wire> wire, net::SessionSetup setup)
    : ports_(ports),
      wire_(std::move(wire)),
      id_(setup.id),
      session_(std::move(setup), ports.world, *this),
      progress_(ports.time.steady()) {}

void ServerLink::start() {
  const std::weak_ptr<ServerLink> weak = weak_from_this();
  const auto with = [weak](auto act) {
    return [weak, act](auto&&... what) {
      const auto self = weak.lock();
      if (self && !self->gone_) act(*self, std::forward<decltype(what)>(what)...);
    };
  };
  wire_->join(
      Wire::Side::kRelay,
      {.heard = with([](ServerLink& link, std::string octets) { link.arrived(std::move(octets)); }),
       .lost = with([](ServerLink& link) { link.gone("closed by the peer"); }),
       .room = with([](ServerLink& link) { link.settle(); })});
  arm();
}

void ServerLink::die() {
  if (std::exchange(gone_, true)) return;
  wire_->hang_up(Wire::Side::kRelay);
}

// -------------------------------------------------------------------------------------------
// events

void ServerLink::arrived(std::string octets) {
  if (closing_) return;
  coming_ += octets;
  settle();
}

void ServerLink::effects(std::vector<ops::Effect> effects) {
  if (gone_) return;
  session_.effects(ports_.time.steady(), std::move(effects));
  settle();
}

void ServerLink::resumed() {
  if (gone_) return;
  session_.resumed(ports_.time.steady());
  settle();
}

// Hands what has arrived to the session, in pieces cut anywhere.
void ServerLink::pour() {
  while (!coming_.empty() && !closing_ && session_.wants_read()) {
    std::size_t count = std::min(coming_.size(), net::kReadBytes);
    if (ports_.faults.hit(Fault::kSplit, 500)) {
      count = ports_.random.between(1, std::min<std::size_t>(count, 7));
    }
    const std::string piece = coming_.substr(0, count);
    coming_.erase(0, count);
    session_.received(ports_.time.steady(), piece);
  }
}

bool ServerLink::write_some() {
  const std::size_t under_way = wire_->under_way(Wire::Side::kRelay);
  if (queue_.empty() || under_way >= kSocketBytes) return false;
  const std::size_t count = std::min(queue_.size(), kSocketBytes - under_way);
  wire_->say(Wire::Side::kRelay, queue_.substr(0, count));
  queue_.erase(0, count);
  progress_ = ports_.time.steady();
  session_.sent(progress_, queue_.size());
  return true;
}

void ServerLink::settle() {
  if (gone_ || std::exchange(settling_, true)) return;
  const auto self = shared_from_this();
  do {
    pour();
  } while (write_some());
  settling_ = false;
  if (closing_ && (close_how_ == net::Closing::kAbort || queue_.empty())) return release();
  arm();
}

// Plans a look at the deadlines.
void ServerLink::arm() {
  std::optional<net::TimePoint> due = session_.deadline();
  const auto consider = [&due](net::TimePoint at) { due = due ? std::min(*due, at) : at; };
  if (closing_) consider(close_due_);
  if (!queue_.empty()) consider(progress_ + net::kSendStall);
  if (!due || *due >= armed_) return;
  armed_ = *due;
  ports_.time.at(std::chrono::duration_cast<Micros>(due->time_since_epoch()),
                 [weak = weak_from_this()] {
                   if (const auto self = weak.lock()) self->expire();
                 });
}

void ServerLink::expire() {
  armed_ = net::TimePoint::max();
  if (gone_) return;
  const net::TimePoint now = ports_.time.steady();
  if (closing_ && now >= close_due_) return release();
  if (!queue_.empty() && now >= progress_ + net::kSendStall) {
    return gone("the peer takes nothing more");
  }
  if (!closing_) session_.expired(now);
  settle();
}

// ------------------------------------------------------------------------------- the session's
// acts

void ServerLink::send(net::Outgoing outgoing) {
  if (gone_ || outgoing.size() == 0) return;
  if (queue_.empty()) progress_ = ports_.time.steady();
  queue_ += outgoing.head;
  queue_ += outgoing.own;
  if (outgoing.body) queue_ += *outgoing.body;
}

ops::Inbox::Offer ServerLink::offer(ops::Request&& request) {
  return ports_.offer(std::move(request), id_);
}

template <class Job>
void ServerLink::soon(Job job) {
  ports_.time.after(Micros(ports_.random.between(20, 5'000)),
                    [weak = weak_from_this(), job = std::move(job)]() mutable {
                      const auto self = weak.lock();
                      if (!self || self->gone_ || self->closing_) return;
                      job(*self);
                      self->settle();
                    });
}

void ServerLink::write_body(std::string chunk, bool last) {
  soon([chunk = std::move(chunk), last](ServerLink& link) {
    const auto work = [&]() -> Result<std::shared_ptr<log::Upload>> {
      if (!link.upload_) {
        auto made = link.ports_.bodies.create();
        if (!made) return fail(made.error());
        link.upload_ = std::move(*made);
      }
      if (auto done = link.upload_->append(chunk); !done) return fail(done.error());
      if (!last) return std::shared_ptr<log::Upload>();
      if (auto done = link.upload_->sync(); !done) return fail(done.error());
      return std::exchange(link.upload_, nullptr);
    };
    auto written = work();
    if (!written) link.upload_ = nullptr;
    link.session_.body_written(link.ports_.time.steady(), std::move(written));
  });
}

void ServerLink::read_message(Lsn id) {
  soon([id](ServerLink& link) {
    Result<ops::MessageHandle> message = fail(ErrorCode::kNegative, "");
    const auto row = link.ports_.messages.message(id);
    if (row) {
      message = ops::decode_row(id, *row);
    } else {
      message = fail(row.error());
    }
    link.session_.message_read(link.ports_.time.steady(), std::move(message));
  });
}

void ServerLink::read_body(log::BodyFile file, std::uint64_t offset, std::size_t count) {
  soon([file, offset, count](ServerLink& link) {
    // Opened again for each chunk: while a message streams to one session it waits for it, so its
    // file stays, unless its node is dropped.
    Result<std::string> chunk = fail(ErrorCode::kNegative, "");
    if (const auto opened = link.ports_.bodies.open(file); opened) {
      chunk = (*opened)->read(offset, count);
    } else {
      chunk = fail(opened.error());
    }
    link.session_.body_read(link.ports_.time.steady(), std::move(chunk));
  });
}

void ServerLink::close(net::Closing how, std::string_view) {
  closing_ = true;
  close_how_ = how;
  close_due_ = ports_.time.steady() + net::kCloseWithin;
  upload_ = nullptr;
}

// ----------------------------------------------------------------------------------------------
// end

void ServerLink::gone(std::string_view reason) {
  session_.lost(reason);
  release();
}

void ServerLink::release() {
  if (std::exchange(gone_, true)) return;
  upload_ = nullptr;
  queue_.clear();
  wire_->hang_up(Wire::Side::kRelay);
}

}  // namespace mnm::sim
