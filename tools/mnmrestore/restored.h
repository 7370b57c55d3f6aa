// The last steps of every restore: what was written is read back and folded, begins a new epoch
// where it must, and gets its name.
//
// Main thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "log/key_secret.h"
#include "log/store_builder.h"
#include "ops/new_epoch.h"

namespace mnm::mnmrestore {

struct RestoreOptions {
  [[nodiscard]] const log::KeySecret* key() const { return into_key ? &*into_key : nullptr; }

  std::string into;                        // the new data directory
  std::string secrets;                     // a file to be copied into it; none: empty
  std::optional<log::KeySecret> into_key;  // what the new one is sealed with; none: it is plain
  bool new_epoch = false;
  bool json = false;
  bool quiet = false;
};

// What a person wants to know of a message that was lost.
struct LostMessage {
  Lsn id;
  std::string kind;
  std::string from;  // uid
  std::uint64_t data_bytes = 0;
  std::vector<std::string> nodes;  // UID/ORDINAL, those that it waited for
};

struct Restored {
  log::Position copied;       // the last record that came from elsewhere
  log::Position head;         // after it, with the new epoch
  Hash digest{};              // of the views at `copied`
  std::uint64_t waiting = 0;  // messages, at head
  std::vector<LostMessage> lost;
  bool new_epoch = false;
  bool secrets = false;  // are in the directory
};

// kNegative when messages are lost and no new epoch is asked for: nothing is left then. `reason` is
// the epoch's. `trimmed`, if given, is to be said in the new epoch (ops/new_epoch.h), and then
// there must be one.
[[nodiscard]] Result<Restored> complete(log::StoreBuilder& builder, const RestoreOptions& options,
                                        const std::string& reason,
                                        const event::Trimmed* trimmed = nullptr);

// On standard output.
[[nodiscard]] Result<> report(const Restored& restored, const RestoreOptions& options);

}  // namespace mnm::mnmrestore
