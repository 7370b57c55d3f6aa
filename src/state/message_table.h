// The messages that wait for somebody, by id: all of them, or, in partial views, those that were
// needed.
//
// Not thread-safe. Ids ascend, so a message is found by bisection, in chunks of which at least half
// is there: 48 octets each, as a rule, where a hash table takes twice that.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "state/objects.h"

namespace mnm::state {

class MessageTable {
 public:
  [[nodiscard]] std::size_t size() const { return part_ ? part_->size() : size_; }
  // Null when there is none; else good until the next put() or erase().
  [[nodiscard]] const Message* find(Lsn id) const;
  [[nodiscard]] Message* find(Lsn id) {
    return const_cast<Message*>(std::as_const(*this).find(id));  // NOLINT: it is this table's
  }
  // One with copies. False if it is there already, or, but in a part, is or was one behind it.
  bool put(Lsn id, Message message);
  // It must be there.
  void erase(Lsn id);
  // Not of a part: an id that none that is there is behind; 0 where there is none.
  [[nodiscard]] Lsn last() const;
  // Visits all, (id, message), ascending but in a part.
  template <class Visit>
  void for_each(Visit visit) const {
    if (part_) {
      for (const auto& [id, message] : *part_) visit(Lsn(id), message);
      return;
    }
    for (const Chunk& chunk : chunks_) {
      for (const Entry& entry : chunk.entries) {
        if (entry.message.copies > 0) visit(entry.id, entry.message);
      }
    }
  }

  // Makes it a part that holds none yet.
  void become_part() { part_.emplace(); }
  // Of a part: lets go of those up to `id`.
  void forget_until(Lsn id);

 private:
  struct Entry {
    Lsn id;
    Message message;  // without copies once it is gone
  };
  struct Chunk {
    std::vector<Entry> entries;
    std::size_t left = 0;  // of them
  };
  struct Place {
    std::size_t chunk = 0;
    std::size_t entry = 0;
  };
  [[nodiscard]] std::optional<Place> place_of(Lsn id) const;

  std::deque<Chunk> chunks_;  // ascending; none is without a message
  std::vector<Entry> spare_;  // the room of a chunk that went: still warm
  std::size_t size_ = 0;
  using Part = boost::unordered_flat_map<std::uint64_t, Message>;
  std::optional<Part> part_;
};

}  // namespace mnm::state
