// A set that is filled fast, millions of times with much the same, and read once, in order.
//
// Not thread-safe.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <functional>
#include <vector>

namespace mnm::state {

template <class Key, class Hasher = std::hash<Key>>
class Touched {
 public:
  void insert(Key key) { keys_.insert(key); }
  void erase(Key key) { keys_.erase(key); }
  void clear() { keys_.clear(); }
  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] std::vector<Key> sorted() const {
    std::vector<Key> keys(keys_.begin(), keys_.end());
    std::ranges::sort(keys);
    return keys;
  }

 private:
  boost::unordered_flat_set<Key, Hasher> keys_;
};

}  // namespace mnm::state
