// A link of the load tool or of the floor: frames in, octets out, over TCP, a Unix socket, TLS, a
// WebSocket or HTTP.
// What handlers send while a read is worked off leaves in one write after it.
//
// On the thread of its io_context. A link that has ended says so once and does nothing more.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "mnmbench/frame_view.h"
#include "net/server_address.h"
#include "net/transport.h"

namespace mnm::bench {

// Connected, not blocking, past its TLS handshake. A certificate is not verified: this tool sends
// nothing but noise.
struct Socket {
  net::Fd fd;
  std::unique_ptr<net::Transport> transport;
};
[[nodiscard]] Result<Socket> connect_to(const net::ListenAddress& address);
// What a relay listens on, and ws://HOST:PORT and wss://HOST:PORT for its WebSocket.
[[nodiscard]] Result<net::ListenAddress> parse_target(std::string_view text);
// How long the frame is that `in` begins with; 0 while that isn't whole, npos: it isn't one.
[[nodiscard]] std::size_t frame_bytes(std::string_view in);
// An accepted or connected descriptor without TLS.
[[nodiscard]] Socket plain_socket(net::Fd fd);

class Link : public std::enable_shared_from_this<Link> {
 public:
  struct Handlers {
    std::function<void(const FrameView&, std::string_view data)> frame;
    std::function<void(const std::string& why)> ended;  // not after close()
  };

  Link(boost::asio::io_context& io, Socket socket);
  // Not copied: kept alive by whoever owns the link, until it has ended or was closed.
  void start(const Handlers* handlers);
  // Queues; leaves with the next flush(), which reading does by itself.
  void send(std::string_view octets) { out_ += octets; }
  void flush();
  // Reads no more, so that the relay can't send for long.
  void stop_reading() { stuck_ = true; }
  void close();

 private:
  using Descriptor =
      boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

  void arm_read();
  void arm_write();
  void read_some();
  // How many octets of `in` were whole frames; npos: not the protocol.
  [[nodiscard]] std::size_t take_frames(std::string_view in);
  bool take(std::string_view octets);
  void end(const std::string& why);

  Descriptor descriptor_;
  std::unique_ptr<net::Transport> transport_;
  const Handlers* handlers_ = nullptr;
  std::string partial_;  // of a frame that is not whole yet
  std::string out_;
  std::size_t out_sent_ = 0;
  bool write_armed_ = false;
  bool stuck_ = false;
  bool ended_ = false;
};

}  // namespace mnm::bench
