// Many who want one name at once: one of them gets it, all others are told.
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <thread>

#include "support/engine_house.h"

namespace mnm::ops {
namespace {

constexpr std::size_t kClaims = 1'000;
constexpr std::size_t kThreads = 8;

// All claim what `name_of` says, from several threads through one inbox; how many got it.
template <class NameOf>
std::size_t winners(House& house, NameOf name_of, const std::string& refusal) {
  std::vector<House::Device> devices;
  for (std::size_t i = 0; i < kClaims; ++i) devices.push_back(house.join());
  std::vector<Request> requests;
  for (std::size_t i = 0; i < kClaims; ++i) {
    requests.push_back(
        house.request(devices[i], UserEdit{.new_alias = name_of(i)}, std::to_string(i)));
  }
  Inbox inbox(std::size_t{64} << 20);
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::size_t i = thread; i < kClaims; i += kThreads) {
          EXPECT_EQ(inbox.offer(std::move(requests[i])), Inbox::Offer::kTaken);
        }
      });
    }
    for (std::size_t taken = 0; taken < kClaims;) {
      auto batch = inbox.take(std::chrono::milliseconds(0));
      taken += batch.size();
      EXPECT_TRUE(house.turn(std::move(batch)));
    }
  }
  std::size_t won = 0;
  for (std::size_t i = 0; i < kClaims; ++i) {
    const auto& answer = std::get<Updated>(house.last(devices[i]));
    if (answer.error.empty()) {
      ++won;
      EXPECT_EQ(house.views().find_alias(name_of(i)), house.views().find_user(devices[i].uid));
    } else {
      EXPECT_EQ(answer.error, fmt::format(fmt::runtime(refusal), name_of(i)));
    }
  }
  EXPECT_EQ(house.replayed().digest(), house.views().digest());
  return won;
}

TEST(RacingClaims, OfOneAliasHaveOneWinner) {
  House house;
  EXPECT_EQ(winners(
                house, [](std::size_t) { return std::string("the-one-name"); },
                "AddAlias: alias {} already taken"),
            1U);
}

TEST(RacingClaims, OfAliasesThatAllLookAlikeHaveOneWinner) {
  House house({.distinct_aliases = true});
  // Each differs from the others by the case of some letters.
  const auto name_of = [](std::size_t i) {
    std::string name = "abcdefghijkm";
    for (std::size_t bit = 0; bit < 10; ++bit) {
      if ((i >> bit & 1U) != 0) name[bit] = static_cast<char>(name[bit] - 'a' + 'A');
    }
    return name;
  };
  EXPECT_EQ(winners(house, name_of, "AddAlias: alias {} looks like one that is taken"), 1U);
}

}  // namespace
}  // namespace mnm::ops
