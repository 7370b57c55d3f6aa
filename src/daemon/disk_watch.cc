#include "daemon/disk_watch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glog/logging.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "log/data_directory.h"

namespace mnm::daemon {
namespace {

std::string mib(std::uint64_t bytes) { return fmt::format("{} MiB", bytes >> 20); }

}  // namespace

DiskWatch::DiskWatch(std::string directory, Options options, FreeBytes free_bytes,
                     std::function<void(bool)> tell)
    : directory_(std::move(directory)),
      reserve_(directory_ + "/reserve"),
      options_(options),
      free_bytes_(std::move(free_bytes)),
      tell_(std::move(tell)) {}

void DiskWatch::step() {
  if (options_.low_bytes == 0) return;
  const auto free = free_bytes_();
  if (!free) {
    if (!std::exchange(blind_, true)) LOG(ERROR) << "the disk isn't watched: " << free.error().text;
    return;
  }
  blind_ = false;
  update_low(*free);
  update_reserve(*free);
}

void DiskWatch::make_room() {
  if (options_.low_bytes == 0 || !has_reserve()) return;
  const auto free = free_bytes_();
  if (free && *free < options_.low_bytes / 4) give_up_reserve(*free);
}

void DiskWatch::update_low(std::uint64_t free) {
  const std::uint64_t enough_again = enough() + (has_reserve() ? 0 : options_.reserve_bytes);
  if (!low_ && free < options_.low_bytes) {
    low_ = true;
    LOG(ERROR)
        << directory_ << ": only " << mib(free) << " are free, less than disk-low ("
        << mib(options_.low_bytes)
        << "): nothing new is stored; acks, deliveries and purges go on. Free some space; from "
        << mib(enough_again) << " on all is taken again";
    tell_(true);
  } else if (low_ && free >= enough_again) {
    low_ = false;
    LOG(WARNING) << directory_ << ": " << mib(free) << " are free again: all is taken";
    tell_(false);
  }
}

void DiskWatch::update_reserve(std::uint64_t free) {
  if (has_reserve()) {
    if (free < options_.low_bytes / 4) give_up_reserve(free);
  } else if (!low_ && !no_reserve_ && options_.reserve_bytes > 0 &&
             free >= enough() + options_.reserve_bytes) {
    const auto made = make_reserve();
    no_reserve_ = !made;
    if (!made) LOG(WARNING) << made.error().text << "; there is no reserve for a full disk";
  }
}

bool DiskWatch::has_reserve() const {
  struct stat status {};
  return ::stat(reserve_.c_str(), &status) == 0;
}

void DiskWatch::give_up_reserve(std::uint64_t free) {
  if (::unlink(reserve_.c_str()) != 0) {
    PLOG(ERROR) << "can't remove " << reserve_;
    return;
  }
  LOG(ERROR) << directory_ << ": only " << mib(free) << " are free; the reserve was given up";
}

Result<> DiskWatch::make_reserve() const {
  const log::FileDescriptor fd(
      ::open(reserve_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.ok()) return fail(system_error("can't make " + reserve_, errno));
  if (::fallocate(fd.get(), 0, 0, static_cast<off_t>(options_.reserve_bytes)) == 0) return {};
  const int reason = errno;
  ::unlink(reserve_.c_str());
  return fail(system_error("can't make " + reserve_, reason));
}

}  // namespace mnm::daemon
