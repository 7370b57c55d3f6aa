#include "client/link.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "client/link_channel.h"

namespace mnm::client {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;

}  // namespace

Link::Link(std::unique_ptr<Channel> channel, Interrupted interrupted)
    : channel_(std::move(channel)), interrupted_(interrupted) {}

Link::~Link() { channel_->finish(); }

Result<std::unique_ptr<Link>> Link::open(const Address& address, const TlsOptions& tls,
                                         Patience patience) {
  auto channel = open_channel(address, tls, patience);
  if (!channel) return fail(std::move(channel.error()));
  return std::unique_ptr<Link>(new Link(std::move(*channel), patience.interrupted));
}

Result<std::unique_ptr<Link>> Link::adopt(Fd socket) {
  auto channel = plain_channel(std::move(socket));
  if (!channel) return fail(std::move(channel.error()));
  return std::unique_ptr<Link>(new Link(std::move(*channel), nullptr));
}

int Link::fd() const { return channel_->fd(); }

std::string_view Link::received() const { return std::string_view(received_).substr(taken_); }

void Link::take(std::size_t count) {
  taken_ += count;
  if (taken_ == received_.size()) {
    received_.clear();
    taken_ = 0;
  } else if (taken_ > kReceivedBytesMax / 2) {
    received_.erase(0, taken_);
    taken_ = 0;
  }
}

void Link::send(std::string_view octets) {
  if (sent_ > 0) {
    unsent_.erase(0, sent_);
    sent_ = 0;
  }
  unsent_ += octets;
  (void)pump_out();  // what doesn't go now goes in wait()
}

// Whether something moved, or ended.
bool Link::pump_out() {
  bool moved = false;
  while (!out_closed_ && unsent() > 0) {
    const Moved result = channel_->write(std::string_view(unsent_).substr(sent_));
    if (result.status == Moved::Status::kWantWrite || result.status == Moved::Status::kWantRead) {
      break;
    }
    moved = true;
    if (result.status != Moved::Status::kDone) {
      // What the relay said before it closed is still to be read: it tells why.
      out_closed_ = true;
      why_ = channel_->why();
      break;
    }
    sent_ += result.octets;
  }
  return moved;
}

bool Link::pump_in() {
  bool moved = false;
  std::array<char, kReadBytes> piece;  // NOLINT: filled by read
  while (!in_closed_ && received().size() < kReceivedBytesMax) {
    const Moved result = channel_->read(piece.data(), piece.size());
    if (result.status == Moved::Status::kWantWrite || result.status == Moved::Status::kWantRead) {
      break;
    }
    moved = true;
    if (result.status == Moved::Status::kDone) {
      received_.append(piece.data(), result.octets);
      if (result.octets < piece.size()) break;
      continue;
    }
    in_closed_ = true;
    if (result.status == Moved::Status::kFailed) why_ = channel_->why();
  }
  return moved;
}

Result<Link::Event> Link::wait(Deadline deadline, int input) {
  while (true) {
    if (interrupted_ != nullptr && interrupted_())
      return fail(ErrorCode::kInterrupted, "interrupted");
    const bool out = pump_out();
    if (pump_in() || out) return Event::kMoved;
    if (in_closed_) return Event::kClosed;
    const bool full = received().size() >= kReceivedBytesMax;
    short events = full ? 0 : POLLIN;
    if (unsent() > 0 && !out_closed_) events |= POLLOUT;
    std::array<pollfd, 2> entries{pollfd{channel_->fd(), events, 0}, pollfd{input, POLLIN, 0}};
    // Nothing can move before the caller takes what there is.
    if (events == 0 && input < 0) return Event::kMoved;
    const int ready = ::poll(entries.data(), entries.size(), milliseconds_until(deadline));
    if (ready < 0 && errno != EINTR) return fail(system_error("poll", errno));
    if (ready == 0) return Event::kLate;
    if (ready > 0 && entries[1].revents != 0) return Event::kInput;
  }
}

Result<bool> Link::drain(std::size_t limit, Clock::duration stall) {
  std::size_t before = unsent();
  Deadline deadline = Clock::now() + stall;
  while (unsent() > limit) {
    if (out_closed_ || in_closed_) return false;
    auto event = wait(deadline);
    if (!event) return fail(std::move(event.error()));
    if (*event == Event::kLate || *event == Event::kClosed) return false;
    if (unsent() < before) deadline = Clock::now() + stall;
    before = unsent();
    // The received octets can't be taken from here; only what goes out counts.
    if (received().size() >= kReceivedBytesMax && unsent() > limit) {
      auto ready = wait_for(channel_->fd(), POLLOUT, {deadline, interrupted_});
      if (!ready) return fail(std::move(ready.error()));
      if (!*ready) return false;
    }
  }
  return true;
}

}  // namespace mnm::client
