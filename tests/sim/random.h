// The one source of chance of a simulation: the same seed, the same run, on any machine.
//
// Pure; one thread. SplitMix64.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mnm::sim {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  // 0..bound-1; bound is not 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  // from..to, both included.
  std::uint64_t between(std::uint64_t from, std::uint64_t to) {
    return from + below(to - from + 1);
  }
  bool chance(std::uint64_t of_thousand) { return below(1000) < of_thousand; }
  template <class Item>
  const Item& pick(const std::vector<Item>& items) {
    return items[below(items.size())];
  }
  std::string octets(std::size_t count) {
    std::string text;
    while (text.size() < count) text.push_back(static_cast<char>(next() & 0xffU));
    return text;
  }

 private:
  std::uint64_t state_;
};

}  // namespace mnm::sim
