#include "base/octets.h"

#include <gtest/gtest.h>

#include <array>

namespace mnm {
namespace {

TEST(Octets, AreAsManyAsTheNumberTakes) {
  EXPECT_EQ(octets_for(0), 0U);
  EXPECT_EQ(most_in(0), 0U);
  for (unsigned octets = 1; octets <= kOctetsMax; ++octets) {
    EXPECT_EQ(octets_for(most_in(octets)), octets);
    EXPECT_EQ(octets_for(most_in(octets - 1) + 1), octets);
  }
}

TEST(Octets, AreStoredBetweenOthersThatStayAsTheyAre) {
  for (unsigned octets = 1; octets <= kOctetsMax; ++octets) {
    std::array<std::byte, 3 * kOctetsMax> memory;
    memory.fill(std::byte{0xa5});
    std::byte* const end = memory.data() + 2 * kOctetsMax;
    for (const std::uint64_t number : {most_in(octets), std::uint64_t{0}, most_in(octets) / 3}) {
      store_before(end, octets, number);
      EXPECT_EQ(load_before(end, octets), number);
      EXPECT_EQ(load_before(end - octets, 8), 0xa5a5a5a5a5a5a5a5);
      EXPECT_EQ(load_before(end + kOctetsMax, 8), 0xa5a5a5a5a5a5a5a5);
    }
  }
}

}  // namespace
}  // namespace mnm
