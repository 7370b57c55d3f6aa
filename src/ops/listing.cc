#include "ops/listing.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/codec.h"

namespace mnm::ops {
namespace {

Error damaged() {
  return {
      ErrorCode::kCorruption,
      "the index of the log is damaged; it is derived: stop the relay, delete the folder views/ "
      "in its data directory, start it"};
}

}  // namespace

Result<log::Position> index_position(const DerivedRows& rows) {
  const auto meta = rows.row(kIndexMetaKey);
  if (!meta) return fail(meta.error());
  return *meta ? decode_index_meta(**meta) : log::Position{};
}

Result<std::uint32_t> find_given(const DerivedRows& rows, GivenName::Kind kind,
                                 std::string_view name) {
  const auto row = rows.row(name_key(kind, name));
  if (!row) return fail(row.error());
  if (!*row) return 0U;
  Decoder decoder(**row);
  const std::uint64_t number = decoder.varint();
  if (!decoder.done() || number > std::numeric_limits<std::uint32_t>::max()) return fail(damaged());
  return static_cast<std::uint32_t>(number);
}

Result<> Listing::hold(const std::optional<DerivedRow>& row) {
  block_.reset();
  listed_.clear();
  if (!row) return {};
  const auto block = listing_block(row->first);
  if (!block) return fail(damaged());
  auto listed = decode_listing(*block, row->second);
  if (!listed || listed->empty()) return fail(damaged());
  block_ = block;
  listed_ = std::move(*listed);
  return {};
}

Result<Lsn> Listing::from(Lsn lsn) {
  if (!block_ || *block_ != index_block(lsn) || listed_.back() < lsn) {
    // Beyond what is held: there may be a later row.
    const bool past = block_ && *block_ == index_block(lsn);
    const auto row = rows_->row_from(listing_key(subject_, index_block(lsn) + (past ? 1 : 0)),
                                     listing_key(subject_, ~std::uint64_t{0}));
    if (!row) return fail(row.error());
    if (auto held = hold(*row); !held) return fail(held.error());
    if (!*row) return Lsn();
    if (listed_.back() < lsn) return from(lsn);
  }
  return *std::ranges::lower_bound(listed_, lsn);
}

Result<Lsn> Listing::through(Lsn lsn) {
  if (!block_ || *block_ != index_block(lsn) || listed_.front() > lsn) {
    const bool past = block_ && *block_ == index_block(lsn);
    if (past && *block_ == 0) return Lsn();
    const auto row = rows_->row_through(listing_key(subject_, index_block(lsn) - (past ? 1 : 0)),
                                        listing_key(subject_, 0));
    if (!row) return fail(row.error());
    if (auto held = hold(*row); !held) return fail(held.error());
    if (!*row) return Lsn();
    if (listed_.front() > lsn) return through(lsn);
  }
  return *std::prev(std::ranges::upper_bound(listed_, lsn));
}

Result<> MergedListing::push(std::size_t listing, Lsn start) {
  std::optional<Listing>& list = listings_[listing];
  if (!start || !list) return {};
  const auto lsn = order_ == Order::kAscending ? list->from(start) : list->through(start);
  if (!lsn) return fail(lsn.error());
  if (!*lsn) return {};
  heads_.push_back({*lsn, listing});
  std::ranges::push_heap(heads_, [this](auto& a, auto& b) { return comes_later(a, b); });
  return {};
}

Result<> MergedListing::add(Subject subject, Lsn start) {
  if (!places_.emplace(subject, listings_.size()).second) return {};
  listings_.emplace_back(std::in_place, rows_, subject);
  return push(listings_.size() - 1, start);
}

void MergedListing::end(Subject subject) {
  const auto place = places_.find(subject);
  if (place == places_.end()) return;
  listings_[place->second].reset();
  std::erase_if(heads_, [&](const Head& head) { return head.listing == place->second; });
  std::ranges::make_heap(heads_, [this](auto& a, auto& b) { return comes_later(a, b); });
}

Result<Lsn> MergedListing::next() {
  if (heads_.empty()) return Lsn();
  const Lsn lsn = heads_.front().lsn;
  while (!heads_.empty() && heads_.front().lsn == lsn) {
    std::ranges::pop_heap(heads_, [this](auto& a, auto& b) { return comes_later(a, b); });
    const std::size_t listing = heads_.back().listing;
    heads_.pop_back();
    const Lsn start = order_ == Order::kAscending ? mnm::next(lsn) : lsn - 1;
    if (auto pushed = push(listing, start); !pushed) return fail(pushed.error());
  }
  return lsn;
}

}  // namespace mnm::ops
