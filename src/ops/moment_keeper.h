// Decides which moments are kept: the last ones densely, older ones ever further apart, so that the
// fold from one to any moment is short beside the time that has passed since, and their number
// grows with the logarithm of the log.
//
// One thread: the projector's.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/ids.h"
#include "log/log.h"
#include "ops/base.h"
#include "state/views.h"

namespace mnm::ops {

class MomentKeeper {
 public:
  struct Options {
    // Between two moments: at least so many, and one for so many octets that the last one takes,
    // so that moments take about as much room as the events between them.
    std::uint64_t events_min = std::uint64_t{1} << 19;
    std::uint64_t octets_an_event = 64;
    // Whether the disk has room for more. Null: always.
    std::function<bool()> has_room;
  };
  // The log outlives it.
  MomentKeeper(const log::Reader& log, Bases moments, Options options)
      : log_(log), moments_(std::move(moments)), options_(std::move(options)) {}

  // Keeps the views, which are at `at`, if it is time to; forgets those that are too many, and
  // those that the log has forgotten. What fails is told to the program's log and tried again when
  // the next one is due.
  void offer(WholeViews& views, const log::Position& at);

 private:
  void forget_trimmed();
  [[nodiscard]] bool is_due(Lsn applied) const;
  [[nodiscard]] Result<> keep(WholeViews& views, const log::Position& at);

  const log::Reader& log_;
  const Bases moments_;
  const Options options_;
  bool listed_ = false;
  std::vector<Lsn> kept_;     // ascending, once listed
  std::uint64_t octets_ = 0;  // of the last one written
  Lsn tried_;                 // the last attempt that failed
};

// Folds through `end`, where a record ends, and keeps moments on the way: for a log that was copied
// without any. `fold` folds into `views` through the LSN that it is given, as ops::replay does.
using FoldThrough = std::function<Result<log::Position>(Lsn through)>;
[[nodiscard]] Result<> fold_keeping_moments(MomentKeeper& keeper, const state::Views& views,
                                            Lsn end, const FoldThrough& fold);

// Of moments, ascending, of a log from `tail` to `end`: those that can go, because the stretch
// without one would still be short beside the events after it.
[[nodiscard]] std::vector<Lsn> moments_to_forget(const std::vector<Lsn>& moments, Lsn tail,
                                                 Lsn end);

}  // namespace mnm::ops
