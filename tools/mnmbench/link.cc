#include "mnmbench/link.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <vector>

#include "net/frame.h"

namespace mnm::bench {
namespace {

using Wait = boost::asio::posix::descriptor_base;
using Status = net::IoResult::Status;

constexpr std::size_t kReadBytes = std::size_t{256} << 10;
constexpr int kReadsMax = 4;  // in a row, before others have their turn

// One for all links of a thread: what isn't a whole frame is copied away.
std::vector<char>& scratch() {
  thread_local std::vector<char> buffer(kReadBytes);
  return buffer;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Of the header that follows four digits; 0 when they are none.
std::size_t header_size(std::string_view in) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < net::kLengthDigits; ++i) {
    const int digit = hex_digit(in[i]);
    if (digit < 0) return 0;
    size = size * 16 + static_cast<std::size_t>(digit);
  }
  return size >= net::kHeaderBytesMin ? size : 0;
}

// As frame_bytes, and what the frame says: `data` too, once it is whole.
std::size_t take_apart(std::string_view in, FrameView& frame, std::string_view& data) {
  if (in.size() < net::kLengthDigits) return 0;
  const std::size_t size = header_size(in);
  if (size == 0) return std::string_view::npos;
  const std::size_t head = net::kLengthDigits + size;
  if (in.size() < head) return 0;
  if (!read_frame(in.substr(net::kLengthDigits, size), frame)) return std::string_view::npos;
  if (in.size() - head < frame.data_bytes) return 0;
  data = in.substr(head, frame.data_bytes);
  return head + frame.data_bytes;
}

}  // namespace

std::size_t frame_bytes(std::string_view in) {
  thread_local FrameView frame;
  std::string_view data;
  return take_apart(in, frame, data);
}

Link::Link(boost::asio::io_context& io, Socket socket)
    : descriptor_(io.get_executor(), socket.fd.release()),
      transport_(std::move(socket.transport)) {}

void Link::start(const Handlers* handlers) {
  handlers_ = handlers;
  arm_read();
}

void Link::close() {
  if (std::exchange(ended_, true)) return;
  transport_->finish();
  boost::system::error_code ignored;
  descriptor_.close(ignored);
}

void Link::end(const std::string& why) {
  if (ended_) return;
  close();
  if (handlers_ != nullptr) handlers_->ended(why);
}

void Link::arm_read() {
  if (ended_ || stuck_) return;
  const auto self = shared_from_this();
  if (transport_->has_buffered()) {
    boost::asio::post(descriptor_.get_executor(), [self] { self->read_some(); });
    return;
  }
  descriptor_.async_wait(Wait::wait_read, [self](boost::system::error_code) { self->read_some(); });
}

void Link::arm_write() {
  if (ended_ || std::exchange(write_armed_, true)) return;
  descriptor_.async_wait(Wait::wait_write, [self = shared_from_this()](boost::system::error_code) {
    self->write_armed_ = false;
    self->flush();
  });
}

void Link::read_some() {
  for (int reads = 0; reads < kReadsMax && !ended_ && !stuck_; ++reads) {
    const net::IoResult result = transport_->read(scratch());
    if (result.status == Status::kEnd) return end("closed by the peer");
    if (result.status == Status::kFailed) return end("the link failed");
    if (result.status != Status::kDone) break;
    if (!take({scratch().data(), result.count})) return end("what came is not the protocol");
    if (result.count < scratch().size() && !transport_->has_buffered()) break;
  }
  flush();
  arm_read();
}

bool Link::take(std::string_view octets) {
  if (partial_.empty()) {
    const std::size_t used = take_frames(octets);
    if (used == std::string_view::npos) return false;
    partial_.assign(octets.substr(used));
    return true;
  }
  partial_ += octets;
  const std::size_t used = take_frames(partial_);
  if (used == std::string_view::npos) return false;
  partial_.erase(0, used);
  return true;
}

std::size_t Link::take_frames(std::string_view in) {
  thread_local FrameView frame;
  std::size_t used = 0;
  while (!ended_) {
    std::string_view data;
    const std::size_t size = take_apart(in.substr(used), frame, data);
    if (size == std::string_view::npos) return size;
    if (size == 0) break;
    handlers_->frame(frame, data);
    used += size;
  }
  return used;
}

void Link::flush() {
  while (!ended_ && !write_armed_ && out_sent_ < out_.size()) {
    const std::array pieces = {net::Piece{std::string_view(out_).substr(out_sent_)}};
    const net::IoResult result = transport_->write(pieces);
    if (result.status == Status::kWantWrite) return arm_write();
    if (result.status != Status::kDone) return end("the link failed");
    out_sent_ += result.count;
  }
  if (out_sent_ < out_.size()) return;
  out_.clear();
  out_sent_ = 0;
}

}  // namespace mnm::bench
