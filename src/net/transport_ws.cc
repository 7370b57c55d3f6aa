#include "net/transport_ws.h"

#include <glog/logging.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/canary.h"

namespace mnm::net {
namespace {

using Status = IoResult::Status;

// Of the peer's pings only the last few are answered, if it doesn't take the answers.
constexpr std::size_t kOwnBytesMax = 512;
// Reads in a row that bring no data, before others have their turn.
constexpr int kReadsMax = 8;

}  // namespace

// One write: pieces for the inner transport, and what they are.
struct WsTransport::Gathered {
  struct Part {
    std::size_t size = 0;
    bool is_data = false;          // else a head's, or our own
    std::uint64_t frame_left = 0;  // after it
    bool goes_on = false;          // likewise
  };
  std::array<Piece, kGatherMax> pieces;
  std::array<Part, kGatherMax> parts;
  std::array<WsHead, kGatherMax> heads;
  std::size_t used = 0;
  std::size_t heads_used = 0;

  void add(std::string_view octets, bool ends_message, Part part) {
    part.size = octets.size();
    pieces.at(used) = {octets, ends_message};
    parts.at(used++) = part;
  }
};

WsTransport::WsTransport(std::unique_ptr<Transport> inner, std::string answer, std::string early,
                         TimePoint now)
    : inner_(std::move(inner)),
      early_(std::move(early)),
      first_(std::move(answer)),
      due_(now + kPingEvery) {}

IoResult WsTransport::handshake() {
  while (!first_.empty()) {
    const IoResult result = write({});
    if (result.status != Status::kDone) return result;
  }
  return {Status::kDone, 1};
}

// -------------------------------------------------------------------------------------------- in

IoResult WsTransport::read(std::span<char> into) {
  const auto control = [this](WsOpcode opcode, std::string_view data) {
    take_control(opcode, data);
  };
  for (int reads = 0; reader_.failed() == 0 && !reader_.closed(); ++reads) {
    if (reads == kReadsMax) return {Status::kWantRead};
    std::size_t came = std::min(early_.size(), into.size());
    if (came > 0) {
      std::copy_n(early_.data(), came, into.data());
      early_.erase(0, came);
      if (early_.empty()) early_ = std::string();
    } else {
      const IoResult result = inner_->read(into);
      if (result.status != Status::kDone) return result;
      came = result.count;
    }
    heard_ = true;
    const std::size_t count = reader_.take(into.first(came), control);
    if (count > 0) return {Status::kDone, count};
  }
  return ended();
}

IoResult WsTransport::ended() const {
  return {reader_.failed() != 0 ? Status::kFailed : Status::kEnd};
}

bool WsTransport::has_buffered() const {
  return !early_.empty() || reader_.failed() != 0 || reader_.closed() || inner_->has_buffered();
}

void WsTransport::take_control(WsOpcode opcode, std::string_view data) {
  if (opcode == WsOpcode::kClose) close_data_ = data.substr(0, 2);
  if (opcode == WsOpcode::kPing && own_.size() <= kOwnBytesMax) {
    own_ += ws_control(WsOpcode::kPong, data);
  }
}

// ------------------------------------------------------------------------------------------- out

bool WsTransport::has_own() const { return !first_.empty() || (frame_left_ == 0 && !own_.empty()); }

// `pieces` with a head before each frame. What the inner transport has seen and not taken is made
// again octet for octet: heads follow from the pieces, and our own octets aren't added meanwhile.
void WsTransport::gather(std::span<const Piece> pieces, Gathered& out) {
  if (between_frames() && !stuck_) first_ = std::exchange(own_, {});
  std::uint64_t frame_left = frame_left_;
  bool goes_on = goes_on_;
  if (!first_.empty()) out.add(first_, pieces.empty(), {0, false, frame_left, goes_on});
  std::size_t i = 0;
  while (i < pieces.size() && out.used + 2 <= out.pieces.size()) {
    if (frame_left == 0) {
      std::uint64_t size = 0;
      bool fin = true;
      for (std::size_t j = i; j < pieces.size(); ++j) {
        size += pieces[j].octets.size();
        fin = !pieces[j].goes_on;
        if (pieces[j].ends_message) break;
      }
      WsHead& head = out.heads.at(out.heads_used++);
      head = ws_head(goes_on ? WsOpcode::kContinuation : WsOpcode::kBinary, fin, size);
      goes_on = !fin;
      frame_left = size;
      out.add(head.text(), false, {0, false, frame_left, goes_on});
    }
    const std::string_view octets = pieces[i].octets;
    CHECK_LE(octets.size(), frame_left) << "a head promises whole messages";
    frame_left -= octets.size();
    out.add(octets, pieces[i].ends_message, {0, true, frame_left, goes_on});
    ++i;
  }
}

IoResult WsTransport::write(std::span<const Piece> pieces) {
  Gathered gathered;
  gather(pieces, gathered);
  if (gathered.used == 0) return {Status::kDone, 0};
  const IoResult result = inner_->write({gathered.pieces.data(), gathered.used});
  stuck_ = result.status == Status::kWantWrite || result.status == Status::kWantRead;
  if (result.status != Status::kDone) return result;
  std::size_t data = 0;
  std::size_t left = result.count;
  std::string first;
  for (std::size_t i = 0; i < gathered.used; ++i) {
    const Gathered::Part& part = gathered.parts.at(i);
    const std::size_t count = std::min(part.size, left);
    left -= count;
    if (part.is_data) {
      data += count;
      frame_left_ = part.frame_left + (part.size - count);
    } else if (count > 0) {
      frame_left_ = part.frame_left;
      first = gathered.pieces.at(i).octets.substr(count);
    }
    if (count > 0) goes_on_ = part.goes_on;
    if (count < part.size) break;
  }
  first_ = std::move(first);
  heard_ = heard_ || data > 0;
  return {Status::kDone, data};
}

void WsTransport::finish() {
  if (between_frames() && !goes_on_ && !stuck_) {
    const bool echoes = reader_.closed() && reader_.failed() == 0;
    const std::uint16_t code = reader_.failed() != 0 ? reader_.failed() : kWsNormal;
    const std::string data = echoes ? close_data_ : ws_close_data(code);
    const std::string last = ws_control(WsOpcode::kClose, data);
    const Piece piece{last, true};
    (void)inner_->write({&piece, 1});  // as far as that goes without waiting
  }
  inner_->finish();
}

bool WsTransport::keep_alive(TimePoint now, bool reading) {
  if (!std::exchange(heard_, false) && reading && !MNM_CANARY("ws-peer-gone")) return false;
  own_ += ws_control(WsOpcode::kPing, {});
  due_ = now + kPingEvery;
  return true;
}

}  // namespace mnm::net
