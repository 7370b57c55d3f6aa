// One node of a user over one link: enters or logs in, asks, and takes what comes meanwhile. What
// the C ABI is made of (src/lib/c_client.cc).
//
// One thread; calls block up to their deadlines. What always holds: a message that comes while a
// request waits for its answer is kept for receive(), in order; the relay sends no more of them
// than its window (--window-bytes) before they are acked, so memory is bounded by that and
// body_bytes_max. After an error other than kNegative and kUsage the link is in no known state: let
// the Node go. kDenied: the relay has sent it away, and will again (another login took over, say).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/conversation.h"

namespace mnm::client {

// Something that came by itself: a stored message (it has an id and waits for an ack), or presence.
struct Incoming {
  Frame frame;
  std::string body;
  bool whole = true;      // false: its body is larger than is kept, and was passed over
  bool streamed = false;  // it went into the sink, whole
};

// Where bodies go that are larger than is kept, from within whichever call meets them.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  // One begins. False: it isn't wanted now, and stays on the relay.
  virtual bool begin(const Frame& frame) = 0;
  // Its next octets. False: no more of it is wanted.
  virtual bool write(std::string_view octets) = 0;
  // After each one that was wanted; `whole`: all of it was taken.
  virtual void end(bool whole) = 0;
};

// The body of a request: `next` is asked for all of `size` octets, in order.
struct OutgoingBody {
  std::uint64_t size = 0;
  ReadPiece next;
};
[[nodiscard]] OutgoingBody body_in_memory(std::string_view body);  // to outlive it

// What a node that was just made logs in with.
struct NewNode {
  std::string uid;
  std::string password;
  std::uint64_t number = 0;
  std::string alias_error;  // it exists, but without the alias that was asked for
};

class Node {
 public:
  // `sink` outlives it.
  Node(std::unique_ptr<Link> link, std::uint64_t body_bytes_max, StreamSink& sink);

  // --- once, first -------------------------------------------------------------------------------
  // A new user. `request`: new_node, and perhaps new_alias and id_token.
  [[nodiscard]] Result<NewNode> enter(net::ClientRequest request, Deadline deadline);
  // kDenied: no such user, node or password.
  [[nodiscard]] Result<> login(const std::string& uid, const std::string& password,
                               Deadline deadline);

  // --- then
  // --------------------------------------------------------------------------------------- The
  // answer to one request, whose id is made up when there is none. A refusal is an error:
  // kNegative, or kUnavailable with seconds in retry_after(): nothing was done, and it may be asked
  // again. Any other kUnavailable: the outcome is unknown. `deadline` is the answer's; a body takes
  // as long as it takes.
  [[nodiscard]] Result<net::Reply> ask(net::ClientRequest request, const OutgoingBody& body,
                                       Deadline deadline);
  // The next that has come; none until the deadline.
  [[nodiscard]] Result<std::optional<Incoming>> receive(Deadline deadline);
  // Without an answer: it is on its way when this returns.
  [[nodiscard]] Result<> ack(const std::string& id);
  [[nodiscard]] Result<> pulse();
  // In good order: what was sent before has arrived. Nothing else after it.
  void quit() { conversation_.quit(); }

  [[nodiscard]] std::uint64_t retry_after_s() const { return retry_after_s_; }
  // For poll(): readable when receive() may find something. What is held is not seen there.
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool holds_something() const { return !held_.empty(); }

 private:
  [[nodiscard]] Result<> hold(const Frame& frame);
  [[nodiscard]] Result<> read_body(Incoming& incoming);
  [[nodiscard]] Result<> stream_body(Incoming& incoming);
  [[nodiscard]] Result<> send_body(const OutgoingBody& body);
  [[nodiscard]] Result<net::Reply> next_answer(Deadline deadline);
  [[nodiscard]] Result<> send(const net::ClientRequest& request);

  const int fd_;
  const std::uint64_t body_bytes_max_;
  StreamSink& sink_;
  Conversation conversation_;
  std::deque<Incoming> held_;
  std::deque<net::Reply> answers_;
  const std::string link_id_;  // of the ids that are made up: no caller's are like these
  std::uint64_t requests_ = 0;
  std::uint64_t retry_after_s_ = 0;
};

}  // namespace mnm::client
