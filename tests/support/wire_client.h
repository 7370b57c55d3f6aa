// A client of either dialect for tests: says what a request is, and waits for what comes back.
//
// One thread at a time. A test that gets something else than it waited for ends by the exception
// WireTrouble, which GoogleTest reports; who expects trouble catches it.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/text.h"
#include "net/client_codec.h"
#include "net/frame.h"
#include "support/wire_link.h"

namespace mnm::testing {

using net::ClientOp;
using net::ClientRequest;
using net::Reply;
using ops::Dialect;
using ops::Target;
using ops::TargetType;

struct WireTrouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What a node logs in with.
struct Identity {
  std::string uid;
  std::string node;
};

struct Frame {
  Reply reply;
  std::string header;  // its JSON, as it came
  std::string data;    // of bodies over WireClient::kHeldBytes their SHA-256 in hex
};

// What Frame::data is for a large body.
inline std::string hash_text(const Hash& hash) { return hex_encode(as_bytes(hash)); }

inline Target user(const std::string& uid) { return {uid, TargetType::kUser}; }
inline Target group(const std::string& gid) { return {gid, TargetType::kGroupWithoutSelf}; }

class WireClient {
 public:
  static constexpr std::uint64_t kHeldBytes = std::uint64_t{1} << 20;

  WireClient(std::unique_ptr<WireLink> link, Dialect dialect)
      : link_(std::move(link)), dialect_(dialect) {
    if (!link_) throw WireTrouble("nobody answers");
  }
  WireClient(const std::string& address, Dialect dialect)
      : WireClient(WireLink::open(address), dialect) {}

  // --- frames -----------------------------------------------------------------------------------
  void send(const ClientRequest& request, std::string_view data = {}) {
    send_octets(net::encode_request(dialect_, request) + std::string(data));
  }
  void send_octets(std::string_view octets) {
    if (!link_->send(octets)) throw WireTrouble("the link is gone");
  }
  // The next frame, whether stored for later or not.
  Frame next() {
    if (!later_.empty()) {
      Frame frame = std::move(later_.front());
      later_.pop_front();
      return frame;
    }
    return next_from_link();
  }
  // The next frame with this op; what comes before it is kept for next(), in order.
  Frame await(std::string_view op) {
    for (auto kept = later_.begin(); kept != later_.end(); ++kept) {
      if (kept->reply.op != op) continue;
      Frame frame = std::move(*kept);
      later_.erase(kept);
      return frame;
    }
    for (;;) {
      Frame frame = next_from_link();
      if (frame.reply.op == op) return frame;
      if (frame.reply.op == "quit") throw WireTrouble("dismissed: " + frame.header);
      later_.push_back(std::move(frame));
    }
  }
  // The next frame on the link without its data, which is to be streamed.
  Frame next_header() {
    net::HeaderReader reader;
    for (;;) {
      std::string_view in = octets_;
      const auto state = reader.feed(in);
      octets_.erase(0, octets_.size() - in.size());
      if (state == net::HeaderReader::State::kReady) break;
      if (state == net::HeaderReader::State::kBadLength) throw WireTrouble("no frame: " + octets_);
      more();
    }
    Frame frame;
    frame.header = reader.header();
    auto reply = net::parse_reply(frame.header);
    if (!reply) throw WireTrouble("no header of ours: " + frame.header);
    frame.reply = std::move(*reply);
    return frame;
  }
  // The next octets of data, in pieces.
  void stream(std::uint64_t size, const std::function<void(std::string_view)>& take) {
    while (size > 0) {
      if (octets_.empty()) more();
      const std::size_t count = std::min<std::uint64_t>(size, octets_.size());
      take(std::string_view(octets_).substr(0, count));
      size -= count;
      if (count == octets_.size()) {
        octets_.clear();
      } else {
        octets_.erase(0, count);
      }
    }
  }
  // Until the relay closes: the frames that came before.
  std::vector<Frame> until_end() {
    std::vector<Frame> frames;
    try {
      for (;;) frames.push_back(next());
    } catch (const WireTrouble&) {
      if (!ended_) throw;
    }
    return frames;
  }

