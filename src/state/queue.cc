#include "state/queue.h"

#include <glog/logging.h>

#include <algorithm>

namespace mnm::state {
namespace {
constexpr std::size_t kCompactMin = 64;  // ended entries worth the move
constexpr std::size_t kRoomMin = 64;     // entries' room that isn't worth giving back while in use

std::ptrdiff_t offset(std::size_t place) { return static_cast<std::ptrdiff_t>(place); }
}  // namespace

void IdLane::push(Lsn id) {
  CHECK(ids_.size() == head_ || ids_.back() < id.value())
      << "queue entries must ascend: " << id.value() << " after " << ids_.back();
  ids_.push_back(id.value());
}

std::size_t IdLane::find(Lsn id) const {
  const auto at = std::lower_bound(ids_.begin() + offset(head_), ids_.end(), id.value());
  const bool found = at != ids_.end() && *at == id.value();
  return found ? static_cast<std::size_t>(at - ids_.begin()) : ids_.size();
}

bool IdLane::erase(Lsn id) {
  const std::size_t at = find(id);
  if (at == ids_.size()) return false;
  std::move_backward(ids_.begin() + offset(head_), ids_.begin() + offset(at),
                     ids_.begin() + offset(at) + 1);
  ++head_;
  compact();
  return true;
}

void IdLane::compact() {
  if (head_ < kCompactMin && head_ != ids_.size()) return;
  if (head_ * 2 < ids_.size()) return;
  base_ += head_;
  ids_.erase(ids_.begin(), ids_.begin() + offset(head_));
  head_ = 0;
  if (ids_.capacity() > kRoomMin && ids_.size() * 4 <= ids_.capacity()) ids_.shrink_to_fit();
}

bool IdLane::contains(Lsn id) const { return find(id) != ids_.size(); }

Lsn IdLane::after(Lsn id) const {
  const auto at = std::upper_bound(ids_.begin() + offset(head_), ids_.end(), id.value());
  return at == ids_.end() ? Lsn() : Lsn(*at);
}

void IdLane::restore(std::uint64_t first_index, std::vector<std::uint64_t> ids) {
  ids_ = std::move(ids);
  head_ = 0;
  base_ = first_index;
}

void Queue::push(Lane which, Lsn id, std::uint64_t cost_bytes) {
  own_lane(which).push(id);
  content_.own().cost_bytes += cost_bytes;
}

bool Queue::erase(Lsn id, std::uint64_t cost_bytes) {
  if (empty()) return false;
  if (!own_lane(Lane::kNormal).erase(id) && !own_lane(Lane::kUrgent).erase(id)) return false;
  Content& content = content_.own();
  CHECK_GE(content.cost_bytes, cost_bytes);
  content.cost_bytes -= cost_bytes;
  return true;
}

bool Queue::contains(Lsn id) const {
  return std::ranges::any_of(content_->lanes,
                             [id](const IdLane& lane) { return lane.contains(id); });
}

std::size_t Queue::size() const {
  std::size_t size = 0;
  for (const IdLane& lane : content_->lanes) size += lane.entries().size();
  return size;
}

}  // namespace mnm::state
