#include "ops/indexer.h"

#include <fmt/format.h>

#include <boost/container_hash/hash.hpp>
#include <utility>

#include "base/codec.h"
#include "log/record.h"
#include "ops/checkpoint_reader.h"
#include "ops/replay.h"

namespace mnm::ops {
namespace {

// A post to a large group has an entry for each recipient: what is held at once is bounded by
// these.
constexpr std::uint64_t kEntriesMax = 1'000'000;

}  // namespace

std::size_t Indexer::SubjectHash::operator()(const Subject& subject) const {
  std::size_t hash = static_cast<std::size_t>(subject.kind);
  boost::hash_combine(hash, subject.number);
  return hash;
}

Result<> Indexer::catch_up(const std::function<bool()>& go_on) {
  if (!begun_) {
    if (auto ready = begin(); !ready) return ready;
    begun_ = true;
  }
  while (at_.lsn < log_.durable().lsn && (!go_on || go_on())) {
    if (auto indexed = index_some(); !indexed) {
      added_.clear();
      writes_.clear();
      unowned_.reset();
      begun_ = false;  // how much was written is looked up
      return indexed;
    }
  }
  if (auto dropped = drop_trimmed(); !dropped) return dropped;
  auto settled = rows_.settle();
  if (!settled) begun_ = false;
  return settled;
}

Result<> Indexer::begin() {
  const auto meta = rows_.row(kIndexMetaKey);
  if (!meta) return fail(meta.error());
  at_ = *meta ? decode_index_meta(**meta) : log::Position{};
  if (at_.lsn && belongs_to(log_, at_)) return {};
  at_ = {};
  // The meta row goes first: without it there is no index.
  if (auto dropped = rows_.write_rows({{std::string(kIndexMetaKey), ""}}); !dropped) return dropped;
  if (auto dropped = rows_.drop_rows(kIndexBegin, kIndexEnd); !dropped) return dropped;
  return log_.tail() > Lsn(1) ? add_names_of_trimmed() : Result<>();
}

// The events that gave them may be gone; the views' rows have them.
Result<> Indexer::add_names_of_trimmed() {
  const std::string end = state::row_key(state::RowClass::kMessage, 0);
  std::string from = state::row_key(state::RowClass::kUser, 0);
  while (true) {
    auto row = rows_.row_from(from, end);
    if (!row) return fail(row.error());
    if (!row->has_value()) break;
    from = (*row)->first;
    Decoder key(from);
    const auto row_class = static_cast<state::RowClass>(key.byte());
    const std::uint32_t number = key.fixed32_be();
    if (!add_names_in(row_class, number, (*row)->second)) {
      return fail(ErrorCode::kCorruption, "the views' rows are damaged");
    }
    from.push_back('\0');
  }
  auto written = rows_.write_rows(writes_);
  writes_.clear();
  return written;
}

bool Indexer::add_names_in(state::RowClass row_class, std::uint32_t number,
                           std::string_view value) {
  if (row_class == state::RowClass::kUser) {
    state::User user;
    std::optional<state::Identity> identity;
    if (!state::decode_row(value, user, identity)) return false;
    add_name({GivenName::Kind::kUid, user.uid, number});
    for (const state::Alias& alias : user.aliases) {
      add_name({GivenName::Kind::kAlias, alias.name, number});
    }
  } else if (row_class == state::RowClass::kGroup) {
    state::Group group;
    if (!state::decode_row(value, group)) return false;
    add_name({GivenName::Kind::kGroup, group.gid, number});
  }
  return true;
}

void Indexer::add_name(const GivenName& given) {
  std::string number;
  Encoder(number).varint(given.number);
  writes_.emplace_back(name_key(given.kind, given.name), std::move(number));
}

// Whole records, so that the index has a position.
Result<> Indexer::index_some() {
  const auto scanner = log_.scan(next(at_.lsn));
  log::Position at = at_;
  block_ = index_block(next(at_.lsn));
  listed_ = 0;
  for (std::uint64_t events = 0; events < events_max_ && listed_ < kEntriesMax;) {
    auto stored = scanner->next_stored();
    if (!stored) return fail(stored.error());
    if (!stored->has_value()) break;
    // Its CRC alone: the fold of the views has looked at its hashes.
    const auto record = log::decode_stored(std::move(**stored));
    if (!record) return fail(record.error());
    // A block that is written twice is read in between: the end of a block is a good place to stop.
    const bool enters_block = index_block(record->last()) != index_block(at.lsn);
    if (enters_block && events >= events_max_ / 2) break;
    if (auto added = add(*record); !added) return added;
    events += record->count;
    at = record->position();
  }
  if (at.lsn == at_.lsn) return fail(ErrorCode::kCorruption, "the log ends before what is durable");
  if (auto finished = finish_block(); !finished) return finished;
  writes_.emplace_back(kIndexMetaKey, encode_index_meta(at));
  if (auto written = rows_.write_rows(writes_); !written) return written;
  writes_.clear();
  at_ = at;
  return {};
}

Result<> Indexer::add(const log::Record& record) {
  Lsn lsn = record.first;
  for (const std::string_view bytes : record.events) {
    if (lsn > at_.lsn) {
      if (index_block(lsn) != block_) {
        if (auto finished = finish_block(); !finished) return finished;
        block_ = index_block(lsn);
      }
      if (auto parsed = parse_event(lsn, bytes, event_); !parsed) return parsed;
      add(lsn, event_);
      if (unowned_) return fail(*unowned_);
    }
    lsn = next(lsn);
  }
  return {};
}

void Indexer::learn_owner(const event::Event& event) {
  const auto learn = [this](std::uint32_t node, std::uint32_t user) {
    if (node >= owners_.size()) owners_.resize(node + std::size_t{1});
    owners_[node] = UserNo(user);
  };
  if (event.has_registered()) learn(event.registered().node(), event.registered().user());
  if (event.has_node_added()) learn(event.node_added().node(), event.node_added().user());
}

UserNo Indexer::owner_of(NodeNo node) {
  if (node.value() < owners_.size() && owners_[node.value()]) return owners_[node.value()];
  const auto row = rows_.row(state::row_key(state::RowClass::kNode, node.value()));
  const UserNo owner = row && *row ? state::owner_in_node_row(**row) : UserNo();
  if (!owner) {
    if (!unowned_) {
      unowned_ = row ? Error{ErrorCode::kCorruption,
                             fmt::format("the views' rows lack node {}", node.value())}
                     : row.error();
    }
    return {};
  }
  if (node.value() >= owners_.size()) owners_.resize(node.value() + std::size_t{1});
  return owners_[node.value()] = owner;
}

void Indexer::add(Lsn lsn, const event::Event& event) {
  learn_owner(event);
  const auto list = [this, lsn](Subject subject) {
    Addition& addition = added_[subject];
    if (addition.last == lsn) return;  // named twice
    if (addition.last) {
      append_listed(lsn, addition.last, addition.rest);
    } else {
      addition.first = lsn;
    }
    addition.last = lsn;
    ++listed_;
  };
  for_each_subject(
      event, [this](NodeNo node) { return owner_of(node); }, list);
  const GivenName given = name_given(event);
  if (!given.name.empty()) add_name(given);
}

Result<> Indexer::finish_block() {
  // Only the block of at_ may have rows that were written before.
  const bool begun_before = at_.lsn && index_block(at_.lsn) == block_;
  for (auto& [subject, addition] : added_) {
    std::string key = listing_key(subject, block_);
    std::string value;
    Lsn last;
    if (begun_before) {
      auto there = rows_.row(key);
      if (!there) return fail(there.error());
      if (there->has_value()) {
        const auto listed = decode_listing(block_, **there);
        if (!listed || listed->empty() || listed->back() > at_.lsn) {
          return fail(ErrorCode::kCorruption, "the index of the log is damaged");
        }
        last = listed->back();
        value = std::move(**there);
      }
    }
    append_listed(addition.first, last, value);
    value += addition.rest;
    writes_.emplace_back(std::move(key), std::move(value));
  }
  added_.clear();
  return {};
}

// Trims are rare, so all rows are looked at.
Result<> Indexer::drop_trimmed() {
  const std::uint64_t kept = index_block(log_.tail());
  if (kept <= dropped_) return {};
  std::vector<DerivedRow> gone;
  std::string from(kIndexBegin);
  while (true) {
    auto row = rows_.row_from(from, kListingEnd);
    if (!row) return fail(row.error());
    if (!row->has_value()) break;
    from = (*row)->first;
    if (const auto block = listing_block(from); block && *block < kept) gone.emplace_back(from, "");
    from.push_back('\0');
  }
  if (!gone.empty()) {
    if (auto written = rows_.write_rows(gone); !written) return written;
  }
  dropped_ = kept;
  return {};
}

}  // namespace mnm::ops
