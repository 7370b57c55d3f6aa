// What waits for one node: message ids in two lanes, each in ascending order. The urgent lane
// ("user" messages) goes first.
//
// Part of the views: no clock, no I/O. Costs 8 octets where nothing waits, as in most queues, and
// 32 and its lanes (id_lane.h) where something does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/ids.h"
#include "base/rare.h"
#include "state/id_lane.h"

namespace mnm::state {

enum class Lane : std::uint8_t { kUrgent = 0, kNormal = 1 };
inline constexpr std::array kLanes = {Lane::kUrgent, Lane::kNormal};

class Queue {
 public:
  void push(Lane lane, Lsn id, std::uint64_t cost_bytes);
  // False if it isn't there.
  bool erase(Lsn id, std::uint64_t cost_bytes);
  [[nodiscard]] bool contains(Lsn id) const;
  [[nodiscard]] const IdLane& lane(Lane which) const {
    return content_->lanes[static_cast<std::size_t>(which)];
  }
  // To fill it.
  [[nodiscard]] IdLane& own_lane(Lane which) {
    return content_.own().lanes[static_cast<std::size_t>(which)];
  }
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] std::uint64_t cost_bytes() const { return content_->cost_bytes; }
  // Of one that isn't empty.
  void set_cost_bytes(std::uint64_t bytes) { content_.own().cost_bytes = bytes; }
  // When nothing may come soon: gives its memory back if nothing waits.
  void settle() {
    if (empty()) content_.reset();
  }

 private:
  struct Content {
    std::array<IdLane, kLanes.size()> lanes;
    std::uint64_t cost_bytes = 0;  // of all that waits, against the node's quota
  };
  Rare<Content> content_;
};

}  // namespace mnm::state
