#include "log/body_remover.h"

#include <glog/logging.h>

#include "base/canary.h"

namespace mnm::log {

BodyRemover::BodyRemover(BodyStore& bodies) : bodies_(bodies), thread_([this] { run(); }) {}

BodyRemover::~BodyRemover() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BodyRemover::add(BodyFile file) {
  {
    const std::scoped_lock lock(mutex_);
    queue_.push_back(file);
  }
  changed_.notify_all();
}

Result<void> BodyRemover::drain() {
  std::unique_lock lock(mutex_);
  queue_.insert(queue_.end(), failed_.begin(), failed_.end());
  failed_.clear();
  changed_.notify_all();
  changed_.wait(lock, [&] { return queue_.empty(); });
  if (failed_.empty()) return {};
  return fail(error_);
}

void BodyRemover::pause() {
  std::unique_lock lock(mutex_);
  paused_ = true;
  changed_.wait(lock, [&] { return !removing_; });
}

void BodyRemover::resume() {
  {
    const std::scoped_lock lock(mutex_);
    paused_ = false;
  }
  changed_.notify_all();
}

void BodyRemover::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stop_ || (!paused_ && !queue_.empty()); });
    if (queue_.empty()) return;
    const BodyFile file = queue_.front();
    removing_ = true;
    lock.unlock();
    Result<void> removed;
    if (!MNM_CANARY("body-stays")) removed = bodies_.remove(file);
    if (!removed) LOG(ERROR) << removed.error().text << "; the next scrub tries again";
    lock.lock();
    if (!removed) {
      if (failed_.empty()) error_ = std::move(removed.error());
      failed_.push_back(file);
    }
    queue_.pop_front();
    removing_ = false;
    if (queue_.empty() || paused_) changed_.notify_all();
  }
}

}  // namespace mnm::log
