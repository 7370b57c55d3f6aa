#include "base/rare.h"

#include <gtest/gtest.h>

#include <vector>

namespace mnm {
namespace {

using Numbers = std::vector<int>;

TEST(Rare, IsTheDefaultUntilItIsOwned) {
  Rare<Numbers> numbers;
  EXPECT_TRUE(numbers->empty());
  numbers.own().push_back(1);
  EXPECT_EQ(*numbers, Numbers{1});
  static_assert(sizeof(numbers) == sizeof(void*));
}

TEST(Rare, IsCopiedAsAValue) {
  Rare<Numbers> numbers(Numbers{1, 2});
  const Rare<Numbers> copy = numbers;
  numbers.own().push_back(3);
  EXPECT_EQ(*copy, (Numbers{1, 2}));
  numbers = copy;
  EXPECT_EQ(numbers, copy);
}

TEST(Rare, OfTheDefaultIsEqualToNone) {
  Rare<Numbers> numbers;
  numbers.own().push_back(1);
  numbers.own().clear();
  EXPECT_EQ(numbers, Rare<Numbers>());
  numbers.settle();
  EXPECT_EQ(numbers, Rare<Numbers>(Numbers()));
}

}  // namespace
}  // namespace mnm
