#include "daemon/periodic.h"

namespace mnm::daemon {

void Periodic::start() {
  thread_ = std::thread([this] { run(); });
}

void Periodic::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Periodic::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const auto due = step_(Clock::now());
    lock.lock();
    wake_.wait_until(lock, due, [this] { return stopping_; });
  }
}

}  // namespace mnm::daemon
