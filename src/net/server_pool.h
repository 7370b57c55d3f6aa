// A few threads for what waits for the disk: reading cold messages and file bodies, writing
// uploads.
//
// submit() from any thread. The queue needs no bound of its own: a session has at most one read and
// one write on their way.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mnm::net {

class WorkerPool {
 public:
  // `name` shows in top and gdb; at most 15 characters.
  WorkerPool(const char* name, std::size_t threads);
  // Finishes what was submitted.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void submit(std::function<void()> job);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mnm::net
