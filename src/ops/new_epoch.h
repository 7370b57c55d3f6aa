// A new epoch, for a log that was taken back in time: a restored backup, an import, a replay to an
// earlier moment. Its relay may have gone on after that moment and given ids to what came then;
// none of them is ever given again.
//
// Any thread that owns the log and the views. Called before the relay's first start on such a log.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "event.pb.h"
#include "log/log.h"
#include "state/views.h"

namespace mnm::ops {

// Where the epoch after `head` begins: UTC in ms << 20, if that is later. So it is beyond all that
// the other future gave, as long as that had fewer than 2^20 events a millisecond, and two restores
// of one copy differ.
[[nodiscard]] Lsn first_of_new_epoch(Lsn head, std::uint64_t now_ns);

struct NewEpoch {
  log::Position previous;  // the head before
  Lsn first;               // the EpochStarted event
  log::Position head;      // now
  // Waiting messages whose rows are gone, ascending. As a rule they were purged after the moment
  // that the log was taken back to, so those who wait have had them: nobody is told that they come
  // back. Their copies end with the new epoch, else a node would wait for them for ever.
  std::vector<Lsn> lost;
};

// Ids of waiting messages that have no row, ascending. Errors: the log's.
[[nodiscard]] Result<std::vector<Lsn>> find_lost_messages(const log::Reader& log,
                                                          const state::Views& views);

// Appends the new epoch's first record. `views` are those at the head of `log`, which isn't empty,
// and move with it; `reason` is for people. `trimmed`, if given, is said once more: that of the
// base that the log begins with, when the event which said so isn't in it. kUnavailable, before
// anything is written, when the epoch can't be numbered; an error of an append is final, as ever.
[[nodiscard]] Result<NewEpoch> begin_new_epoch(log::Log& log, state::Views& views,
                                               std::uint64_t now_ns, std::string_view reason,
                                               const event::Trimmed* trimmed = nullptr);

}  // namespace mnm::ops
