// The digest of views from their rows alone (rows.h), a row at a time: what a checkpoint or a base
// adds up to, without making views of it.
//
// One thread. Memory: the longest lane of a queue.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/error.h"
#include "state/queue.h"

namespace mnm::state {

class RowDigest {
 public:
  // A row as it is digested: a lane as a whole.
  void put(std::string_view key, std::string_view value);
  // A row as it is stored, in the order of the keys. kCorruption when a lane's stretches don't
  // follow each other.
  [[nodiscard]] Result<> add(std::string_view key, std::string_view value);
  // Once, after the last row.
  [[nodiscard]] Hash finish();

 private:
  void end_lane();

  Sha256 hash_;
  std::string sizes_;
  std::string lane_key_;  // of the lane that is being put together; empty: none is
  IdLane lane_;
};

}  // namespace mnm::state
