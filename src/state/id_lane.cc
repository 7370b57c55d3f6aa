#include "state/id_lane.h"

#include <glog/logging.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace mnm::state {
namespace {
constexpr std::uint32_t kCompactMin = 64;  // ended entries worth the move
constexpr std::uint32_t kRoomMin = 64;  // entries' room that isn't worth giving back while in use
constexpr unsigned kOctetsMin = 2;      // an entry's: fewer would be outgrown at once
constexpr std::size_t kGrain = 16;      // octets that memory is given out in

// For ids so far apart, and for others that follow.
unsigned roomy_octets(std::uint64_t distance) {
  return std::max(kOctetsMin, octets_for(distance | distance << 1));
}
}  // namespace

IdLane::BlockPtr IdLane::make_block(std::uint32_t room, unsigned octets) {
  static_assert(sizeof(Block) == 32 && sizeof(Block) >= kOctetsMax);
  const std::size_t bytes = (std::size_t{room} * octets + kGrain - 1) / kGrain * kGrain;
  room = static_cast<std::uint32_t>(bytes / octets);
  void* const memory = ::operator new(sizeof(Block) + bytes);
  return BlockPtr(new (memory) Block{.room = room, .octets = octets});
}

IdLane::IdLane(const IdLane& other) {
  if (!other.block_) return;
  block_ = make_block(std::max(other.size(), 1U), other.block_->octets);
  block_->first_index = other.block_->first_index;
  block_->base_id = other.block_->base_id;
  for (const std::uint64_t id : other.entries()) block_->add(id);
}

IdLane& IdLane::operator=(const IdLane& other) {
  if (this != &other) *this = IdLane(other);
  return *this;
}

// Of an empty one: narrow again, whatever it was.
void IdLane::Block::begin_anew(std::uint64_t id) {
  base_id = id;
  begin = end = 0;
  room = room * octets / kOctetsMin;
  octets = kOctetsMin;
}

void IdLane::add(std::uint64_t id) {
  const std::uint64_t last = empty() ? 0 : block_->id(size() - 1);
  CHECK(last < id) << "queue entries must ascend: " << id << " after " << last;
  block_->add(id);
}

void IdLane::push(Lsn id) {
  if (!block_ || empty() || block_->end == block_->room || !block_->fits(id.value())) {
    make_room(1, id.value(), id.value(), true);
  }
  add(id.value());
}

void IdLane::append(std::span<const std::uint64_t> ids) {
  if (ids.empty()) return;
  make_room(static_cast<std::uint32_t>(ids.size()), ids.front(), ids.back(), false);
  for (const std::uint64_t id : ids) add(id);
}

void IdLane::restore(std::uint64_t first_index, std::span<const std::uint64_t> ids) {
  CHECK(!block_ && !ids.empty());
  append(ids);
  block_->first_index = first_index;
}

// What it costs is a part of what was pushed since it was last called: a long one gets room for a
// quarter more, and one that others may be pushed to octets for twice the distance.
void IdLane::make_room(std::uint32_t more, std::uint64_t first, std::uint64_t last, bool roomy) {
  const std::uint32_t live = size();
  const std::uint64_t distance = last - (live > 0 ? block_->id(0) : first);
  const unsigned octets =
      roomy ? roomy_octets(distance) : std::max(kOctetsMin, octets_for(distance));
  if (!block_) {
    block_ = make_block(more, octets);
    block_->base_id = first;
  } else if (live == 0) {
    block_->begin_anew(first);
  }
  const bool fits = block_->fits(last);
  if (fits && more <= block_->room - block_->end) return;
  const bool slides = block_->begin >= live || (live < kRoomMin && block_->begin > 0);
  if (fits && slides && more <= block_->room - live) return slide_to_front();
  if (live >= kRoomMin) more = std::max(more, live / 4);
  const bool rebases = !fits || octets < block_->octets;
  rebases ? rebase(live + more, octets) : resize(live + more);
}

void IdLane::resize(std::uint32_t room) {
  BlockPtr block = make_block(room, block_->octets);
  block->first_index = block_->first_index;
  block->base_id = block_->base_id;
  block->end = size();
  std::memcpy(block->slot(0), block_->slot(block_->begin), std::size_t{size()} * block->octets);
  block_ = std::move(block);
}

void IdLane::rebase(std::uint32_t room, unsigned octets) {
  BlockPtr block = make_block(room, octets);
  block->first_index = block_->first_index;
  block->base_id = empty() ? block_->base_id : block_->id(0);
  for (const std::uint64_t id : entries()) block->add(id);
  block_ = std::move(block);
}

void IdLane::slide_to_front() {
  Block& block = *block_;
  const std::uint32_t live = block.end - block.begin;
  std::memmove(block.slot(0), block.slot(block.begin), std::size_t{live} * block.octets);
  block.begin = 0;
  block.end = live;
}

std::uint32_t IdLane::lower_bound(std::uint64_t id) const {
  // As a rule what is looked for is at one of the ends.
  if (empty() || id <= block_->id(0)) return 0;
  if (id > block_->id(size() - 1)) return size();
  const auto ids = entries();
  return static_cast<std::uint32_t>(std::ranges::lower_bound(ids, id) - ids.begin());
}

std::uint32_t IdLane::find(Lsn id) const {
  const std::uint32_t at = lower_bound(id.value());
  return at < size() && block_->id(at) == id.value() ? at : kNowhere;
}

Lsn IdLane::after(Lsn id) const {
  if (id.value() == ~std::uint64_t{0}) return {};
  const std::uint32_t at = lower_bound(id.value() + 1);
  return at < size() ? Lsn(block_->id(at)) : Lsn();
}

bool IdLane::erase(Lsn id) {
  const std::uint32_t at = find(id);
  if (at == kNowhere) return false;
  Block& block = *block_;
  std::memmove(block.slot(block.begin + 1), block.slot(block.begin),
               std::size_t{at} * block.octets);
  ++block.begin;
  ++block.first_index;
  compact();
  return true;
}

void IdLane::compact() {
  const std::uint32_t live = size();
  if (live > 0 && (block_->begin < kCompactMin || block_->begin < live)) return;
  if (block_->room > kRoomMin && live <= block_->room / 4) {
    rebase(live + live / 4 + 1,
           live > 0 ? roomy_octets(block_->id(live - 1) - block_->id(0)) : kOctetsMin);
  } else {
    slide_to_front();
  }
}

}  // namespace mnm::state
