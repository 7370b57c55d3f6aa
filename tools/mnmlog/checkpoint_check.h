// The checkpoint beside a log (views/), compared with a fold of its events where that comes by:
// what `state` shows and mnmd starts from must be what the events say. Its digest is made from its
// rows as they are read, so that memory holds the views once.
//
// One thread: the fold's.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "log/keyring.h"
#include "log/log.h"
#include "ops/checkpoint_reader.h"
#include "state/views.h"

namespace mnm::mnmlog {

class CheckpointCheck {
 public:
  // Opens it, as it is now: beside a running relay it goes on meanwhile. The log outlives this.
  CheckpointCheck(const std::string& directory, const std::shared_ptr<const log::Keyring>& keyring,
                  const log::Reader& log);

  // Before the event `lsn` is folded: compares the checkpoint if it is at the event before.
  void before(Lsn lsn, const state::Views& views) {
    if (checkpoint_ != nullptr && at_.lsn < lsn) compare(views);
  }
  // After the last one, `views`.
  void finish(const state::Views& views);

  // Where it was compared; none: it wasn't.
  [[nodiscard]] Lsn compared() const { return compared_; }
  // Of the fold there.
  [[nodiscard]] const Hash& digest() const { return digest_; }
  // Why it wasn't compared, for people; empty where there is none.
  [[nodiscard]] const std::string& skipped() const { return skipped_; }
  // kTampering: whole, and not what the events say. kCorruption: damaged.
  [[nodiscard]] const std::optional<Error>& finding() const { return finding_; }

 private:
  void open(const std::shared_ptr<const log::Keyring>& keyring, const log::Reader& log);
  void compare(const state::Views& views);
  [[nodiscard]] Error found(const Error& error) const;

  const std::string directory_;
  std::unique_ptr<ops::CheckpointReader> checkpoint_;  // while it is still to be compared
  log::Position at_;
  Lsn compared_;
  Hash digest_{};
  std::string skipped_;
  std::optional<Error> finding_;
};

}  // namespace mnm::mnmlog
