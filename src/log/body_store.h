// Bodies too large for a row, each a file of its own under body/: written once, streamed, unlinked
// when purged.
//
// create() and Upload belong to the upload pool, open() to the read pool, remove() to the log,
// sweep() to start-up. A file that no message row refers to is garbage: an upload that was cut off,
// or whose command was refused.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/error.h"
#include "log/log.h"

namespace mnm::log {

// A body on its way in. Destroyed before release(): the file is unlinked. One thread at a time.
class Upload {
 public:
  virtual ~Upload() = default;
  virtual Result<void> append(std::string_view chunk) = 0;
  // Syncs the file and its directory entry.
  virtual Result<void> sync() = 0;
  [[nodiscard]] virtual BodyFile file() const = 0;
  // The log owns the file now. Called on the engine's thread when the message is decided.
  virtual void release() = 0;
};

// A body on its way out. Stays readable after the file is unlinked. One thread at a time.
class Download {
 public:
  virtual ~Download() = default;
  // Up to `count` octets from `offset`; fewer only at the end.
  virtual Result<std::string> read(std::uint64_t offset, std::size_t count) = 0;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
};

// How many octets the body file of message `id` has, as its row, which is opaque here, says.
// kCorruption when it isn't a row.
using FileBytes = std::function<Result<std::uint64_t>(Lsn id, std::string_view row)>;

class BodyStore {
 public:
  virtual ~BodyStore() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<Upload>> create() = 0;
  // kNegative when the file is gone.
  [[nodiscard]] virtual Result<std::unique_ptr<Download>> open(BodyFile file) const = 0;
  // Unlinks; a file already gone is no error.
  virtual Result<void> remove(BodyFile file) = 0;
};

}  // namespace mnm::log
