// Somebody who takes the disk away, and looks through all its octets: with the keys for what was
// purged, and without them for anything personal. What is found is told to the oracle.
//
// One thread. Calls come in the order in which things happen.
#pragma once

#include <bitset>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/disk.h"
#include "sim/oracle.h"

namespace mnm::sim {

class Finder {
 public:
  explicit Finder(Oracle& oracle) : oracle_(oracle) {}

  // As Disk::row_written and Disk::purged say it.
  void written(Lsn id, std::string_view text, std::string_view sealed_key);
  void purged(Lsn id) { purged_.push_back(id); }
  // What was purged so far is gone from here on.
  void scrubbed();
  // `more`: what else is on that disk. `keyring`: of a sealed one.
  void look(const Disk& disk, const std::vector<Piece>& more = {});

 private:
  void look_for_texts(const Piece& piece, bool sealed);
  void look_for_keys(const Piece& piece);
  void try_keys(const Disk& disk, const Ghost& ghost);

  Oracle& oracle_;
  std::map<std::uint64_t, std::set<Lsn>> holders_;  // of letters, by serial: rows, and body files
  std::map<Lsn, std::vector<std::string>> keys_;    // sealed, of those that aren't gone
  std::vector<Lsn> purged_;                         // not scrubbed yet
  std::set<Lsn> gone_;
  // The keys of those that are gone, by the first octets of their nonces.
  std::map<std::uint64_t, Lsn> dead_keys_;
  std::bitset<std::size_t{1} << 16U> perhaps_dead_;  // by their low 16 bits: most octets are none
};

}  // namespace mnm::sim
