// Giving up old events: what would go, and the base that takes their place. The events themselves
// go with a Trim command, once the base is durable.
//
//   1 plan: whole records at the front, before a moment, never the last one
//   2 the views there, folded from the base before, are written as the new base, and synced
//   3 a Trimmed event is appended that names the base's hash; then the engine trims the log
//   4 the base before is removed
//
// A crash after any step leaves a log that starts: until 3 nothing has changed but that there is a
// base more, and after it a start trims before anything else. Any thread but the engine's.
#pragma once

#include <functional>
#include <optional>

#include "base/error.h"
#include "event.pb.h"
#include "log/log.h"
#include "ops/base.h"

namespace mnm::ops {

struct TrimPlan {
  log::Position through;  // the last record that goes ends here
  Lsn first;              // the oldest event
  std::uint64_t events = 0;
  std::uint64_t records = 0;
  std::uint64_t octets = 0;     // of the records as stored
  std::uint64_t oldest_ns = 0;  // of the first event and the last one
  std::uint64_t newest_ns = 0;
};

// Whether to give up; asked now and then.
using Stopping = std::function<bool()>;

// What goes when all records wholly below `before` do; none when there is nothing. Reads all of
// them. Errors: the log's; kInterrupted.
[[nodiscard]] Result<std::optional<TrimPlan>> plan_trim(const log::Reader& log, Lsn before,
                                                        const Stopping& stopping = {});

// Makes the plan's base durable. Says what the Trimmed event is to say, but for the reason. Takes
// the memory of the views once more.
[[nodiscard]] Result<event::Trimmed> make_base(const log::Reader& log, const Bases& bases,
                                               const TrimPlan& plan, const Stopping& stopping = {});

// The first LSN whose event is of `time_ns` or later, as far as the events' times ascend; one after
// the end when all are earlier.
[[nodiscard]] Result<Lsn> first_at_or_after(const log::Reader& log, std::uint64_t time_ns);

}  // namespace mnm::ops
