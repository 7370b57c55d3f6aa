// A copy of the log and of the bodies that wait, as of one moment, in a directory of its own: what
// a backup is taken from. It is a data directory like any other, made of hard links where it can
// be, so it costs little but for what is deleted while it is there.
//
// begin() and finish() on any thread, one snapshot at a time; take() between them, on the thread
// that appends.
#pragma once

#include <string>

#include "base/error.h"
#include "log/log.h"

namespace mnm::log {

class Snapshots {
 public:
  virtual ~Snapshots() = default;
  // From here on no body file is removed. Flushes, so that take() has little to copy.
  virtual Result<void> begin() = 0;
  // The log as it is, into `directory`, which exists and is empty, on the same file system. Returns
  // the position it ends with.
  virtual Result<Position> take(const std::string& directory) = 0;
  // The bodies too, and the mark; then body files may go again. Without a directory: only that.
  virtual Result<void> finish(const std::string& directory, const Position& at) = 0;
};

}  // namespace mnm::log
