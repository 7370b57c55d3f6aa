// The BodyStore on plain files under body/ (doc/log_format.md). Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "log/body_store.h"

namespace mnm::log {

class FileBodyStore final : public BodyStore {
 public:
  // `directory` is body/ and exists. `boot` names the files made by this process.
  FileBodyStore(std::string directory, Lsn boot) : directory_(std::move(directory)), boot_(boot) {}

  Result<std::unique_ptr<Upload>> create() override;
  Result<std::unique_ptr<Download>> open(BodyFile file) const override;
  Result<void> remove(BodyFile file) override;
  // Removes every body file that is not in `used`; at start-up, once recovery has been accepted.
  // Leaves alone what isn't named like a body file.
  Result<void> sweep(const std::set<BodyFile>& used);

  [[nodiscard]] static std::string name(BodyFile file);
  [[nodiscard]] static std::optional<BodyFile> parse_name(std::string_view name);

 private:
  [[nodiscard]] std::string path(BodyFile file) const { return directory_ + "/" + name(file); }

  const std::string directory_;
  const Lsn boot_;
  std::atomic<std::uint64_t> serial_ = 0;
};

}  // namespace mnm::log
