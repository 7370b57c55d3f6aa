// The table of messages does what a map does.
#include "state/message_table.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

namespace mnm::state {
namespace {

Message of_bytes(std::uint32_t bytes) { return {.copies = 1, .row_bytes = bytes}; }

auto fields(const Message& message) {
  const auto& [copies, row_bytes, data_bytes, sender, at_hours, kind] = message;
  return std::tie(copies, row_bytes, data_bytes, sender, at_hours, kind);
}

struct Kept {
  Message message;
  MessageExtras extras;
  friend bool operator==(const Kept& left, const Kept& right) {
    return fields(left.message) == fields(right.message) && left.extras == right.extras;
  }
};
using Model = std::map<std::uint64_t, Kept>;

Kept kept_of_bytes(std::uint32_t bytes) { return {.message = of_bytes(bytes), .extras = {}}; }

Model content(const MessageTable& table) {
  Model all;
  table.for_each([&](Lsn id, const Message& message) {
    all[id.value()] = {message, table.extras(id)};
  });
  return all;
}

bool erase(MessageTable& table, std::uint64_t id) {
  return table.change(Lsn(id), [](Message& message, auto&) { message.copies = 0; });
}

TEST(MessageTable, TakesThemInAscendingOrderEachOnce) {
  MessageTable table;
  EXPECT_FALSE(table.find(Lsn(1)));
  EXPECT_TRUE(table.put(Lsn(5), of_bytes(50)));
  EXPECT_FALSE(table.put(Lsn(5), of_bytes(51)));
  EXPECT_FALSE(table.put(Lsn(4), of_bytes(40)));
  EXPECT_TRUE(table.put(Lsn(9), of_bytes(90)));
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.find(Lsn(5))->row_bytes, 50U);
  for (const std::uint64_t id : {4, 6, 10}) EXPECT_FALSE(table.find(Lsn(id))) << id;
  EXPECT_TRUE(erase(table, 5));
  EXPECT_FALSE(table.find(Lsn(5)));
  EXPECT_FALSE(erase(table, 5));
  EXPECT_TRUE(content(table) == (Model{{9, kept_of_bytes(90)}}));
  EXPECT_EQ(table.last(), Lsn(9));
}

TEST(MessageTable, OfAPartTakesThemInAnyOrderAndForgetsTheOld) {
  MessageTable table;
  table.become_part();
  for (const std::uint64_t id : {7, 3, 9, 1}) {
    EXPECT_TRUE(table.put(Lsn(id), of_bytes(static_cast<std::uint32_t>(id))));
  }
  EXPECT_FALSE(table.put(Lsn(3), of_bytes(0)));
  EXPECT_TRUE(erase(table, 7));
  EXPECT_FALSE(erase(table, 7));
  table.forget_until(Lsn(3));
  EXPECT_TRUE(content(table) == (Model{{9, kept_of_bytes(9)}}));
  EXPECT_EQ(table.size(), 1U);
}

TEST(MessageTable, OfAPartForgetsManyAndKeepsTheFew) {
  MessageTable table;
  table.become_part();
  constexpr std::uint64_t kMany = 500'000;
  for (std::uint64_t id = 1; id <= kMany; ++id) table.put(Lsn(id), of_bytes(7));
  table.forget_until(Lsn(kMany - 2));
  EXPECT_TRUE(content(table) == (Model{{kMany - 1, kept_of_bytes(7)}, {kMany, kept_of_bytes(7)}}));
}

// Chunks of which little is left by the time they are packed are packed together.
TEST(MessageTable, FindsWhatIsLeftOfManyChunks) {
  MessageTable table(4);
  Model model;
  constexpr std::uint64_t kMany = 10'000;
  constexpr std::uint64_t kWaits = 600;  // more than two chunks, fewer than four
  for (std::uint64_t id = 1; id <= kMany; ++id) {
    ASSERT_TRUE(table.put(Lsn(id), of_bytes(static_cast<std::uint32_t>(id))));
    model[id] = kept_of_bytes(static_cast<std::uint32_t>(id));
    if (id <= kWaits || id % 16 == 0) continue;
    ASSERT_TRUE(erase(table, id - kWaits));
    model.erase(id - kWaits);
  }
  EXPECT_TRUE(content(table) == model);
  EXPECT_EQ(table.size(), model.size());
  for (const auto& [id, kept] : model) {
    ASSERT_TRUE(table.find(Lsn(id))) << id;
    EXPECT_EQ(table.find(Lsn(id))->row_bytes, id);
  }
}

TEST(MessageTable, OfAPartForgetsTheExtrasToo) {
  MessageTable table;
  table.become_part();
  table.put(Lsn(3), of_bytes(1), {.file = {Lsn(1), 7}, .had_by = {}});
  table.put(Lsn(4), of_bytes(1), {.file = {Lsn(1), 8}, .had_by = {}});
  table.forget_until(Lsn(3));
  EXPECT_EQ(table.extras(Lsn(3)), MessageExtras());
  EXPECT_EQ(table.extras(Lsn(4)).file.serial, 8U);
  EXPECT_TRUE(table.put(Lsn(3), of_bytes(1)));
  EXPECT_EQ(table.extras(Lsn(3)), MessageExtras());
}

// A number of any size; as a rule much like the others.
std::uint64_t any_number(unsigned bits, std::uint64_t usual) {
  return *rc::gen::inRange(0U, 500U) == 0
             ? *rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << *rc::gen::inRange(0U, bits))
             : usual;
}

