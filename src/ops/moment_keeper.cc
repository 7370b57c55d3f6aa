#include "ops/moment_keeper.h"

#include <glog/logging.h>

#include <algorithm>

namespace mnm::ops {
namespace {

// A fold to any moment is at most this part of one from there to the end.
constexpr std::uint64_t kShare = 8;

}  // namespace

void MomentKeeper::offer(WholeViews& views, const log::Position& at) {
  if (!listed_) {
    auto kept = moments_.list();
    if (!kept) return;
    kept_ = std::move(*kept);
    if (!kept_.empty()) octets_ = moments_.octets(kept_.back());
    listed_ = true;
  }
  forget_trimmed();
  if (!is_due(at.lsn) || (options_.has_room && !options_.has_room())) return;
  if (auto done = keep(views, at); !done) {
    tried_ = at.lsn;
    LOG(WARNING) << "no moment is kept: " << done.error().text
                 << ". Looking at an old state takes longer; nothing is lost";
  }
}

void MomentKeeper::forget_trimmed() {
  const Lsn tail = log_.tail();
  if (kept_.empty() || kept_.front() >= tail) return;
  if (auto removed = moments_.remove_before(tail); !removed) {
    LOG(WARNING) << removed.error().text << "; it is tried again";
    return;
  }
  std::erase_if(kept_, [tail](Lsn kept) { return kept < tail; });
}

bool MomentKeeper::is_due(Lsn applied) const {
  // Those beyond are of this log too, while its views are made anew from the first event.
  const auto after = std::ranges::upper_bound(kept_, applied);
  const Lsn last = std::max({after == kept_.begin() ? Lsn() : *(after - 1), tried_, log_.tail()});
  return applied >= last + std::max(options_.events_min, octets_ / options_.octets_an_event);
}

Result<> MomentKeeper::keep(WholeViews& views, const log::Position& at) {
  if (auto written = moments_.write(views, at, {}); !written) return fail(written.error());
  octets_ = moments_.octets(at.lsn);
  kept_.insert(std::ranges::upper_bound(kept_, at.lsn), at.lsn);
  for (const Lsn lsn : moments_to_forget(kept_, log_.tail(), kept_.back())) {
    if (auto removed = moments_.remove(lsn); !removed) return removed;
    std::erase(kept_, lsn);
  }
  return {};
}

Result<> fold_keeping_moments(MomentKeeper& keeper, const state::Views& views, Lsn end,
                              const FoldThrough& fold) {
  constexpr std::uint64_t kStepEvents = 65'536;
  while (views.applied() < end) {
    Result<log::Position> at = fold(std::min(end, views.applied() + kStepEvents));
    if (at && at->lsn > views.applied()) at = fold(at->lsn);  // the rest of a record
    if (!at) return fail(at.error());
    ViewsInMemory in_memory(views);
    keeper.offer(in_memory, *at);
  }
  return {};
}

std::vector<Lsn> moments_to_forget(const std::vector<Lsn>& moments, Lsn tail, Lsn end) {
  std::vector<Lsn> forgotten;
  Lsn before = tail;
  for (std::size_t i = 0; i + 1 < moments.size(); ++i) {
    const Lsn after = moments[i + 1];
    const std::uint64_t gap = after.value() - before.value();
    if (gap * kShare <= end.value() - after.value()) {
      forgotten.push_back(moments[i]);
    } else {
      before = moments[i];
    }
  }
  return forgotten;
}

}  // namespace mnm::ops
