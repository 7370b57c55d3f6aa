#include "mnmbench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mnm::bench {

std::size_t Histogram::bucket_of(std::uint64_t ns) {
  if (ns < (1U << kSubBits)) return ns;
  const unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - kSubBits - 1;
  return (std::size_t{shift} << kSubBits) + (ns >> shift);
}

std::uint64_t Histogram::end_of(std::size_t bucket) {
  if (bucket < (2U << kSubBits)) return bucket;
  const std::size_t shift = (bucket >> kSubBits) - 1;
  const std::uint64_t mantissa = bucket - (shift << kSubBits);
  return ((mantissa + 1) << shift) - 1;
}

void Histogram::add(std::uint64_t ns) {
  ++buckets_.at(bucket_of(ns));
  ++count_;
  max_ns_ = std::max(max_ns_, ns);
}

std::uint64_t Histogram::quantile_ns(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets && wanted > 0; ++i) {
    seen += buckets_.at(i);
    if (seen >= wanted) return std::min(end_of(i), max_ns_);
  }
  return 0;
}

}  // namespace mnm::bench
