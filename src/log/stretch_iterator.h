// Rows in stretches that follow each other, each with an iterator of its own: one that is damaged
// keeps no other from being read.
//
// Any thread, one at a time.
#pragma once

#include <rocksdb/iterator.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mnm::log {

struct Stretch {
  std::string first;  // keys; there may be none at them
  std::string last;
  // Over no key outside of these two. Lives as long as the stretch does.
  std::function<std::unique_ptr<rocksdb::Iterator>()> open;
};

// Ascending, without overlaps.
[[nodiscard]] std::unique_ptr<rocksdb::Iterator> make_stretch_iterator(
    std::vector<Stretch> stretches);

}  // namespace mnm::log
