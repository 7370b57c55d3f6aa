#include "state/packed_messages.h"

#include <algorithm>
#include <ranges>

#include "base/octets.h"

namespace mnm::state {

PackedMessages::Row PackedMessages::row_of(Lsn id, const Message& message) {
  Row row{};
  row[kId] = id.value();
  row[kCopies] = message.copies;
  row[kRowBytes] = message.row_bytes;
  row[kDataBytes] = message.data_bytes;
  row[kSender] = message.sender.value();
  row[kAtHours] = message.at_hours;
  row[kKind] = static_cast<std::uint64_t>(message.kind);
  return row;
}

PackedMessages::PackedMessages(std::vector<MessageEntry> entries)
    : size_(static_cast<std::uint32_t>(entries.size())) {
  if (entries.empty()) return;
  least_ = row_of(entries.front().id, entries.front().message);
  Row most = least_;
  for (const MessageEntry& entry : entries) {
    const Row row = row_of(entry.id, entry.message);
    for (std::size_t n = 0; n < kColumns; ++n) {
      least_[n] = std::min(least_[n], row[n]);
      most[n] = std::max(most[n], row[n]);
    }
  }
  least_[kCopies] = 0;  // which all come to
  for (std::size_t n = 0; n < kColumns; ++n) {
    octets_[n] = static_cast<std::uint8_t>(octets_for(most[n] - least_[n]));
    row_octets_ = static_cast<std::uint8_t>(row_octets_ + octets_[n]);
  }
  rows_.resize(kOctetsMax + entries.size() * row_octets_);
  for (std::size_t nth = 0; nth < entries.size(); ++nth) {
    MessageEntry& entry = entries[nth];
    store(nth, row_of(entry.id, entry.message));
    if (*entry.extras != MessageExtras()) extras_.emplace_back(nth, std::move(entry.extras));
  }
}

std::size_t PackedMessages::end_of(std::size_t nth) const {
  return kOctetsMax + (nth + 1) * row_octets_;
}

// The id comes last in its row, so that bisection needs no other column's size.
Lsn PackedMessages::id(std::size_t nth) const {
  const unsigned octets = octets_[kId];
  const std::uint64_t more = octets > 0 ? load_before(rows_.data() + end_of(nth), octets) : 0;
  return Lsn(least_[kId] + more);
}

void PackedMessages::store(std::size_t nth, const Row& row) {
  std::byte* end = rows_.data() + end_of(nth);
  for (std::size_t n = 0; n < kColumns; ++n) {
    if (octets_[n] > 0) store_before(end, octets_[n], row[n] - least_[n]);
    end -= octets_[n];
  }
}

std::optional<std::size_t> PackedMessages::find(Lsn id) const {
  const auto id_of = [this](std::size_t nth) { return this->id(nth); };
  const auto places = std::views::iota(std::size_t{0}, size());
  const auto at = std::ranges::lower_bound(places, id, {}, id_of);
  if (at == places.end() || id_of(*at) != id) return std::nullopt;
  return *at;
}

PackedMessages::Row PackedMessages::row(std::size_t nth) const {
  Row row = least_;
  const std::byte* end = rows_.data() + end_of(nth);
  for (std::size_t n = 0; n < kColumns; ++n) {
    if (octets_[n] > 0) row[n] += load_before(end, octets_[n]);
    end -= octets_[n];
  }
  return row;
}

Message PackedMessages::message(std::size_t nth) const {
  const Row row = this->row(nth);
  return {.copies = static_cast<std::uint32_t>(row[kCopies]),
          .row_bytes = static_cast<std::uint32_t>(row[kRowBytes]),
          .data_bytes = row[kDataBytes],
          .sender = UserNo(static_cast<UserNo::rep>(row[kSender])),
          .at_hours = static_cast<std::uint32_t>(row[kAtHours]),
          .kind = static_cast<message::Kind>(row[kKind])};
}

// Of the first at `nth` or behind it.
PackedMessages::Extras::const_iterator PackedMessages::extras_from(std::size_t nth) const {
  return std::ranges::lower_bound(extras_, nth, {}, [](const auto& one) { return one.first; });
}

const MessageExtras& PackedMessages::extras(std::size_t nth) const {
  static const Rare<MessageExtras> none;
  const auto at = extras_from(nth);
  return at != extras_.end() && at->first == nth ? *at->second : *none;
}

MessageEntry PackedMessages::take(std::size_t nth) {
  MessageEntry entry{.id = id(nth), .message = message(nth), .extras = {}};
  const auto at = extras_.begin() + (extras_from(nth) - extras_.cbegin());
  if (at != extras_.end() && at->first == nth) {
    entry.extras = std::move(at->second);
    extras_.erase(at);
  }
  return entry;
}

void PackedMessages::put_back(std::size_t nth, MessageEntry entry) {
  const Row row = row_of(entry.id, entry.message);
  if (!fits(row)) {
    std::vector<MessageEntry> all = take_all();
    all[nth] = std::move(entry);
    *this = PackedMessages(std::move(all));
    return;
  }
  store(nth, row);
  const bool has_extras = entry.message.copies > 0 && *entry.extras != MessageExtras();
  if (has_extras) extras_.emplace(extras_from(nth), nth, std::move(entry.extras));
}

std::vector<MessageEntry> PackedMessages::take_all() {
  std::vector<MessageEntry> all;
  all.reserve(size_);
  for (std::size_t nth = 0; nth < size_; ++nth) all.push_back({id(nth), message(nth), {}});
  for (auto& [nth, extras] : extras_) all[nth].extras = std::move(extras);
  *this = {};
  return all;
}

bool PackedMessages::fits(const Row& row) const {
  for (std::size_t n = 0; n < kColumns; ++n) {
    if (row[n] < least_[n] || row[n] - least_[n] > most_in(octets_[n])) return false;
  }
  return true;
}

}  // namespace mnm::state
