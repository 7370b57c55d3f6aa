// Frames over a link: requests out, the relay's headers and their data in, in pieces. The dialect
// is MMTP.
//
// One thread; calls block up to their deadlines and end with kInterrupted after a signal. A link
// that ends is kUnavailable: trying again may help. Memory is bounded whatever the relay sends.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/link.h"
#include "net/client_codec.h"
#include "net/frame.h"

namespace mnm::client {

// Without an octet for so long, a frame that has begun doesn't end.
inline constexpr std::chrono::seconds kStall{60};

struct Frame {
  std::string header;  // the JSON as it came
  net::Reply reply;
};

// Gives the next piece of a body: at most as much as asked for; empty is a failure to read on.
using ReadPiece = std::function<Result<std::string_view>(std::size_t octets_max)>;
// Told how much of a body has gone.
using Progress = std::function<void(std::uint64_t octets)>;

using TakeFrame = std::function<Result<>(const Frame&)>;

class Conversation {
 public:
  explicit Conversation(std::unique_ptr<Link> link) : link_(std::move(link)) {}

  void send(const net::ClientRequest& request);
  void send_octets(std::string_view octets) { link_->send(octets); }
  // Sends a body's octets behind its header, in pieces, reading what comes meanwhile: answers are
  // kept for next(), deliveries passed over (they stay on the relay). Ends early, without an error,
  // when an answer or a goodbye comes before the end.
  [[nodiscard]] Result<> upload(std::uint64_t octets, const ReadPiece& read,
                                const Progress& progress);

  // The next frame's header, past what is left of the last one's data. None: nothing until then.
  [[nodiscard]] Result<std::optional<Frame>> next(Deadline deadline, int input = -1);
  // Of the last frame's data: what hasn't been read, and some octets of it (a view that holds until
  // the next call; never empty while something is left).
  [[nodiscard]] std::uint64_t data_left() const { return left_ - read_; }
  [[nodiscard]] Result<std::string_view> data(Deadline deadline);

  // Waits until the kernel has most of what was sent.
  [[nodiscard]] Result<> settle();
  // The same. `take` gets each frame that comes meanwhile, and reads its data.
  [[nodiscard]] Result<> settle(const TakeFrame& take);
  // Says goodbye, and waits a little until the relay has answered: what was sent before is then
  // known to have arrived.
  void quit();

 private:
  void drop_data_read();
  [[nodiscard]] Result<std::optional<Frame>> take_frame();
  [[nodiscard]] Result<bool> skim();
  [[nodiscard]] Error closed() const;

  std::unique_ptr<Link> link_;
  net::HeaderReader reader_;
  std::uint64_t left_ = 0;
  std::size_t read_ = 0;  // octets of the last data() that are still in the link's buffer
  std::deque<Frame> kept_;
};

// What a goodbye of the relay means.
[[nodiscard]] Error quit_error(const net::Reply& quit);

}  // namespace mnm::client