MessageExtras any_extras() {
  if (*rc::gen::inRange(0U, 100U) > 0) return {};
  return {.file = {Lsn(3), any_number(40, 1)}, .had_by = {UserNo(7)}};
}

Kept any_message() {
  return {
      .message = {.copies = 1 + static_cast<std::uint32_t>(any_number(20, 1)),
                  .row_bytes = static_cast<std::uint32_t>(any_number(20, 100)),
                  .data_bytes = any_number(50, 1024),
                  .sender = UserNo(static_cast<UserNo::rep>(any_number(22, 4))),
                  .at_hours = static_cast<std::uint32_t>(any_number(20, 9)),
                  .kind = *rc::gen::inRange(0U, 500U) == 0 ? message::LOGIN : message::DELIVERY},
      .extras = any_extras()};
}

// What happens to a message that waits.
void change(Kept& kept) {
  const unsigned what = *rc::gen::inRange(0U, 10U);
  if (what < 7) {
    --kept.message.copies;
  } else if (what < 8) {
    kept.message.copies += static_cast<std::uint32_t>(any_number(12, 1));
  } else {
    kept.extras.had_by.emplace_back(static_cast<UserNo::rep>(what));
  }
}

// How messages go: the oldest first, or the newest, or any.
TEST(MessageTable, DoesWhatAMapDoes) {
  const bool held = rc::check("puts and changes in any order", [] {
    MessageTable table(*rc::gen::inRange<std::size_t>(1, 3));
    Model model;
    std::uint64_t last = 0;
    for (unsigned round = *rc::gen::inRange(1U, 6U); round > 0; --round) {
      for (unsigned left = *rc::gen::inRange(0U, 900U); left > 0; --left) {
        last += 1 + any_number(48, last % 3);
        model[last] = any_message();
        RC_ASSERT(table.put(Lsn(last), model[last].message, model[last].extras));
      }
      const unsigned order = *rc::gen::inRange(0U, 3U);
      for (unsigned left = *rc::gen::inRange(0U, 2000U); left > 0 && !model.empty(); --left) {
        auto at = order == 0 ? model.begin() : std::prev(model.end());
        if (order == 2) {
          at = model.lower_bound(*rc::gen::inRange<std::uint64_t>(1, last + 1));
          if (at == model.end()) continue;
        }
        const Lsn id(at->first);
        change(at->second);
        RC_ASSERT(table.change(id, [&at](Message& message, Rare<MessageExtras>& extras) {
          message = at->second.message;
          extras = at->second.extras;
        }));
        if (at->second.message.copies > 0) continue;
        RC_ASSERT(!table.find(id));
        RC_ASSERT(table.extras(id) == MessageExtras());
        model.erase(at);
      }
      RC_ASSERT(content(table) == model);
      RC_ASSERT(table.size() == model.size());
      for (const auto& [id, kept] : model) {
        const std::optional<Message> found = table.find(Lsn(id));
        RC_ASSERT(found.has_value());
        RC_ASSERT(fields(*found) == fields(kept.message));
      }
    }
    const MessageTable copy = table;  // NOLINT: it is what is tested
    RC_ASSERT(content(copy) == model);
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace mnm::state
