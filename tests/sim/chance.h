// All chance of the process out of one seed, also that which libsodium and OpenSSL give to whoever
// makes keys, nonces and salts: so a sealed world is the same run for the same seed.
//
// One at a time, one thread: both libraries have one source for the whole process.
#pragma once

#include "sim/random.h"

namespace mnm::sim {

class SeededChance {
 public:
  explicit SeededChance(std::uint64_t seed);
  // The system's own from here on.
  ~SeededChance();
  SeededChance(const SeededChance&) = delete;
  SeededChance& operator=(const SeededChance&) = delete;

 private:
  Random random_;
};

}  // namespace mnm::sim
