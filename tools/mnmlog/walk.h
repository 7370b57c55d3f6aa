// Visits the events of a range, forwards or backwards.
//
// Main thread.
#pragma once

#include <functional>

#include "log/log.h"
#include "mnmlog/event_view.h"
#include "mnmlog/range.h"

namespace mnm::mnmlog {

// Returning false ends the walk.
using EventVisit = std::function<bool(const EventView& view)>;

// Errors: what the log's scanner finds, kUnknownFormat for an event of a later version,
// kInterrupted.
[[nodiscard]] Result<> walk_forward(const log::Reader& reader, const Range& range,
                                    const EventVisit& visit);
// walk_forward, with the records decoded ahead on another thread when there are many.
[[nodiscard]] Result<> walk_ahead(const log::Reader& reader, const Range& range,
                                  const EventVisit& visit);
[[nodiscard]] Result<> walk_backward(const log::Reader& reader, const Range& range,
                                     const EventVisit& visit);

}  // namespace mnm::mnmlog
