// What goes to a browser, in pieces that each have a deadline: one that takes them octet by octet
// holds a link no longer than one that takes none.
//
// Each link's thread; blocks until the deadline.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http_reply.h"

namespace mnm::console {

using Time = std::chrono::steady_clock::time_point;

// Of one answer: what a page can show.
inline constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{8} << 20;

// Whether all of it went out in time. What fits goes out even when the time is over.
[[nodiscard]] bool send_all(int fd, std::string_view octets, Time until);

void say(int fd, net::HttpReply reply, Time until, bool head_only = false);

// An answer that isn't whole yet, in chunks as it comes: the head with the first one.
class Chunks {
 public:
  struct Answer {
    std::string_view type;   // Content-Type
    net::HttpFields fields;  // besides
    bool head_only = false;
    std::chrono::milliseconds within;  // each piece
    Time until;                        // all of them
  };
  Chunks(int fd, Answer answer) : fd_(fd), answer_(std::move(answer)) {}

  // False when nobody wants more.
  [[nodiscard]] bool add(std::string_view piece);
  // An answer without this end was cut, and whoever reads it knows.
  void end();
  [[nodiscard]] bool begun() const { return begun_; }
  // It was cut for being longer than kAnswerBytesMax.
  [[nodiscard]] bool too_long() const { return bytes_ > kAnswerBytesMax; }

 private:
  [[nodiscard]] bool begin(Time until);

  const int fd_;
  const Answer answer_;
  std::uint64_t bytes_ = 0;
  bool begun_ = false;
};

}  // namespace mnm::console
