#include "ops/projector.h"

#include <glog/logging.h>
#include <pthread.h>

#include <algorithm>

#include "base/priority.h"
#include "ops/replay.h"

namespace mnm::ops {

Projector::Projector(const log::Reader& log, Checkpoint& checkpoint, Restored restored,
                     const Options& options)
    : log_(log),
      checkpoint_(checkpoint),
      indexer_(log_, checkpoint.row_store(), options.events_max),
      views_(std::move(restored.views)),
      at_(restored.at),
      unsaved_(std::move(restored.unsaved)),
      is_saved_(!unsaved_.track && !unsaved_.everything),
      options_(options) {
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
  } while (views_.applied() < log_.durable().lsn);
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

// Up to the end of a record, so that the views have a position.
Result<> Projector::fold_some() {
  const Lsn durable = log_.durable().lsn;
  if (durable == views_.applied()) return {};
  Lsn through = views_.applied() + options_.events_max;
  if (through < durable) {
    const auto record = log_.scan(through)->next();
    if (!record) return fail(record.error());
    if (record->has_value()) through = (*record)->last();
  }
  EventVisitor visit;
  if (options_.seen) {
    visit = [this](Lsn lsn, const event::Event& event) {
      options_.seen(lsn, event);
      return true;
    };
  }
  const auto position = replay(log_, through, views_, unsaved_, visit);
  is_saved_ = false;
  if (!position) return fail(position.error());
  at_ = *position;
  return {};
}

Result<> Projector::save() {
  if (is_saved_) return {};
  if (auto written = checkpoint_.write(views_, unsaved_, at_); !written) return written;
  unsaved_ = state::Changes{.track = true};
  is_saved_ = true;
  if (options_.saved) options_.saved(views_, at_);
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
