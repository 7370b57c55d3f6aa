// Builds a data directory out of what another one held: the same records, octet by octet, so the
// same chain and the same ids. For an import, and for a replay into a new directory.
//
// One thread. Until finish() has returned it is no log: it is written under its name with
// ".partial", which a start refuses to take, and is removed when the builder goes before that.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "log/keyring.h"
#include "log/log.h"

namespace mnm::log {

class StoreBuilder {
 public:
  // `directory` isn't there, or is empty: else kUsage. `identity` as of an export; empty for a new
  // one. `before`: what was trimmed ends there. kUnavailable, kDenied.
  // `key`: it is sealed with it; null: it is plain.
  [[nodiscard]] static Result<std::unique_ptr<StoreBuilder>> create(const std::string& directory,
                                                                    std::string identity,
                                                                    const Position& before = {},
                                                                    const KeySecret* key = nullptr);
  virtual ~StoreBuilder() = default;

  // In order; the first one begins the log, or follows `before`. kCorruption, kTampering when it
  // doesn't follow.
  virtual Result<void> add(const Record& record) = 0;
  // The next octets of a body file; a file is written from its beginning to its end.
  virtual Result<void> add_body(BodyFile file, std::string_view octets) = 0;
  // Its body file, if it has one, is complete. Of a record that was added.
  virtual Result<void> add_message(Lsn id, BodyFile file, std::string_view row) = 0;
  // Makes it durable, and a log, still under its partial name: path() may be opened and appended
  // to.
  virtual Result<Position> finish() = 0;
  // Gives it its name, durably. Nobody has it open.
  virtual Result<void> publish() = 0;
  [[nodiscard]] virtual const std::string& path() const = 0;
  // Null where it is plain.
  [[nodiscard]] virtual const std::shared_ptr<Keyring>& keyring() const = 0;
};

}  // namespace mnm::log
