// Visits the events that the index of the log lists under some subjects, without those between.
//
// Main thread.
#pragma once

#include <optional>
#include <vector>

#include "log/log.h"
#include "mnmlog/source.h"
#include "mnmlog/walk.h"
#include "ops/listing.h"

namespace mnm::mnmlog {

// Reads events one by one; several of one record cost one read.
class EventReader {
 public:
  explicit EventReader(const log::Reader& reader) : reader_(reader) {}
  // Valid until the next call. kNegative when it isn't kept.
  [[nodiscard]] Result<EventView> read(Lsn lsn);
  // The record that the last one is in.
  [[nodiscard]] const log::Record& record() const { return *record_; }

 private:
  const log::Reader& reader_;
  std::optional<log::Record> record_;
  event::Event event_;
};

// Those of `range` under any of `subjects`, and, as the index may lag, all that isn't indexed yet.
// As walk_forward, or walk_backward; and those, where there is no index.
[[nodiscard]] Result<> walk_listed(Source& source, const std::vector<ops::Subject>& subjects,
                                   const Range& range, ops::MergedListing::Order order,
                                   const EventVisit& visit);

}  // namespace mnm::mnmlog
