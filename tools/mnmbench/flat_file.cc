#include "mnmbench/flat_file.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace mnm::bench {

Result<std::unique_ptr<FlatFile>> FlatFile::create(const std::string& path,
                                                   std::function<void(std::uint64_t)> synced) {
  net::Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (!fd) return fail(system_error("can't make " + path, errno));
  return std::unique_ptr<FlatFile>(new FlatFile(std::move(fd), path, std::move(synced)));
}

FlatFile::FlatFile(net::Fd fd, std::string path, std::function<void(std::uint64_t)> synced)
    : fd_(std::move(fd)),
      path_(std::move(path)),
      synced_(std::move(synced)),
      thread_([this] { run(); }) {}

FlatFile::~FlatFile() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
  (void)::unlink(path_.c_str());  // nobody reads it
}

std::uint64_t FlatFile::add(std::string_view octets, bool awaited) {
  bool wake = false;
  std::uint64_t added = 0;
  {
    const std::scoped_lock lock(mutex_);
    waiting_ += octets;
    added = added_ += octets.size();
    wake = awaited && !awaited_;
    awaited_ = awaited_ || awaited;
  }
  if (wake) wake_.notify_one();
  return added;
}

void FlatFile::run() {
  std::string batch;
  std::uint64_t written = 0;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || awaited_; });
      if (ending_) return;
      batch.swap(waiting_);
      awaited_ = false;
    }
    for (std::string_view left = batch; !left.empty();) {
      const ssize_t count = ::write(fd_.get(), left.data(), left.size());
      PCHECK(count > 0) << path_;
      left.remove_prefix(static_cast<std::size_t>(count));
    }
    PCHECK(::fdatasync(fd_.get()) == 0) << path_;
    written += batch.size();
    batch.clear();
    synced_(written);
  }
}

}  // namespace mnm::bench
