// Which stretch of the log: X..Y, an LSN, times, durations, the end, a cursor.
//
// Main thread.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "common/duration.h"
#include "log/log.h"

namespace mnm::mnmlog {

// Both inclusive; empty when first > last.
struct Range {
  Lsn first;
  Lsn last;
  [[nodiscard]] bool contains(Lsn lsn) const { return first <= lsn && lsn <= last; }
  [[nodiscard]] bool empty() const { return first > last; }
};

// The whole log when `text` is empty. A bare LSN is that one event; any other bare X is X.. to the
// end. Times are searched by bisection, since events come in the order of time but where the clock
// was set back; X at a time is the first event at or after it, Y the last before it. kUsage when it
// isn't a range.
[[nodiscard]] Result<Range> resolve_range(std::string_view text, const log::Reader& reader,
                                          const log::Position& durable, tools::Zone zone);

// Where somebody stopped reading, in a file of their own: "mnm-cursor 1 EPOCH LSN".
struct Cursor {
  Epoch epoch;
  Lsn lsn;  // the last one seen
};
// kNegative when there is no such file.
[[nodiscard]] Result<Cursor> load_cursor(const std::string& path);
// Replaces the file as a whole.
[[nodiscard]] Result<> save_cursor(const std::string& path, const Cursor& cursor);

}  // namespace mnm::mnmlog
