// How far a long command is, on a terminal: a line on standard error that is gone when it ends.
//
// Main thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace mnm::mnmctl {

class ProgressLine {
 public:
  explicit ProgressLine(std::string what);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  // So many octets of `all`.
  void at(std::uint64_t done, std::uint64_t all);

 private:
  using Clock = std::chrono::steady_clock;

  const std::string what_;
  const bool on_;
  const Clock::time_point begun_ = Clock::now();
  Clock::time_point shown_at_;
  bool shown_ = false;
};

}  // namespace mnm::mnmctl
