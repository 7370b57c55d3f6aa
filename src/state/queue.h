// What waits for one node: message ids in two lanes, each in ascending order. The urgent lane
// ("user" messages) goes first.
//
// Part of the views: no clock, no I/O. Costs 8 octets, and 8 an entry; most queues are empty. Acks
// come near the front, so ending an entry moves the few before it rather than the many behind.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.h"
#include "base/rare.h"

namespace mnm::state {

enum class Lane : std::uint8_t { kUrgent = 0, kNormal = 1 };
inline constexpr std::array kLanes = {Lane::kUrgent, Lane::kNormal};

// A run of ascending ids. Each entry has an absolute index, counted from the first entry since the
// lane was made, so that a checkpoint can write the changed stretches alone; ending an entry moves
// the ones before it up by one.
class IdLane {
 public:
  void push(Lsn id);  // greater than all before
  // False if it isn't there.
  bool erase(Lsn id);
  [[nodiscard]] bool contains(Lsn id) const;
  // The first entry after `id`; 0 if there is none.
  [[nodiscard]] Lsn after(Lsn id) const;
  [[nodiscard]] std::span<const std::uint64_t> entries() const {
    return {ids_.data() + head_, ids_.size() - head_};
  }
  // Its absolute index; `id` must be there.
  [[nodiscard]] std::uint64_t index_of(Lsn id) const { return base_ + find(id); }
  [[nodiscard]] std::uint64_t first_index() const { return base_ + head_; }
  [[nodiscard]] std::uint64_t end_index() const { return base_ + ids_.size(); }
  // For loading: entries in order, the first having this absolute index.
  void restore(std::uint64_t first_index, std::vector<std::uint64_t> ids);
  // Of an empty one: room for so many, and no more.
  void reserve(std::size_t entries) { ids_.reserve(entries); }

 private:
  [[nodiscard]] std::size_t find(Lsn id) const;  // its place in ids_, or ids_.size()
  void compact();

  std::vector<std::uint64_t> ids_;  // those before head_ have ended
  std::size_t head_ = 0;
  std::uint64_t base_ = 0;  // the absolute index of ids_[0]
};

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
