#include "ops/projector.h"

#include <glog/logging.h>

#include "ops/replay.h"

namespace mnm::ops {

Projector::Projector(const log::Reader& log, Checkpoint& checkpoint, state::Views views,
                     Options options)
    : log_(log), checkpoint_(checkpoint), views_(std::move(views)), options_(options) {}

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

Result<> Projector::step() {
  if (log_.durable().lsn == views_.applied()) return {};
  state::Changes changes{.track = true};
  const auto position = replay(log_, Lsn(), views_, changes);
  if (!position) return fail(position.error());
  return checkpoint_.write(views_, changes, *position);
}

void Projector::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait_for(lock, options_.interval, [this] { return stopping_; });
    const bool last = stopping_;
    lock.unlock();
    if (auto stepped = step(); !stepped) {
      // Derived data: the relay goes on without it, and the next start rebuilds it.
      LOG(ERROR) << "no more checkpoints in this run: " << stepped.error().text;
      return;
    }
    if (last) return;
    lock.lock();
  }
}

}  // namespace mnm::ops
