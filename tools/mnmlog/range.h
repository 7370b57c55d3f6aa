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
  [[nodiscard]] std::uint64_t size() const {
    return empty() ? 0 : last.value() - first.value() + 1;
  }
};

// A number, or a message's id. kUsage.
[[nodiscard]] Result<Lsn> parse_lsn(const std::string& text);

// The whole log when `text` is empty. A bare LSN is that one event; any other bare X is X.. to the
// end. Times are searched by bisection, since events come in the order of time but where the clock
// was set back; X at a time is the first event at or after it, Y the last before it. kUsage when it
// isn't a range.
[[nodiscard]] Result<Range> resolve_range(std::string_view text, const log::Reader& reader,
                                          const log::Position& durable, tools::Zone zone);

// A moment, given as any side of a range: the last LSN that is part of it. At a time: the last
// event before it. kNegative beyond the log's end.
[[nodiscard]] Result<Lsn> resolve_moment(std::string_view text, const log::Reader& reader,
                                         const log::Position& durable, tools::Zone zone);
// Two of them; the second may be a duration, counted from the first.
struct Moments {
  Lsn from;
  Lsn to;
};
[[nodiscard]] Result<Moments> resolve_moments(std::string_view from, std::string_view to,
                                              const log::Reader& reader,
                                              const log::Position& durable, tools::Zone zone);
// "@2026-01-02T03:04", "@-2h", "@now", "@today", "@yesterday". kUsage when it is no time.
[[nodiscard]] Result<std::uint64_t> parse_when(std::string_view text, tools::Zone zone);
// The first event at or after a time; the LSN after the end when all are earlier.
[[nodiscard]] Result<Lsn> first_at_or_after(std::uint64_t time_ns, const log::Reader& reader,
                                            const log::Position& durable);

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
