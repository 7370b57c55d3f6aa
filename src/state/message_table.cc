#include "state/message_table.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

namespace mnm::state {
namespace {
constexpr std::size_t kChunk = 256;  // messages: less to move, or more to bisect
}  // namespace

std::optional<MessageTable::Place> MessageTable::place_of(Lsn id) const {
  const auto behind = std::ranges::upper_bound(
      chunks_, id, {}, [](const Chunk& chunk) { return chunk.entries.front().id; });
  if (behind == chunks_.begin()) return std::nullopt;
  const auto chunk = std::prev(behind);
  const auto entry = std::ranges::lower_bound(chunk->entries, id, {}, &Entry::id);
  if (entry == chunk->entries.end() || entry->id != id) return std::nullopt;
  return Place{static_cast<std::size_t>(chunk - chunks_.begin()),
               static_cast<std::size_t>(entry - chunk->entries.begin())};
}

const Message* MessageTable::find(Lsn id) const {
  if (part_) {
    const auto at = part_->find(id.value());
    return at != part_->end() ? &at->second : nullptr;
  }
  const std::optional<Place> place = place_of(id);
  if (!place) return nullptr;
  const Message& message = chunks_[place->chunk].entries[place->entry].message;
  return message.copies > 0 ? &message : nullptr;
}

Lsn MessageTable::last() const {
  return chunks_.empty() ? Lsn() : chunks_.back().entries.back().id;
}

bool MessageTable::put(Lsn id, Message message) {
  if (part_) return part_->emplace(id.value(), std::move(message)).second;
  if (last() >= id) return false;
  if (chunks_.empty() || chunks_.back().entries.size() == kChunk) {
    chunks_.emplace_back().entries = std::exchange(spare_, {});
    chunks_.back().entries.reserve(kChunk);
  }
  Chunk& chunk = chunks_.back();
  chunk.entries.push_back({id, std::move(message)});
  ++chunk.left;
  ++size_;
  return true;
}

void MessageTable::erase(Lsn id) {
  if (part_) {
    CHECK(part_->erase(id.value()) == 1) << message_id(id) << " isn't there";
    return;
  }
  const std::optional<Place> place = place_of(id);
  CHECK(place) << message_id(id) << " isn't there";
  Chunk& chunk = chunks_[place->chunk];
  Message& message = chunk.entries[place->entry].message;
  CHECK(message.copies > 0) << message_id(id) << " isn't there any more";
  message = {};
  --chunk.left;
  --size_;
  if (chunk.left == 0) {
    spare_ = std::move(chunk.entries);
    spare_.clear();
    chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(place->chunk));
  } else if (chunk.left * 2 < chunk.entries.size()) {
    std::erase_if(chunk.entries, [](const Entry& entry) { return entry.message.copies == 0; });
    const bool grows = place->chunk + 1 == chunks_.size();
    if (!grows) chunk.entries.shrink_to_fit();
  }
}

void MessageTable::forget_until(Lsn id) {
  boost::unordered::erase_if(*part_, [id](const auto& entry) { return Lsn(entry.first) <= id; });
  // What one event of a million messages needed isn't kept room for.
  constexpr std::size_t kRoom = std::size_t{1} << 18;
  if (part_->bucket_count() > kRoom && part_->size() < kRoom / 4) {
    Part kept(part_->begin(), part_->end());
    *part_ = std::move(kept);
  }
}

}  // namespace mnm::state
