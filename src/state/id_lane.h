// A run of ascending message ids: one lane of what waits for a node.
//
// Part of the views: no clock, no I/O. There may be millions, most of them short: 8 octets where
// there never was an entry, else 40, and for each what its distance to the first one takes, as a
// rule 2 or 3 octets. Acks come near the front, so ending an entry moves the few before it rather
// than the many behind.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <ranges>
#include <span>

#include "base/ids.h"
#include "base/octets.h"

namespace mnm::state {

// Each entry has an absolute index, counted from the first entry since the lane was made, so that a
// checkpoint can write the changed stretches alone; ending an entry moves the ones before it up by
// one.
class IdLane {
 public:
  IdLane() = default;
  IdLane(const IdLane& other);
  IdLane(IdLane&&) noexcept = default;
  IdLane& operator=(const IdLane& other);
  IdLane& operator=(IdLane&&) noexcept = default;
  ~IdLane() = default;

  void push(Lsn id);  // greater than all before
  // The same for many; the first few hundred with room for them and for no more.
  void append(std::span<const std::uint64_t> ids);
  // False if it isn't there.
  bool erase(Lsn id);
  [[nodiscard]] bool contains(Lsn id) const { return find(id) != kNowhere; }
  // The first entry after `id`; 0 if there is none.
  [[nodiscard]] Lsn after(Lsn id) const;
  [[nodiscard]] std::uint32_t size() const { return block_ ? block_->end - block_->begin : 0; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  // All ids in order. Good until the next change.
  [[nodiscard]] auto entries() const {
    return std::views::iota(std::uint32_t{0}, size()) |
           std::views::transform([this](std::uint32_t nth) { return block_->id(nth); });
  }
  // Its absolute index; `id` must be there.
  [[nodiscard]] std::uint64_t index_of(Lsn id) const { return first_index() + find(id); }
  [[nodiscard]] std::uint64_t first_index() const { return block_ ? block_->first_index : 0; }
  [[nodiscard]] std::uint64_t end_index() const { return first_index() + size(); }
  // Of one that never had any: ids in order, at least one, the first at this absolute index.
  void restore(std::uint64_t first_index, std::span<const std::uint64_t> ids);

 private:
  // What one allocation begins with; `room` slots follow, of `octets` each. An entry's slot holds
  // how much more its id is than base_id.
  struct Block {
    std::uint64_t first_index = 0;
    std::uint64_t base_id = 0;
    std::uint32_t begin = 0;  // the slots before it have ended
    std::uint32_t end = 0;
    std::uint32_t room = 0;
    std::uint32_t octets = 0;

    [[nodiscard]] std::byte* slot(std::uint32_t n) {
      return reinterpret_cast<std::byte*>(this + 1) + std::size_t{n} * octets;
    }
    // Of the nth entry. Octets of the header come before the first slot's: see load_before().
    [[nodiscard]] std::uint64_t id(std::uint32_t nth) const {
      const auto* slots = reinterpret_cast<const std::byte*>(this + 1);
      return base_id + load_before(slots + (std::size_t{begin} + nth + 1) * octets, octets);
    }
    void begin_anew(std::uint64_t id);
    void add(std::uint64_t id) { store_before(slot(++end), octets, id - base_id); }
    [[nodiscard]] bool fits(std::uint64_t id) const { return id - base_id <= most_in(octets); }
  };
  struct Free {
    void operator()(Block* block) const { ::operator delete(block); }
  };
  using BlockPtr = std::unique_ptr<Block, Free>;
  static constexpr std::uint32_t kNowhere = ~std::uint32_t{0};

  [[nodiscard]] static BlockPtr make_block(std::uint32_t room, unsigned octets);
  // Which entry is the first that isn't less; size() if none is.
  [[nodiscard]] std::uint32_t lower_bound(std::uint64_t id) const;
  [[nodiscard]] std::uint32_t find(Lsn id) const;  // kNowhere if it isn't there
  void add(std::uint64_t id);                      // for which there is room
  // For so many more, from `first` to `last`; `roomy` if others may follow them soon.
  void make_room(std::uint32_t more, std::uint64_t first, std::uint64_t last, bool roomy);
  void resize(std::uint32_t room);
  void rebase(std::uint32_t room, unsigned octets);
  void slide_to_front();
  void compact();

  BlockPtr block_;
};

}  // namespace mnm::state
