#include "log/file_body_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glog/logging.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include "base/canary.h"
#include "log/body_reader.h"
#include "log/data_directory.h"
#include "log/sealed_file.h"
#include "log/sealed_removal.h"

namespace mnm::log {
namespace {

class FileUpload final : public Upload {
 public:
  using Room = std::function<Result<void>(std::size_t)>;  // whether so many octets may be written

  FileUpload(std::string directory, std::string path, BodyFile file, FileDescriptor fd, Room room,
             const Keyring* keyring)
      : directory_(std::move(directory)),
        path_(std::move(path)),
        file_(file),
        fd_(std::move(fd)),
        room_(std::move(room)) {
    if (keyring != nullptr) sealer_.emplace(*keyring, sealed_body_name(file));
  }
  ~FileUpload() override {
    if (released_) return;
    // Its key stays until the disk writes over it: nothing was promised of it, and whoever gives an
    // upload up has other things to do than to wait for the disk.
    if (::unlink(path_.c_str()) != 0) {
      PLOG(WARNING) << "can't remove " << path_ << "; the next start will";
    }
  }
  FileUpload(const FileUpload&) = delete;
  FileUpload& operator=(const FileUpload&) = delete;

  Result<void> append(std::string_view chunk) override {
    if (Result<void> room = room_(chunk.size()); !room) return room;
    if (!sealer_) return write(chunk);
    sealed_.clear();
    sealer_->add(chunk, sealed_);
    return write(sealed_);
  }
  Result<void> sync() override {
    if (sealer_) {
      sealed_.clear();
      sealer_->finish(sealed_);
      if (Result<void> written = write(sealed_); !written) return written;
    }
    if (MNM_CANARY("body-sync-unheard")) return {};
    if (::fdatasync(fd_.get()) != 0) return fail(system_error("can't sync " + path_, errno));
    return sync_directory(directory_);
  }
  [[nodiscard]] BodyFile file() const override { return file_; }
  void release() override {
    released_ = true;
    fd_ = FileDescriptor();
  }

 private:
  Result<void> write(std::string_view octets) {
    while (!octets.empty()) {
      const ssize_t count = ::write(fd_.get(), octets.data(), octets.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail(system_error("can't write " + path_, errno));
      octets.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }

  const std::string directory_;
  const std::string path_;
  const BodyFile file_;
  FileDescriptor fd_;
  const Room room_;
  std::optional<FileSealer> sealer_;  // none: the file is plain
  std::string sealed_;                // kept for its memory
  bool released_ = false;
};

}  // namespace

FileBodyStore::FileBodyStore(std::string directory, Lsn boot, std::uint64_t keep_free_bytes,
                             FreeBytes free_bytes, std::shared_ptr<const Keyring> keyring)
    : directory_(std::move(directory)),
      boot_(boot),
      keep_free_bytes_(keep_free_bytes),
      free_bytes_(free_bytes ? std::move(free_bytes)
                             : [path = directory_] { return log::free_bytes(path); }),
      keyring_(std::move(keyring)) {}

Result<void> FileBodyStore::room_for(std::size_t octets) const {
  if (keep_free_bytes_ == 0) return {};
  const Result<std::uint64_t> free = free_bytes_();
  if (!free) return fail(free.error());
  if (*free >= keep_free_bytes_ + octets) return {};
  return fail(ErrorCode::kUnavailable,
              fmt::format("{} has {} octets free, of which {} are kept for the log", directory_,
                          *free, keep_free_bytes_));
}

Result<std::unique_ptr<Upload>> FileBodyStore::create() {
  if (Result<void> room = room_for(0); !room) return fail(room.error());
  const BodyFile file{boot_, ++serial_};
  FileDescriptor fd(::open(path(file).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.ok()) return fail(system_error("can't make " + path(file), errno));
  return std::make_unique<FileUpload>(
      directory_, path(file), file, std::move(fd),
      [this](std::size_t octets) { return room_for(octets); }, keyring_.get());
}

Result<std::unique_ptr<Download>> FileBodyStore::open(BodyFile file) const {
  return open_body_file(directory_, file, keyring_.get());
}

Result<void> FileBodyStore::remove(BodyFile file) {
  if (keyring_) return remove_sealed_file(path(file));
  if (::unlink(path(file).c_str()) != 0 && errno != ENOENT) {
    return fail(system_error("can't remove " + path(file), errno));
  }
  return {};
}

Result<void> FileBodyStore::sweep(const std::set<BodyFile>& used) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(directory_, error);
  if (error) return fail(system_error("can't list " + directory_, error.value()));
  std::vector<BodyFile> garbage;
  for (const auto& entry : entries) {
    const std::optional<BodyFile> file = parse_body_file_name(entry.path().filename().string());
    if (file && !used.contains(*file)) garbage.push_back(*file);
  }
  for (const BodyFile file : garbage) {
    if (Result<void> removed = remove(file); !removed) return removed;
  }
  if (!garbage.empty())
    LOG(INFO) << "removed " << garbage.size() << " body files that no message names";
  return {};
}

}  // namespace mnm::log
