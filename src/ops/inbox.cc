#include "ops/inbox.h"

#include <algorithm>
#include <utility>

namespace mnm::ops {
namespace {
constexpr std::size_t kRoomMax = 256;  // requests to make room for before they come
}

Inbox::Inbox(std::size_t bytes_max) : bytes_max_(bytes_max) {}

Inbox::Offer Inbox::offer(Request request) {
  const bool quiet = std::holds_alternative<Ack>(request.command);
  bool full = false;
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    if (closed_) return Offer::kClosed;
    bytes_ += memory_of(request);
    full = bytes_ >= bytes_max_;
    if (full && request.outlet != nullptr) paused_.insert(request.outlet);
    if (!quiet) ++urgent_;
    // A sleeper is woken by the first request (to start its clock) and by the first that has an
    // answer.
    wake = sleeping_ && (waiting_.empty() || (!quiet && urgent_ == 1) || full);
    waiting_.push_back(std::move(request));
  }
  if (wake) ready_.notify_one();
  return full ? Offer::kTakenFull : Offer::kTaken;
}

std::vector<Request> Inbox::take(std::chrono::milliseconds quiet_wait) {
  std::vector<Request> taken;
  std::set<Outlet*> resumed;
  {
    std::unique_lock lock(mutex_);
    sleeping_ = true;
    ready_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    ready_.wait_for(lock, quiet_wait,
                    [this] { return closed_ || urgent_ > 0 || bytes_ >= bytes_max_; });
    sleeping_ = false;
    taken.swap(waiting_);
    waiting_.reserve(std::min(taken.size(), kRoomMax));  // it will be about as many
    resumed.swap(paused_);
    bytes_ = 0;
    urgent_ = 0;
  }
  for (Outlet* outlet : resumed) outlet->resume();
  return taken;
}

void Inbox::close() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  ready_.notify_all();
}

}  // namespace mnm::ops
