// Unsigned numbers in as many octets as the largest of them takes: what there are millions of.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mnm {

inline constexpr std::size_t kOctetsMax = sizeof(std::uint64_t);

// How many octets hold every number up to `most`; 0 for 0.
[[nodiscard]] constexpr unsigned octets_for(std::uint64_t most) {
  return (static_cast<unsigned>(std::bit_width(most)) + 7) / 8;
}
// The largest number that so many octets hold.
[[nodiscard]] constexpr std::uint64_t most_in(unsigned octets) {
  return octets == 0 ? 0 : ~std::uint64_t{0} >> (64 - 8 * octets);
}

// The number in the `octets` (1 to 8) before `end`. The 8 before it can be read, whatever they are.
[[nodiscard]] inline std::uint64_t load_before(const std::byte* end, unsigned octets) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t number = 0;
  std::memcpy(&number, end - kOctetsMax, kOctetsMax);
  return number >> (64 - 8 * octets);
}
// Puts it there; those before them stay as they are.
inline void store_before(std::byte* end, unsigned octets, std::uint64_t number) {
  std::uint64_t all = 0;
  std::memcpy(&all, end - kOctetsMax, kOctetsMax);
  const unsigned shift = 64 - 8 * octets;
  all = number << shift | (all & ((std::uint64_t{1} << shift) - 1));
  std::memcpy(end - kOctetsMax, &all, kOctetsMax);
}

}  // namespace mnm