  // --- requests ---------------------------------------------------------------------------------
  Identity enter(const std::string& node_name, const std::string& alias = {}) {
    say_version();
    send({.op = ClientOp::kRegister, .new_node = node_name, .new_alias = alias});
    const Frame registered = await("registered");
    if (registered.reply.error) throw WireTrouble(*registered.reply.error);
    await("info");
    uid_ = registered.reply.uid.value_or("");
    return {uid_, registered.reply.nodeid.value_or("")};
  }
  void login(const Identity& who) {
    say_version();
    send({.op = ClientOp::kLogin, .uid = who.uid, .node = who.node});
    await("info");
    uid_ = who.uid;
  }
  // The answer to a request with an id.
  Reply ask(ClientRequest request, std::string_view data = {}) {
    request.data_bytes = data.size();
    send(request, data);
    return answer_to(request.id);
  }
  Reply answer_to(const std::string& id) {
    Frame ack = await("ack");
    if (ack.reply.id != id) throw WireTrouble("an ack for another request: " + ack.header);
    return std::move(ack.reply);
  }
  // Its msgid.
  std::string post(const std::string& id, const std::vector<Target>& to, std::string_view body) {
    const Reply ack = ask({.op = ClientOp::kPost, .id = id, .for_list = to}, body);
    if (ack.error) throw WireTrouble("refused: " + *ack.error);
    return ack.msgid.value_or("");
  }
  void ack(const std::string& message) { send({.op = ClientOp::kAck, .id = message}); }
  // The next delivery, acked. Notices that come before it are acked, too.
  Frame take_delivery() {
    for (;;) {
      Frame frame = next();
      if (frame.reply.wants_ack()) ack(*frame.reply.id);
      if (frame.reply.op == "delivery") return frame;
    }
  }
  // All that waits for this node, acked: posts itself a marker and takes what comes before it. The
  // user's other nodes get a copy of the marker, whose octets begin with kMarker.
  static constexpr std::string_view kMarker = "marker ";
  std::vector<Frame> take_all() {
    static std::atomic<std::uint64_t> serial = 0;
    const std::string marker = fmt::format("{}{}", kMarker, ++serial);
    const ClientRequest request{
        .op = ClientOp::kPost, .id = marker, .for_list = {user(uid_)}, .data_bytes = marker.size()};
    send(request, marker);
    bool acked = false;
    std::vector<Frame> frames;
    for (;;) {
      Frame frame = next();
      if (frame.reply.op == "ack" && frame.reply.id == marker) acked = true;
      if (!frame.reply.wants_ack()) continue;
      ack(*frame.reply.id);
      if (frame.data == marker) break;
      frames.push_back(std::move(frame));
    }
    if (!acked) answer_to(marker);
    return frames;
  }
  // When it returns, all acks sent before are durable.
  void settle_acks() {
    const std::string id = "settle";  // refused, so it is never taken for a retried one
    (void)ask({.op = ClientOp::kPost, .id = id, .for_list = {user("nobody")}}, "?");
  }
  // Leaves in good order: when it returns, the node is free to log in again.
  void quit() {
    send({.op = ClientOp::kQuit});
    while (next().reply.op != "quit") {
    }
  }

  [[nodiscard]] WireLink& link() { return *link_; }
  [[nodiscard]] Dialect dialect() const { return dialect_; }

 private:
  void say_version() {
    if (dialect_ == Dialect::kMmtp) return;
    send({.op = ClientOp::kVersion, .id = "1"});
    await("tmtprev");
  }
  void more() {
    switch (link_->receive(octets_)) {
      case WireLink::Got::kOctets:
        return;
      case WireLink::Got::kEnd:
        ended_ = true;
        throw WireTrouble("the relay closed the link");
      case WireLink::Got::kNothing:
        throw WireTrouble("nothing came in time");
    }
  }
  Frame next_from_link() {
    Frame frame = next_header();
    const std::uint64_t size = frame.reply.data_bytes;
    if (size <= kHeldBytes) {
      stream(size, [&](std::string_view piece) { frame.data += piece; });
      return frame;
    }
    Sha256 sum;
    stream(size, [&](std::string_view piece) { sum.update(piece); });
    frame.data = hash_text(sum.finish());
    return frame;
  }

  std::unique_ptr<WireLink> link_;
  const Dialect dialect_;
  std::string uid_;          // once logged in
  std::string octets_;       // received, not yet looked at
  std::deque<Frame> later_;  // received, not yet asked for
  bool ended_ = false;
};

}  // namespace mnm::testing
