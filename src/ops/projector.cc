#include "ops/projector.h"

#include <glog/logging.h>
#include <pthread.h>

#include <algorithm>

#include "base/priority.h"
#include "ops/replay.h"
#include "state/stored_rows.h"

namespace mnm::ops {

Projector::Projector(const log::Reader& log, Checkpoint& checkpoint, const Restored& restored,
                     const Options& options)
    : log_(log),
      checkpoint_(checkpoint),
      indexer_(log_, checkpoint.row_store(), options.events_max),
      at_(restored.at),
      seen_(restored.at.lsn),
      options_(options) {
  if (restored.is_saved() && restored.at.lsn) return;  // begin() takes them from the checkpoint
  views_ = restored.views;
  unsaved_ = restored.unsaved;
  is_saved_ = restored.is_saved();
  unsaved_.track = !unsaved_.everything;
}

Projector::~Projector() { stop(); }

void Projector::start() {
  thread_ = std::thread([this] { run(); });
}

void Projector::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Projector::checkpoint_now(std::chrono::milliseconds within) {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++wanted_;
  wake_.notify_all();
  return done_.wait_for(lock, within, [this, mine] { return made_ >= mine; });
}

Result<> Projector::step() {
  do {
    if (auto folded = fold_some(); !folded) return folded;
    if (auto saved = save(); !saved) return saved;
  } while (at_.lsn < log_.durable().lsn);
  if (auto ready = checkpoint_.recover(); !ready) return ready;
  // A long history is indexed between checkpoints, not instead of them; nobody waits for it to
  // stop.
  const auto until = std::chrono::steady_clock::now() + options_.interval;
  auto indexed = indexer_.catch_up([&] {
    const std::scoped_lock lock(mutex_);
    return !stopping_ && std::chrono::steady_clock::now() < until;
  });
  saved_lsn_ = std::min(at_.lsn, indexer_.indexed()).value();
  return indexed;
}

// After the first start, and after rows that couldn't be read, which leave nothing to go on with.
Result<> Projector::begin() {
  const auto at = checkpoint_.position();
  if (!at) return fail(at.error());
  auto views = checkpoint_.partial();
  if (!views) return fail(views.error());
  views_ = std::move(*views);
  at_ = *at;
  unsaved_ = state::Changes{.track = true};
  is_saved_ = true;
  return {};
}

// Up to the end of a record, so that the views have a position.
Result<> Projector::fold_some() {
  if (!views_ || !views_->is_whole()) {
    if (auto ready = checkpoint_.recover(); !ready) return ready;  // it is read from
  }
  if (!views_) {
    if (auto begun = begin(); !begun) return begun;
  }
  const Lsn durable = log_.durable().lsn;
  if (durable == views_->applied()) return {};
  Lsn through = views_->applied() + options_.events_max;
  if (through < durable) {
    const auto record = log_.scan(through)->next();
    if (!record) return fail(record.error());
    if (record->has_value()) through = (*record)->last();
  }
  is_saved_ = false;
  try {
    return fold_through(through);
  } catch (const state::StoredRows::Unreadable& unreadable) {
    views_.reset();
    return fail(unreadable.error());
  }
}

Result<> Projector::fold_through(Lsn through) {
  EventVisitor visit;
  if (options_.seen) {
    visit = [this](Lsn lsn, const event::Event& event) {
      if (lsn > seen_) options_.seen(seen_ = lsn, event);
      return true;
    };
  }
  const auto position = replay(log_, through, *views_, unsaved_, visit);
  if (!position) return fail(position.error());
  at_ = *position;
  return {};
}

Result<> Projector::save() {
  if (is_saved_) return {};
  if (auto written = checkpoint_.write(*views_, unsaved_, at_); !written) return written;
  unsaved_ = state::Changes{.track = true};
  is_saved_ = true;
  if (views_->is_whole()) {
    views_.reset();
  } else {
    views_->settle();
  }
  if (options_.saved) options_.saved(checkpoint_, at_);
  return {};
}

// Derived data: the relay goes on without it, and the next start makes it up to date. So an error
// is only told, and tried again, ever more seldom.
void Projector::run() {
  (void)pthread_setname_np(pthread_self(), "mnm-projector");  // only a name
  be_nicer(5);                       // of the two it is the engine that people wait for
  constexpr int kIntervalsMax = 64;  // between two tries
  int intervals = 1;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait_for(lock, intervals * options_.interval,
                   [this] { return stopping_ || wanted_ > made_; });
    const bool last = stopping_;
    const std::uint64_t wanted = wanted_;
    lock.unlock();
    const auto stepped = step();
    if (stepped) {
      intervals = 1;
    } else {
      intervals = std::min(2 * intervals, kIntervalsMax);
      LOG(ERROR) << "no checkpoint of the views, or no index: " << stepped.error().text
                 << "; tried again in " << (intervals * options_.interval).count()
                 << " ms. Until then a start takes longer; nothing is lost";
    }
    if (last) return;
    lock.lock();
    made_ = wanted;  // also after an error, which was told: who waits sees how far it is
    done_.notify_all();
  }
}

}  // namespace mnm::ops
