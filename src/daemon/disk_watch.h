// Watches the room on the data directory's disk, so that the log never meets a full one: below the
// low watermark the engine stores nothing new, while acks, deliveries and purges go on; and a
// reserve file holds room that a start, or purges, get when somebody else has filled the disk.
//
//            free octets
//   ... low + low/4 [+ the reserve, if it was given up] ... low ........ low/4 ........ 0
//   room again, the reserve is made        no change        refused      reserve given up
//
// step() from one thread at a time, low() from any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/error.h"

namespace mnm::daemon {

class DiskWatch {
 public:
  struct Options {
    std::uint64_t low_bytes = std::uint64_t{256} << 20;  // 0: nothing is watched, no reserve
    std::uint64_t reserve_bytes = std::uint64_t{128} << 20;
  };
  using FreeBytes = std::function<Result<std::uint64_t>()>;

  // `directory` is the data directory. `tell` is called from step(), at each change.
  DiskWatch(std::string directory, Options options, FreeBytes free_bytes,
            std::function<void(bool low)> tell);

  // Looks at the disk, and acts.
  void step();
  // Gives the reserve up if there is too little room to open the log. Before anything is written.
  void make_room();
  [[nodiscard]] bool low() const { return low_; }

 private:
  [[nodiscard]] bool has_reserve() const;
  void update_low(std::uint64_t free);
  void update_reserve(std::uint64_t free);
  void give_up_reserve(std::uint64_t free);
  [[nodiscard]] Result<> make_reserve() const;
  [[nodiscard]] std::uint64_t enough() const { return options_.low_bytes + options_.low_bytes / 4; }

  const std::string directory_;
  const std::string reserve_;
  const Options options_;
  const FreeBytes free_bytes_;
  const std::function<void(bool)> tell_;
  std::atomic<bool> low_ = false;
  bool blind_ = false;       // the last look failed
  bool no_reserve_ = false;  // it couldn't be made: not tried again in this run
};

}  // namespace mnm::daemon
