// Reads the index of the log: which events are listed under subjects, in order, and whose a name
// is.
//
// One thread; the rows outlive it. kCorruption when a row is none: views/ may be deleted then.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "log/log.h"
#include "ops/derived_rows.h"
#include "ops/index_rows.h"

namespace mnm::ops {

// Through where the index goes; {} when there is none.
[[nodiscard]] Result<log::Position> index_position(const DerivedRows& rows);
// None when nobody has or had it.
[[nodiscard]] Result<std::uint32_t> find_given(const DerivedRows& rows, GivenName::Kind kind,
                                               std::string_view name);

// The LSNs under one subject.
class Listing {
 public:
  Listing(const DerivedRows& rows, Subject subject) : rows_(&rows), subject_(subject) {}

  // The first one from `lsn` on, or the last one through `lsn`; none if there is none.
  [[nodiscard]] Result<Lsn> from(Lsn lsn);
  [[nodiscard]] Result<Lsn> through(Lsn lsn);

 private:
  [[nodiscard]] Result<> hold(const std::optional<DerivedRow>& row);

  const DerivedRows* rows_;
  Subject subject_;
  std::optional<std::uint64_t> block_;  // that listed_ is of
  std::vector<Lsn> listed_;
};

// The LSNs under any of several subjects, ascending or descending, each once. More may join on the
// way.
class MergedListing {
 public:
  enum class Order : std::uint8_t { kAscending, kDescending };
  MergedListing(const DerivedRows& rows, Order order) : rows_(rows), order_(order) {}

  // Its LSNs from `start` on, in the order of the listing.
  [[nodiscard]] Result<> add(Subject subject, Lsn start);
  // No more of it, but for what the others list too.
  void end(Subject subject);
  // None at the end.
  [[nodiscard]] Result<Lsn> next();

 private:
  struct Head {
    Lsn lsn;
    std::size_t listing = 0;
  };

  [[nodiscard]] Result<> push(std::size_t listing, Lsn start);
  [[nodiscard]] bool comes_later(const Head& a, const Head& b) const {
    return order_ == Order::kAscending ? a.lsn > b.lsn : a.lsn < b.lsn;
  }

  const DerivedRows& rows_;
  const Order order_;
  std::vector<std::optional<Listing>> listings_;  // none: ended
  std::map<Subject, std::size_t> places_;         // in listings_
  std::vector<Head> heads_;                       // a heap: the next one first
};

}  // namespace mnm::ops
