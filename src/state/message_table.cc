#include "state/message_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mnm::state {
namespace {
constexpr std::size_t kChunk = 256;     // messages: less to move, or more to bisect
constexpr std::ptrdiff_t kLatest = 32;  // chunks that are searched first
}  // namespace

std::vector<MessageEntry> MessageTable::Chunk::take_left() {
  std::vector<MessageEntry> all = is_packed() ? packed.own().take_all() : std::move(entries);
  std::erase_if(all, [](const MessageEntry& entry) { return entry.message.copies == 0; });
  entries.clear();
  return all;
}

std::optional<MessageTable::Place> MessageTable::place_of(Lsn id) const {
  // As a rule it is one of the latest.
  const auto end = chunks_.end();
  const auto count = std::ssize(chunks_);
  std::ptrdiff_t reach = 1;
  while (reach < std::min(count, kLatest) && id < end[-reach].first) reach *= 2;
  const auto from = reach < std::min(count, kLatest) ? end - reach : chunks_.begin();
  const auto behind = std::ranges::upper_bound(from, end - reach / 2, id, {}, &Chunk::first);
  if (behind == chunks_.begin()) return std::nullopt;
  const auto chunk = std::prev(behind);
  const auto at = static_cast<std::size_t>(chunk - chunks_.begin());
  if (chunk->is_packed()) {
    const auto nth = chunk->packed->find(id);
    return nth ? std::optional(Place{at, *nth}) : std::nullopt;
  }
  const auto entry = std::ranges::lower_bound(chunk->entries, id, {}, &MessageEntry::id);
  if (entry == chunk->entries.end() || entry->id != id) return std::nullopt;
  return Place{at, static_cast<std::size_t>(entry - chunk->entries.begin())};
}

std::optional<Message> MessageTable::find(Lsn id) const {
  if (part_) {
    const auto at = part_->find(id.value());
    return at != part_->end() ? std::optional(at->second.message) : std::nullopt;
  }
  const std::optional<Place> place = place_of(id);
  if (!place) return std::nullopt;
  const Message message = chunks_[place->chunk].message(place->entry);
  return message.copies > 0 ? std::optional(message) : std::nullopt;
}

const MessageExtras& MessageTable::extras(Lsn id) const {
  static const Rare<MessageExtras> none;
  if (part_) {
    const auto at = part_->find(id.value());
    return at != part_->end() ? *at->second.extras : *none;
  }
  const std::optional<Place> place = place_of(id);
  if (!place) return *none;
  const Chunk& chunk = chunks_[place->chunk];
  return chunk.is_packed() ? chunk.packed->extras(place->entry)
                           : *chunk.entries[place->entry].extras;
}

Lsn MessageTable::last() const {
  return chunks_.empty() ? Lsn() : chunks_.back().id(chunks_.back().size() - 1);
}

bool MessageTable::put(Lsn id, Message message, MessageExtras extras) {
  if (part_) return part_->emplace(id.value(), MessageEntry{id, message, std::move(extras)}).second;
  if (last() >= id) return false;
  if (chunks_.empty() || chunks_.back().is_packed() || chunks_.back().entries.size() == kChunk) {
    Chunk& chunk = chunks_.emplace_back();
    chunk.first = id;
    chunk.entries = std::exchange(spare_, {});
    chunk.entries.reserve(kChunk);
    if (chunks_.size() > open_chunks_) pack(chunks_.size() - 1 - open_chunks_);
  }
  Chunk& chunk = chunks_.back();
  chunk.entries.push_back({id, message, std::move(extras)});
  ++chunk.left;
  ++size_;
  return true;
}

// Together with the one before it, if what is left of both fits in one.
void MessageTable::pack(std::size_t at) {
  if (chunks_[at].is_packed()) return;
  std::vector<MessageEntry> left = chunks_[at].take_left();
  if (at > 0 && chunks_[at - 1].is_packed() && chunks_[at - 1].left + left.size() <= kChunk) {
    chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(at));
    --at;
    std::vector<MessageEntry> before = chunks_[at].take_left();
    left.insert(left.begin(), std::make_move_iterator(before.begin()),
                std::make_move_iterator(before.end()));
  }
  chunks_[at].left = left.size();
  chunks_[at].packed.own() = PackedMessages(std::move(left));
}

void MessageTable::let_go(std::size_t at) {
  Chunk& chunk = chunks_[at];
  --chunk.left;
  --size_;
  if (chunk.left == 0) {
    if (!chunk.is_packed()) {
      spare_ = std::move(chunk.entries);
      spare_.clear();
    }
    chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(at));
  } else if (chunk.left * 2 >= chunk.size()) {
    return;
  } else if (chunk.is_packed()) {
    chunk.packed.own() = PackedMessages(chunk.take_left());
  } else {
    std::erase_if(chunk.entries,
                  [](const MessageEntry& entry) { return entry.message.copies == 0; });
    const bool grows = at + 1 == chunks_.size();
    if (!grows) chunk.entries.shrink_to_fit();
  }
}

void MessageTable::forget_until(Lsn id) {
  boost::unordered::erase_if(*part_, [id](const auto& entry) { return Lsn(entry.first) <= id; });
  // What one event of a million messages needed isn't kept room for.
  constexpr std::size_t kRoom = std::size_t{1} << 18;
  if (part_->bucket_count() > kRoom && part_->size() < kRoom / 4) {
    Part kept(std::make_move_iterator(part_->begin()), std::make_move_iterator(part_->end()));
    *part_ = std::move(kept);
  }
}

}  // namespace mnm::state
