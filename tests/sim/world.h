// What simulate() is made of: the relay's life and death (world_relay.cc), its people and the end
// (world.cc).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/device.h"
#include "sim/process.h"
#include "sim/simulation.h"

namespace mnm::sim {

// Views as rows, as a projector would leave them.
class Checkpoint {
 public:
  // Folds what is durable, and takes over the rows that changed.
  [[nodiscard]] Result<> write(const log::Reader& log);
  // The views that it holds; none when it can't be read.
  [[nodiscard]] std::optional<state::Views> load() const;
  void spoil(Random& random);
  [[nodiscard]] bool is_empty() const { return rows_.empty(); }
  [[nodiscard]] Lsn applied() const { return views_.applied(); }

 private:
  std::map<std::string, std::string> rows_;
  state::Views views_;
};

class World {
 public:
  explicit World(const Options& options);
  Report run();

 private:
  // world.cc
  void limit();
  void populate();
  Device& enter(std::unique_ptr<Device> device);
  void plan_weather();
  void every(Micros least, Micros most, std::function<void()> act);
  void stranger(bool silent);
  void reconnect_storm();
  void close();
  [[nodiscard]] bool is_at_rest();
  [[nodiscard]] std::string why_not_at_rest();
  void tell_who_was_to_have_it();
  void say(const std::string& text);

  // world_relay.cc
  void boot();
  void boot_again(Micros delay);
  [[nodiscard]] Result<> fold(state::Views& views, const char* which);
  [[nodiscard]] std::optional<state::Views> restore();
  std::nullopt_t refused(const Error& error);
  void crash(const char* how, bool clean = false);
  void damage();
  void write_checkpoint();
  [[nodiscard]] Fate next_fate();
  void turned();
  void look_at_cursors();

  const Options options_;
  Random random_;
  Timeline time_;
  Faults faults_;
  Oracle oracle_;
  Roster roster_;
  Disk disk_;
  Site site_;
  Stage stage_;
  std::vector<std::unique_ptr<Device>> devices_;
  std::unique_ptr<Process> process_;
  Report report_;

  bool starting_ = false;
  int storm_left_ = 0;
  std::uint64_t turns_ = 0;
  struct Known {
    Lsn lsn;
    Hash digest{};
  };
  std::optional<Known> live_;  // when the last process ended, if it was between two turns
  Checkpoint checkpoint_;
  struct Damaged {
    std::string what;
    Image whole;
    Tables before;
  };
  std::optional<Damaged> damaged_;
};

}  // namespace mnm::sim
