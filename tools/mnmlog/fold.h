// Folding a log that may be damaged. The views treat an event that doesn't fit what came before as
// a bug, and end the process; for an inspector it is a finding about the data.
//
// Main thread, one fold at a time.
#pragma once

#include "ops/replay.h"

namespace mnm::mnmlog {

// From now on a failed CHECK inside fold() ends the process with the exit code for corruption and
// the LSN of the event. Others abort, as ever.
void report_impossible_events();

// ops::replay; `changes`, if given, gathers what was touched. Also stops, with kInterrupted, at a
// signal.
[[nodiscard]] Result<log::Position> fold(const log::Reader& reader, Lsn through,
                                         state::Views& views, const ops::EventVisitor& visit = {},
                                         state::Changes* changes = nullptr);

}  // namespace mnm::mnmlog
