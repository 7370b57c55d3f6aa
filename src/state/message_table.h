// The messages that wait for somebody, by id: all of them, or, in partial views, those that were
// needed.
//
// Not thread-safe. Ids ascend, so a message is found by bisection, in chunks of which at least half
// is there. The latest are 48 octets each; those of older chunks are packed (packed_messages.h).
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/rare.h"
#include "state/objects.h"
#include "state/packed_messages.h"

namespace mnm::state {

class MessageTable {
 public:
  MessageTable() = default;
  // How many chunks, at least 1, stay as they are. A message that nobody waits long for is gone
  // before its chunk would be packed.
  explicit MessageTable(std::size_t open_chunks) : open_chunks_(open_chunks) {}

  [[nodiscard]] std::size_t size() const { return part_ ? part_->size() : size_; }
  [[nodiscard]] std::optional<Message> find(Lsn id) const;
  // The default where there is none. Good until the next put() or change().
  [[nodiscard]] const MessageExtras& extras(Lsn id) const;
  // One with copies. False if it is there already, or, but in a part, is or was one behind it.
  bool put(Lsn id, Message message, MessageExtras extras = {});
  // Calls change(Message&, Rare<MessageExtras>&), which mustn't ask the table; without copies after
  // it, the message goes. False if there is none.
  template <class Change>
  bool change(Lsn id, const Change& change);
  // Not of a part: an id that none that is there is behind; 0 where there is none.
  [[nodiscard]] Lsn last() const;
  // Visits all, (id, message), ascending but in a part.
  template <class Visit>
  void for_each(const Visit& visit) const;

  // Makes it a part that holds none yet.
  void become_part() { part_.emplace(); }
  // Of a part: lets go of those up to `id`.
  void forget_until(Lsn id);

 private:
  struct Chunk {
    Lsn first;  // that it ever had
    std::vector<MessageEntry> entries;
    Rare<PackedMessages> packed;  // instead of the entries
    std::size_t left = 0;         // that aren't gone

    [[nodiscard]] bool is_packed() const { return entries.empty(); }
    [[nodiscard]] std::size_t size() const { return is_packed() ? packed->size() : entries.size(); }
    [[nodiscard]] Lsn id(std::size_t nth) const {
      return is_packed() ? packed->id(nth) : entries[nth].id;
    }
    [[nodiscard]] Message message(std::size_t nth) const {
      return is_packed() ? packed->message(nth) : entries[nth].message;
    }
    [[nodiscard]] std::vector<MessageEntry> take_left();
  };
  struct Place {
    std::size_t chunk = 0;
    std::size_t entry = 0;
  };
  [[nodiscard]] std::optional<Place> place_of(Lsn id) const;
  void let_go(std::size_t chunk);
  void pack(std::size_t chunk);

  std::deque<Chunk> chunks_;         // ascending; none is without a message
  std::vector<MessageEntry> spare_;  // the room of a chunk that went: still warm
  std::size_t size_ = 0;
  std::size_t open_chunks_ = 64;
  using Part = boost::unordered_flat_map<std::uint64_t, MessageEntry>;
  std::optional<Part> part_;
};

template <class Change>
bool MessageTable::change(Lsn id, const Change& change) {
  if (part_) {
    const auto at = part_->find(id.value());
    if (at == part_->end()) return false;
    change(at->second.message, at->second.extras);
    if (at->second.message.copies == 0) part_->erase(at);
    return true;
  }
  const std::optional<Place> place = place_of(id);
  if (!place) return false;
  Chunk& chunk = chunks_[place->chunk];
  if (chunk.message(place->entry).copies == 0) return false;
  bool is_gone = false;
  if (chunk.is_packed()) {
    MessageEntry entry = chunk.packed.own().take(place->entry);
    change(entry.message, entry.extras);
    is_gone = entry.message.copies == 0;
    chunk.packed.own().put_back(place->entry, std::move(entry));
  } else {
    MessageEntry& entry = chunk.entries[place->entry];
    change(entry.message, entry.extras);
    is_gone = entry.message.copies == 0;
    if (is_gone) entry.extras.reset();
  }
  if (is_gone) let_go(place->chunk);
  return true;
}

template <class Visit>
void MessageTable::for_each(const Visit& visit) const {
  if (part_) {
    for (const auto& [id, entry] : *part_) visit(entry.id, entry.message);
    return;
  }
  for (const Chunk& chunk : chunks_) {
    for (std::size_t nth = 0; nth < chunk.size(); ++nth) {
      const Message message = chunk.message(nth);
      if (message.copies > 0) visit(chunk.id(nth), message);
    }
  }
}

}  // namespace mnm::state
