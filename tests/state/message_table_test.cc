// The table of messages does what a map does.
#include "state/message_table.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

namespace mnm::state {
namespace {

Message of_bytes(std::uint32_t bytes) { return {.copies = 1, .row_bytes = bytes}; }

using Model = std::map<std::uint64_t, std::uint32_t>;

Model content(const MessageTable& table) {
  Model all;
  table.for_each([&all](Lsn id, const Message& message) { all[id.value()] = message.row_bytes; });
  return all;
}

TEST(MessageTable, TakesThemInAscendingOrderEachOnce) {
  MessageTable table;
  EXPECT_EQ(table.find(Lsn(1)), nullptr);
  EXPECT_TRUE(table.put(Lsn(5), of_bytes(50)));
  EXPECT_FALSE(table.put(Lsn(5), of_bytes(51)));
  EXPECT_FALSE(table.put(Lsn(4), of_bytes(40)));
  EXPECT_TRUE(table.put(Lsn(9), of_bytes(90)));
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.find(Lsn(5))->row_bytes, 50U);
  EXPECT_EQ(table.find(Lsn(4)), nullptr);
  EXPECT_EQ(table.find(Lsn(6)), nullptr);
  EXPECT_EQ(table.find(Lsn(10)), nullptr);
  table.erase(Lsn(5));
  EXPECT_EQ(table.find(Lsn(5)), nullptr);
  EXPECT_EQ(content(table), (Model{{9, 90}}));
  EXPECT_EQ(table.last(), Lsn(9));
}

TEST(MessageTable, OfAPartTakesThemInAnyOrderAndForgetsTheOld) {
  MessageTable table;
  table.become_part();
  for (const std::uint64_t id : {7, 3, 9, 1}) {
    EXPECT_TRUE(table.put(Lsn(id), of_bytes(static_cast<std::uint32_t>(id))));
  }
  EXPECT_FALSE(table.put(Lsn(3), of_bytes(0)));
  table.erase(Lsn(7));
  table.forget_until(Lsn(3));
  EXPECT_EQ(content(table), (Model{{9, 9}}));
  EXPECT_EQ(table.size(), 1U);
}

TEST(MessageTable, OfAPartForgetsManyAndKeepsTheFew) {
  MessageTable table;
  table.become_part();
  constexpr std::uint64_t kMany = 500'000;
  for (std::uint64_t id = 1; id <= kMany; ++id) table.put(Lsn(id), of_bytes(7));
  table.forget_until(Lsn(kMany - 2));
  EXPECT_EQ(content(table), (Model{{kMany - 1, 7}, {kMany, 7}}));
}

TEST(MessageTableDeathTest, EndsTheProgramForOneThatIsntThere) {
  MessageTable table;
  table.put(Lsn(5), of_bytes(50));
  EXPECT_DEATH(table.erase(Lsn(4)), "isn't there");
  table.put(Lsn(6), of_bytes(60));
  table.put(Lsn(7), of_bytes(70));
  table.erase(Lsn(6));
  EXPECT_DEATH(table.erase(Lsn(6)), "isn't there");
}

// How messages go: the oldest first, or the newest, or any.
TEST(MessageTable, DoesWhatAMapDoes) {
  const bool held = rc::check("puts and erasures in any order", [] {
    MessageTable table;
    Model model;
    std::uint64_t last = 0;
    for (unsigned round = *rc::gen::inRange(1U, 6U); round > 0; --round) {
      for (unsigned left = *rc::gen::inRange(0U, 900U); left > 0; --left) {
        last += 1 + last % 3;
        RC_ASSERT(table.put(Lsn(last), of_bytes(static_cast<std::uint32_t>(last))));
        model[last] = static_cast<std::uint32_t>(last);
      }
      const unsigned order = *rc::gen::inRange(0U, 3U);
      for (unsigned left = *rc::gen::inRange(0U, 1000U); left > 0 && !model.empty(); --left) {
        auto at = order == 0 ? model.begin() : std::prev(model.end());
        if (order == 2) {
          at = model.lower_bound(*rc::gen::inRange<std::uint64_t>(1, last + 1));
          if (at == model.end()) continue;
        }
        table.erase(Lsn(at->first));
        RC_ASSERT(table.find(Lsn(at->first)) == nullptr);
        model.erase(at);
      }
      RC_ASSERT(content(table) == model);
      RC_ASSERT(table.size() == model.size());
      for (const auto& [id, bytes] : model) RC_ASSERT(table.find(Lsn(id))->row_bytes == bytes);
    }
    const MessageTable copy = table;
    RC_ASSERT(content(copy) == model);
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace mnm::state
