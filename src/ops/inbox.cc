#include "ops/inbox.h"

#include <utility>

namespace mnm::ops {
namespace {
constexpr std::size_t kRoomMax = 4096;  // requests whose memory is kept when nothing is in it
constexpr std::size_t kAckRunMax = 64;

// Whether `request` is an ack that goes on with those of `last`, and is in there now.
bool joins(Request& last, const Request& request) {
  auto* run = std::get_if<Ack>(&last.command);
  const auto* ack = std::get_if<Ack>(&request.command);
  if (run == nullptr || ack == nullptr || last.session != request.session) return false;
  if (2 + run->more.size() + ack->more.size() > kAckRunMax) return false;
  ack->for_each([run](Lsn id) { run->more.push_back(id); });
  last.pulses = request.pulses;
  return true;
}
}  // namespace

Inbox::Inbox(std::size_t bytes_max) : bytes_max_(bytes_max) {}

Inbox::Offer Inbox::offer(Request&& request) { return offer(std::span(&request, 1)); }

Inbox::Offer Inbox::offer_all(std::vector<Request>& requests) {
  const Offer taken = offer(std::span(requests));
  requests.clear();
  return taken;
}

Inbox::Offer Inbox::offer(std::span<Request> requests) {
  if (requests.empty()) return Offer::kTaken;
  std::size_t bytes = 0;
  std::size_t urgent = 0;
  for (const Request& request : requests) {
    bytes += memory_of(request);
    if (!std::holds_alternative<Ack>(request.command)) ++urgent;
  }
  Outlet* const outlet = requests.front().outlet;
  bool full = false;
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    if (closed_) return Offer::kClosed;
    bytes_ += bytes;
    full = bytes_ >= bytes_max_;
    if (full && outlet != nullptr) paused_.insert(outlet);
    // A sleeper is woken by the first request (to start its clock) and by the first that has an
    // answer.
    wake = sleeping_ && (waiting_.empty() || (urgent > 0 && urgent_ == 0) || full);
    urgent_ += urgent;
    for (Request& request : requests) {
      if (waiting_.empty() || !joins(waiting_.back(), request)) {
        waiting_.push_back(std::move(request));
      }
    }
  }
  if (wake) ready_.notify_one();
  return full ? Offer::kTakenFull : Offer::kTaken;
}

std::vector<Request> Inbox::take(std::chrono::milliseconds quiet_wait) {
  std::vector<Request> taken;
  take(taken, quiet_wait);
  return taken;
}

void Inbox::take(std::vector<Request>& taken, std::chrono::milliseconds quiet_wait) {
  taken.clear();
  if (taken.capacity() > kRoomMax) taken = std::vector<Request>();  // {} would keep the memory
  std::set<Outlet*> resumed;
  {
    std::unique_lock lock(mutex_);
    sleeping_ = true;
    ready_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    ready_.wait_for(lock, quiet_wait,
                    [this] { return closed_ || urgent_ > 0 || bytes_ >= bytes_max_; });
    sleeping_ = false;
    taken.swap(waiting_);
    resumed.swap(paused_);
    bytes_ = 0;
    urgent_ = 0;
  }
  for (Outlet* outlet : resumed) outlet->resume();
}

void Inbox::close() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  ready_.notify_all();
}

}  // namespace mnm::ops
