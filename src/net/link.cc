#include "net/link.h"

#include <glog/logging.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

namespace mnm::net {
namespace {

using Wait = boost::asio::posix::descriptor_base;
using Status = IoResult::Status;

// Reads in a row before others have their turn.
constexpr int kReadsMax = 8;

}  // namespace

Link::Link(LinkContext& context, AcceptedLink& link)
    : context_(&context),
      descriptor_(std::in_place, context.io.get_executor(), link.fd.release()),
      transport_(std::move(link.transport)),
      ticket_(std::move(link.ticket)),
      id_(link.session.id) {}

void Link::start() {
  const auto self = shared_from_this();
  shake_hands();
}

// --------------------------------------------------------------------------------------- the lobby

// Not at once: whoever called goes on using it when this returns. What has happened meanwhile, as a
// deadline, is looked at then.
void Link::leave_lobby() {
  if (leaving_) return;
  leaving_ = true;
  boost::asio::post(context_->io, [self = shared_from_this()] {
    self->leaving_ = false;
    const bool busy = self->read_armed_ || self->write_armed_;  // settle() comes after these
    if (busy || self->state_ != State::kOpen || self->closing_ || !self->wants_to_leave()) return;
    self->moving_ = Fd(self->descriptor_->release());
    self->descriptor_.reset();
    self->context_->admit(self->id_, self);
  });
}

void Link::enter(LinkContext& context) {
  context_ = &context;
  descriptor_.emplace(context.io.get_executor(), moving_.release());
  transport_->use_scratch(context.tls_scratch);
  entered();
  settle();
}

// ---------------------------------------------------------------------------------- what is waited
// for

void Link::arm_read() {
  if (read_armed_ || read_wants_write_ || state_ == State::kGone) return;
  const bool open = state_ == State::kOpen;
  if (open && (closing_ || context_->draining || !wants_read())) return;
  read_armed_ = true;
  if (open && transport_->has_buffered()) {
    boost::asio::post(context_->io, [self = shared_from_this()] { self->on_readable(); });
    return;
  }
  descriptor_->async_wait(Wait::wait_read, [self = shared_from_this()](boost::system::error_code) {
    self->on_readable();  // an error shows when we read
  });
}

void Link::arm_write() {
  if (write_armed_ || state_ == State::kGone) return;
  write_armed_ = true;
  descriptor_->async_wait(Wait::wait_write, [self = shared_from_this()](boost::system::error_code) {
    self->on_writable();
  });
}

void Link::on_readable() {
  read_armed_ = false;
  switch (state_) {
    case State::kHandshake:
      return shake_hands();
    case State::kOpen:
      return read_some();
    case State::kLingering:
      return linger();
    case State::kGone:
      return;
  }
}

void Link::on_writable() {
  write_armed_ = false;
  read_wants_write_ = false;
  if (state_ == State::kHandshake) return shake_hands();
  if (state_ == State::kOpen) settle();
}

void Link::shake_hands() {
  switch (transport_->handshake().status) {
    case Status::kDone:
      state_ = State::kOpen;
      return settle();
    case Status::kWantRead:
      return arm_read();
    case Status::kWantWrite:
      return arm_write();
    case Status::kEnd:
    case Status::kFailed:
      return gone("the handshake failed");
  }
}

void Link::read_some() {
  for (int reads = 0; reads < kReadsMax && wants_read() && !context_->draining; ++reads) {
    const IoResult result = transport_->read(context_->read_buffer);
    switch (result.status) {
      case Status::kDone:
        received(clock_now(), {context_->read_buffer.data(), result.count});
        if (state_ == State::kGone) return;
        // Less than there was room for: the socket is empty, most likely.
        if (result.count < context_->read_buffer.size() && !transport_->has_buffered()) {
          return settle();
        }
        break;
      case Status::kWantRead:
        return settle();
      case Status::kWantWrite:
        read_wants_write_ = true;
        arm_write();
        return settle();
      case Status::kEnd:
        return gone("closed by the peer");
      case Status::kFailed:
        return gone("the link failed");
    }
  }
  settle();
}

void Link::linger() {
  for (int reads = 0; reads < kReadsMax; ++reads) {
    const ssize_t count = ::recv(descriptor_->native_handle(), context_->read_buffer.data(),
                                 context_->read_buffer.size(), MSG_DONTWAIT);
    if (count > 0) continue;
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return arm_read();
    return release();
  }
  arm_read();
}

// ---------------------------------------------------------------------------------------------
// events

bool Link::is_due(TimePoint now) const {
  if (state_ == State::kGone) return false;
  if (closing_) return now >= close_due_;
  if (queued_bytes_ > 0 && now >= progress_ + kSendStall) return true;
  if (state_ == State::kOpen && transport_->is_due(now)) return true;
  const auto due = deadline();
  return due && now >= *due;
}

void Link::expire(TimePoint now) {
  if (!is_due(now)) return;
  if (closing_) return release();
  if (queued_bytes_ > 0 && now >= progress_ + kSendStall) {
    return gone("the peer takes nothing more");
  }
  if (state_ == State::kOpen && transport_->is_due(now) &&
      !transport_->keep_alive(now, wants_read())) {
    return gone("the peer answers no ping");
  }
  expired(now);
  settle();
}

void Link::shut(std::string_view reason) {
  lost(reason);
  if (state_ == State::kGone || state_ == State::kLingering) return;
  closing_ = true;
  close_how_ = Closing::kFlush;
  close_due_ = clock_now() + kCloseWithin;
  settle();
}

// --------------------------------------------------------------------------------------------
// sending

void Link::settle() {
  if (state_ == State::kOpen) {
    while (write_some()) {
    }
  }
  if (state_ == State::kGone) return;
  if (logged_in()) ticket_.logged_in();
  if (closing_ && state_ != State::kLingering) {
    const bool said = queued_bytes_ == 0 || state_ == State::kHandshake;
    if (close_how_ == Closing::kAbort) {
      transport_->finish();
      return release();
    }
    if (said) {
      transport_->finish();
      state_ = State::kLingering;
      const std::chrono::milliseconds within =
          context_->draining ? kLingerAtEndWithin : kLingerWithin;
      close_due_ = std::min(close_due_, clock_now() + within);
      // Not read here: another link may have called, whose octets are in the buffer that all share.
    }
  }
  arm_read();
  if (context_->admit && state_ == State::kOpen && wants_to_leave()) leave_lobby();
}

// One gathering write; false when there is nothing to send, or no way to send it now.
bool Link::write_some() {
  if ((queued_bytes_ == 0 && !transport_->has_own()) || write_armed_) return false;
  std::array<Piece, kGatherMax> pieces;
  std::size_t used = 0;
  std::size_t skip = front_sent_;
  for (std::size_t i = next_; i < queue_.size() && used + 3 <= pieces.size(); ++i) {
    const Outgoing& outgoing = queue_[i];
    const std::string_view body = outgoing.body ? std::string_view(*outgoing.body) : "";
    for (std::string_view octets : {outgoing.head, std::string_view(outgoing.own), body}) {
      const std::size_t gone_before = std::min(skip, octets.size());
      skip -= gone_before;
      octets.remove_prefix(gone_before);
      if (!octets.empty()) pieces.at(used++) = {octets, false, outgoing.goes_on};
    }
    if (used > 0) pieces.at(used - 1).ends_message = true;
  }
  const IoResult result = transport_->write({pieces.data(), used});
  switch (result.status) {
    case Status::kDone:
      octets_left(result.count);
      return state_ != State::kGone;
    case Status::kWantWrite:
      arm_write();
      return false;
    case Status::kWantRead:
      return false;  // tried again after the next read
    case Status::kEnd:
    case Status::kFailed:
      gone("the link failed");
      return false;
  }
  return false;
}

void Link::octets_left(std::size_t count) {
  const TimePoint now = clock_now();
  queued_bytes_ -= count;
  progress_ = now;
  count += std::exchange(front_sent_, 0);
  while (next_ < queue_.size() && count >= queue_[next_].size()) {
    count -= queue_[next_].size();
    queue_[next_] = Outgoing();  // gives the message back at once
    ++next_;
  }
  front_sent_ = count;
  if (next_ == queue_.size()) {
    next_ = 0;
    if (queue_.capacity() > kGatherMax) {
      queue_ = std::vector<Outgoing>();
    } else {
      queue_.clear();
    }
  } else if (next_ >= kGatherMax && next_ * 2 >= queue_.size()) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
  }
  sent(now, queued_bytes_);
}

void Link::queue(Outgoing outgoing) {
  const std::size_t size = outgoing.size();
  if (size == 0 || state_ == State::kGone) return;
  if (queued_bytes_ == 0) progress_ = clock_now();
  queued_bytes_ += size;
  queue_.push_back(std::move(outgoing));
}

// ------------------------------------------------------------------------------------------------
// end

void Link::close_link(Closing how) {
  closing_ = true;
  close_how_ = how;
  close_due_ = clock_now() + kCloseWithin;
}

AcceptedLink Link::take_over(SessionSetup session) {
  CHECK(state_ == State::kOpen && queued_bytes_ == 0);
  state_ = State::kGone;
  return {Fd(descriptor_->release()), std::move(transport_), std::move(ticket_),
          std::move(session)};
}

void Link::gone(std::string_view reason) {
  lost(reason);
  transport_->finish();
  release();
}

void Link::release() {
  if (state_ == State::kGone) return;
  state_ = State::kGone;
  queue_ = std::vector<Outgoing>();
  queued_bytes_ = 0;
  boost::system::error_code ignored;  // there is nothing that could be done about it
  descriptor_->close(ignored);
  context_->forget(id_);
}

}  // namespace mnm::net
