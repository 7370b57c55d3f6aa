// How far a long walk is, how fast, and how long it still takes: on standard error, and only when
// that is a terminal.
//
// One thread. Gone from the terminal when it goes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace mnm::tools {

class Progress {
 public:
  // Counts from `first` to `last`, both inclusive, in units that `unit` names ("LSN").
  Progress(std::string unit, std::uint64_t first, std::uint64_t last);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // Cheap: looks at the clock once in 1,024 calls.
  void at(std::uint64_t number) {
    if (on_ && ++calls_ % 1024 == 0) show(number);
  }
  // "LSN 500 of 1000, 50 %, 1.20 M/s, 1:05 left"; `seconds` are those taken so far.
  [[nodiscard]] std::string line(std::uint64_t number, double seconds) const;

 private:
  using Clock = std::chrono::steady_clock;
  void show(std::uint64_t number);

  const bool on_;
  const std::string unit_;
  const std::uint64_t first_;
  const std::uint64_t last_;
  const Clock::time_point begin_ = Clock::now();
  Clock::time_point shown_at_ = begin_;
  bool shown_ = false;
  std::uint64_t calls_ = 0;
};

}  // namespace mnm::tools
