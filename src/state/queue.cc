#include "state/queue.h"

#include <glog/logging.h>

#include <algorithm>

namespace mnm::state {

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
  for (const IdLane& lane : content_->lanes) size += lane.size();
  return size;
}

}  // namespace mnm::state
