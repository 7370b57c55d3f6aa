#include "mnmbench/websocket.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/ws_frames.h"

namespace mnm::bench {
namespace {

using Status = net::IoResult::Status;
using net::WsOpcode;

// Any 16 octets in base64 will do: the relay is here to be measured, not to be told apart.
constexpr std::string_view kKey = "bW5tYmVuY2gga2V5IDE2IQ==";
constexpr std::size_t kAnswerBytesMax = 8192;

// A client's frames are masked. With a mask of zeros, which hides nothing from a proxy but is read
// with the same work, the data can stay where it is.
std::string masked_head(WsOpcode opcode, std::uint64_t size) {
  std::string head(net::ws_head(opcode, true, size).text());
  head[1] = static_cast<char>(static_cast<unsigned char>(head[1]) | 0x80U);
  return head.append(4, '\0');
}

class WsClient final : public net::Transport {
 public:
  WsClient(std::unique_ptr<net::Transport> inner, std::string early)
      : inner_(std::move(inner)), early_(std::move(early)) {}

  net::IoResult handshake() override { return {Status::kDone, 1}; }

  net::IoResult read(std::span<char> into) override {
    const auto control = [this](WsOpcode opcode, std::string_view data) {
      if (opcode != WsOpcode::kPing) return;
      pongs_ += masked_head(WsOpcode::kPong, data.size());
      pongs_ += data;
    };
    while (reader_.failed() == 0 && !reader_.closed()) {
      std::size_t came = std::min(early_.size(), into.size());
      if (came > 0) {
        std::copy_n(early_.data(), came, into.data());
        early_.erase(0, came);
      } else {
        const net::IoResult result = inner_->read(into);
        if (result.status != Status::kDone) return result;
        came = result.count;
      }
      const std::size_t count = reader_.take(into.first(came), control);
      if (count > 0) return {Status::kDone, count};
    }
    return {reader_.failed() != 0 ? Status::kFailed : Status::kEnd};
  }

  bool has_buffered() const override { return !early_.empty() || inner_->has_buffered(); }

  // One binary message for what there is; what of it doesn't leave at once comes with the next
  // call.
  net::IoResult write(std::span<const net::Piece> pieces) override {
    const std::string_view octets = pieces.front().octets;
    if (left_ == 0) {
      head_ += std::exchange(pongs_, {}) + masked_head(WsOpcode::kBinary, octets.size());
      left_ = octets.size();
    }
    std::array<net::Piece, 2> both = {net::Piece{head_, false},
                                      net::Piece{octets.substr(0, left_), true}};
    const auto out = std::span(both).subspan(head_.empty() ? 1 : 0);
    const net::IoResult result = inner_->write(out);
    if (result.status != Status::kDone) return result;
    const std::size_t of_head = std::min(head_.size(), result.count);
    head_.erase(0, of_head);
    left_ -= result.count - of_head;
    return {Status::kDone, result.count - of_head};
  }

  void finish() override { inner_->finish(); }

 private:
  const std::unique_ptr<net::Transport> inner_;
  net::WsReader reader_{net::WsRole::kClient};
  std::string early_;
  std::string pongs_;
  std::string head_;      // what of it hasn't left
  std::size_t left_ = 0;  // of the message's data
};

}  // namespace

Result<Socket> upgrade_to_websocket(Socket socket, const std::string& host) {
  const auto refused = [&] { return fail(ErrorCode::kUnavailable, "no WebSocket at " + host); };
  const std::string request = fmt::format(
      "GET /mmtp HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n\r\n",
      host, kKey);
  const net::Piece piece{request, true};
  if (const auto sent = socket.transport->write({&piece, 1});
      sent.status != Status::kDone || sent.count != request.size()) {
    return refused();
  }
  std::string answer;
  std::size_t end = std::string::npos;
  while (end == std::string::npos && answer.size() < kAnswerBytesMax) {
    std::array<char, 1024> octets{};
    const net::IoResult result = socket.transport->read(octets);
    if (result.status != Status::kDone) return refused();
    answer.append(octets.data(), result.count);
    end = answer.find("\r\n\r\n");
  }
  if (!answer.starts_with("HTTP/1.1 101 ") || end == std::string::npos ||
      answer.find(net::ws_accept(kKey)) > end) {
    return refused();
  }
  socket.transport =
      std::make_unique<WsClient>(std::move(socket.transport), answer.substr(end + 4));
  return socket;
}

}  // namespace mnm::bench
