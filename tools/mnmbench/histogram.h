// How often durations of each size came: 32 buckets for each power of two, so that a quantile is
// within 3 % of the true one. Fixed memory, one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mnm::bench {

class Histogram {
 public:
  void add(std::uint64_t ns);
  void clear() { *this = {}; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t max_ns() const { return max_ns_; }
  // The least duration that `share` (0..1) of all don't exceed, rounded up to its bucket's end; 0
  // when there is none.
  [[nodiscard]] std::uint64_t quantile_ns(double share) const;

 private:
  static constexpr unsigned kSubBits = 5;
  static constexpr std::size_t kBuckets = (64 - kSubBits + 1) << kSubBits;
  [[nodiscard]] static std::size_t bucket_of(std::uint64_t ns);
  [[nodiscard]] static std::uint64_t end_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ns_ = 0;
};

}  // namespace mnm::bench
