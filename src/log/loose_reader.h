// What is left of a log whose database can't be opened: RocksDB opens none of which a file is
// missing, cut, or damaged where it says what is in it. So each table and each WAL file is read by
// itself here. Rows of records alone; messages aren't looked for.
//
// Any thread, but for scanners, each of which is one's. Writes nothing. For a store that nobody
// writes to.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "log/keyring.h"
#include "log/log.h"

namespace mnm::log {

class LooseReader : public Reader {
 public:
  // `directory`: the data directory. `keyring`: of a sealed one, else null.
  // kUnavailable when log/ can't be listed, kNegative when no record is left.
  [[nodiscard]] static Result<std::unique_ptr<LooseReader>> open(
      const std::string& directory, const std::shared_ptr<const Keyring>& keyring);
  // A base took the place of what is through there, so files that still have it are old ones.
  // Scanners that were made before are none the wiser.
  virtual void give_up(Lsn through) = 0;
  // Of each file that couldn't be read, what is wrong with it: kCorruption.
  [[nodiscard]] virtual const std::vector<Error>& unreadable() const = 0;
};

}  // namespace mnm::log
