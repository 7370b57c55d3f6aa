// Numbers that one thread counts and others read: what a scrape of /metrics shows of the hot path.
//
// Counting is a plain addition: each counter has one writer, so no locked instruction is needed. A
// reader may see one counter a moment before another.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace mnm::daemon {

class Count {
 public:
  // The counter's one thread.
  void add(std::uint64_t more) {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  void take(std::uint64_t less) {
    const std::uint64_t now = value_.load(std::memory_order_relaxed);
    value_.store(now > less ? now - less : 0, std::memory_order_relaxed);
  }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  // Any thread.
  [[nodiscard]] std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

// How often a value was within each of a row of bounds that double.
template <std::size_t kBounds>
class Histogram {
 public:
  explicit Histogram(std::uint64_t first_bound) : first_bound_(first_bound) {}

  void add(std::uint64_t value) {
    std::size_t i = 0;
    while (i < kBounds && value > bound(i)) ++i;
    counts_[i].add(1);
    sum_.add(value);
  }
  // Inclusive.
  [[nodiscard]] std::uint64_t bound(std::size_t i) const { return first_bound_ << i; }
  // Values within bound i and not within a lower one; i = kBounds: beyond all of them.
  [[nodiscard]] std::uint64_t count(std::size_t i) const { return counts_.at(i).get(); }
  [[nodiscard]] std::uint64_t sum() const { return sum_.get(); }
  [[nodiscard]] static constexpr std::size_t bounds() { return kBounds; }

 private:
  const std::uint64_t first_bound_;
  std::array<Count, kBounds + 1> counts_;
  Count sum_;
};

}  // namespace mnm::daemon
