// The queue in front of the engine: many threads offer, one takes all that waits.
//
// Bounded in octets: an offer is always taken (so that the end of a session never gets lost), but
// once the bound is reached it says so, and the caller stops reading from its link until its outlet
// is resumed. What is held is thus at most the bound and one offer a session.
//
// Acks that come in a row are one request: a session that is sent a dozen messages acks them in one
// breath, and one event for all of them costs a third of what one each does.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <set>
#include <span>
#include <vector>

#include "ops/command.h"
#include "ops/effects.h"

namespace mnm::ops {

class Inbox {
 public:
  enum class Offer : std::uint8_t {
    kTaken,
    kTakenFull,  // stop reading; the request's outlet gets resume()
    kClosed,     // the engine has ended; the outcome of everything not yet answered is unknown
  };

  explicit Inbox(std::size_t bytes_max);

  // Any thread.
  [[nodiscard]] Offer offer(Request&& request);
  // The same for several of one outlet, in their order, under one lock. Leaves the vector empty,
  // with its memory. Any thread.
  [[nodiscard]] Offer offer_all(std::vector<Request>& requests);
  // The engine's thread. Blocks until there is something that has an answer, or quiet requests
  // (acks) have waited for `quiet_wait`, or close() was called. Empty only when closed.
  [[nodiscard]] std::vector<Request> take(std::chrono::milliseconds quiet_wait);
  // The same, into a vector whose memory is used again; what is in it goes.
  void take(std::vector<Request>& taken, std::chrono::milliseconds quiet_wait);
  // Any thread. What was offered before is still taken.
  void close();

 private:
  [[nodiscard]] Offer offer(std::span<Request> requests);

  std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<Request> waiting_;
  std::size_t bytes_ = 0;
  const std::size_t bytes_max_;
  std::size_t urgent_ = 0;  // requests that have an answer
  bool closed_ = false;
  bool sleeping_ = false;
  std::set<Outlet*> paused_;
};

}  // namespace mnm::ops
