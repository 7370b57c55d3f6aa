// A thread that does something again and again, each time when it asked to: for what happens by
// time.
//
// start() and stop() belong to one owner; the work runs on the thread alone.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace mnm::daemon {

class Periodic {
 public:
  using Clock = std::chrono::steady_clock;
  // Does what is due at `now`; returns when it is due again.
  using Step = std::function<Clock::time_point(Clock::time_point now)>;

  explicit Periodic(Step step) : step_(std::move(step)) {}
  ~Periodic() { stop(); }
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

  // The first step comes at once.
  void start();
  // After the step that is running.
  void stop();

 private:
  void run();

  const Step step_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mnm::daemon
