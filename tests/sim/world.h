// What simulate() is made of: the relay's life and death (world_relay.cc), its people and the end
// (world.cc), its keys (world_keys.cc).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ops/row_seal.h"
#include "sim/chance.h"
#include "sim/device.h"
#include "sim/finder.h"
#include "sim/process.h"
#include "sim/simulation.h"

namespace mnm::sim {

// Views as rows, as a projector would leave them, sealed where the disk is.
class Checkpoint {
 public:
  // Folds what is durable, and takes over the rows that changed.
  [[nodiscard]] Result<> write(const log::Reader& log, const ops::RowSeal& seal);
  // The views that it holds; none when it can't be read.
  [[nodiscard]] std::optional<state::Views> load(const ops::RowSeal& seal) const;
  [[nodiscard]] std::vector<Piece> pieces() const;
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

  // world_keys.cc
  void give_keys();
  void plan_keys();
  [[nodiscard]] std::string make_key();
  void rekey_stopped();
  void rekey_running();
  void try_wrong_key();
  [[nodiscard]] bool is_refused_and_unchanged(const std::optional<std::string>& key);
  [[nodiscard]] Result<> recover();
  void tell_of_rekey(bool at_start);
  void was_told(const event::Rekeyed& fact);
  void scrub();

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
  SeededChance chance_;
  Timeline time_;
  Faults faults_;
  Oracle oracle_;
  Finder finder_{oracle_};
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
  // The text of the operator's key; empty: the world is plain.
  std::string key_;
  std::vector<std::string> perhaps_keys_;  // of rekeys whose outcome isn't known, the last one last
  struct Damaged {
    std::string what;
    Image whole;
    Tables before;
  };
  std::optional<Damaged> damaged_;
};

}  // namespace mnm::sim
