// The one replay loop: events from a log, in order, into views. Server, projector, tools and tests
// all use it.
//
// Any thread that owns the views.
#pragma once

#include <functional>

#include "base/error.h"
#include "event.pb.h"
#include "log/log.h"
#include "state/views.h"

namespace mnm::ops {

// Parses one event of a record. kUnknownFormat for a newer schema, kCorruption when it isn't an
// event.
[[nodiscard]] Result<> parse_event(Lsn lsn, std::string_view bytes, event::Event& event);

// Called before each event is folded. Returning false stops the replay there.
using EventVisitor = std::function<bool(Lsn lsn, const event::Event& event)>;

// Folds all events after views.applied() that are durable and not beyond `through` (none: all).
// Purges and queued entries of `changes` are cleared as it goes. Returns the position of the last
// record read. kCorruption when the events right after views.applied() are missing.
[[nodiscard]] Result<log::Position> replay(const log::Reader& reader, Lsn through,
                                           state::Views& views, state::Changes& changes,
                                           const EventVisitor& visit = {});

}  // namespace mnm::ops
