// The BodyStore on plain files under body/ (doc/log_format.md). Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <string>

#include "log/body_reader.h"
#include "log/body_store.h"
#include "log/disk_space.h"

namespace mnm::log {

class FileBodyStore final : public BodyStore {
 public:
  // `directory` is body/ and exists. `boot` names the files made by this process.
  // An upload is refused what would leave less than `keep_free_bytes` of the disk, so that bodies
  // on their way in never take the log's room.
  // `keyring`: files are sealed, and a file's key is destroyed before it is unlinked; null: they
  // are plain.
  FileBodyStore(std::string directory, Lsn boot, std::uint64_t keep_free_bytes = 0,
                FreeBytes free_bytes = {}, std::shared_ptr<const Keyring> keyring = nullptr);

  Result<std::unique_ptr<Upload>> create() override;
  Result<std::unique_ptr<Download>> open(BodyFile file) const override;
  Result<void> remove(BodyFile file) override;
  // Removes every body file that is not in `used`; at start-up, once recovery has been accepted.
  // Leaves alone what isn't named like a body file.
  Result<void> sweep(const std::set<BodyFile>& used);

 private:
  [[nodiscard]] Result<void> room_for(std::size_t octets) const;
  [[nodiscard]] std::string path(BodyFile file) const { return body_file_path(directory_, file); }

  const std::string directory_;
  const Lsn boot_;
  const std::uint64_t keep_free_bytes_;
  const FreeBytes free_bytes_;
  const std::shared_ptr<const Keyring> keyring_;
  std::atomic<std::uint64_t> serial_ = 0;
};

}  // namespace mnm::log
