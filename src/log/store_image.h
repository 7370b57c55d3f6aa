// A data directory at one moment, to be copied: every record, and every message row and body file
// that waits at its head. Beside a running relay, too, whose later turns aren't seen.
//
// One thread. Writes nothing to the directory.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "log/keyring.h"
#include "log/log.h"

namespace mnm::log {

class StoreImage {
 public:
  // `scratch` as of open_reader; `keyring`: of a sealed directory, else null. Beside a running
  // relay waits until what is seen is durable, as long as the high-water mark lags, kImageWithinMs
  // at most; `interrupted`, if given, ends that.
  [[nodiscard]] static Result<std::unique_ptr<StoreImage>> open(
      const std::string& directory, const std::string& scratch,
      const std::function<bool()>& interrupted = {},
      const std::shared_ptr<const Keyring>& keyring = nullptr);
  virtual ~StoreImage() = default;

  // Its head is durable().
  [[nodiscard]] virtual const Reader& reader() const = 0;
  [[nodiscard]] virtual bool live() const = 0;
  [[nodiscard]] virtual const std::string& identity() const = 0;
  // In ascending order of id, opened where they are sealed; an error that it returns ends it.
  using Visit = std::function<Result<void>(Lsn id, BodyFile file, std::string_view row)>;
  [[nodiscard]] virtual Result<void> each_message(const Visit& visit) const = 0;
};

inline constexpr int kImageWithinMs = 10'000;

}  // namespace mnm::log
