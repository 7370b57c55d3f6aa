// Where events are parsed one after the other: an arena that keeps its first block, so that nothing
// of one is allocated or freed by itself.
//
// One thread.
#pragma once

#include <google/protobuf/arena.h>

#include <cstddef>
#include <memory>

#include "event.pb.h"

namespace mnm::ops {

class EventArena {
 public:
  // Empty. It stays until the next call.
  [[nodiscard]] event::Event& fresh() {
    if (++made_ % kEventsMax == 0) arena_.Reset();
    return *google::protobuf::Arena::CreateMessage<event::Event>(&arena_);
  }

 private:
  static constexpr std::size_t kEventsMax = 64;
  static constexpr std::size_t kBlockBytes = std::size_t{64} << 10;

  google::protobuf::ArenaOptions options() {
    google::protobuf::ArenaOptions options;
    options.initial_block = block_.get();
    options.initial_block_size = kBlockBytes;
    return options;
  }

  const std::unique_ptr<char[]> block_ = std::make_unique<char[]>(kBlockBytes);
  google::protobuf::Arena arena_{options()};
  std::size_t made_ = 0;
};

}  // namespace mnm::ops
