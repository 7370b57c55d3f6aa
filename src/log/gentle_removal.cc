#include "log/gentle_removal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "log/data_directory.h"

namespace mnm::log {
namespace {

constexpr off_t kStepBytes = off_t{1} << 20;
constexpr std::chrono::milliseconds kBetweenSteps{1};  // for syncs that wait

// Frees what nobody else can see any more. That it fails means only that all goes at once.
void free_in_steps(const FileDescriptor& file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || status.st_nlink != 0) return;
  // A lease is given only where this is the one open description of it. It is given back at once;
  // should somebody come meanwhile, the signal is one that does nothing, instead of SIGIO.
  if (::fcntl(file.get(), F_SETSIG, SIGURG) != 0) return;
  if (::fcntl(file.get(), F_SETLEASE, F_WRLCK) != 0) return;
  (void)::fcntl(file.get(), F_SETLEASE, F_UNLCK);
  for (off_t left = (status.st_size - 1) / kStepBytes * kStepBytes; left > 0; left -= kStepBytes) {
    if (::ftruncate(file.get(), left) != 0) return;
    std::this_thread::sleep_for(kBetweenSteps);
  }
}

class GentleFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "GentleFileSystem"; }

  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (!name.ends_with(".log")) return FileSystemWrapper::DeleteFile(name, options, debug);
    const FileDescriptor file(::open(name.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    rocksdb::IOStatus removed = FileSystemWrapper::DeleteFile(name, options, debug);
    if (removed.ok() && file.ok()) free_in_steps(file);
    return removed;
  }
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> remove_gently(
    const std::shared_ptr<rocksdb::FileSystem>& below) {
  return std::make_shared<GentleFileSystem>(below);
}

}  // namespace mnm::log
