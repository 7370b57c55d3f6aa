#include "daemon/snapshot_keeper.h"

#include <glog/logging.h>

#include <filesystem>
#include <vector>

#include "log/data_directory.h"
#include "log/keyring.h"
#include "log/keyring_format.h"
#include "log/sealed_removal.h"

namespace mnm::daemon {
namespace {

namespace fs = std::filesystem;

// mnmctl takes hold of it as soon as it knows of it.
constexpr std::chrono::minutes kHeldWithin{1};

Error error_of(const std::string& what, const std::error_code& failed) {
  return system_error(what, failed.value());
}

}  // namespace

SnapshotKeeper::SnapshotKeeper(const std::string& data, log::Snapshots& snapshots,
                               AdminEngine& engine)
    : data_(data), directory_(data + "/snapshot"), snapshots_(snapshots), engine_(engine) {
  if (auto removed = remove(); !removed) LOG(WARNING) << removed.error().text;
}

// What was purged meanwhile has its last name here, so its key goes with it.
void SnapshotKeeper::remove_sealed_bodies() const {
  std::error_code failed;
  if (!log::is_sealed(data_) || !fs::exists(directory_ + "/body", failed)) return;
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(directory_ + "/body", failed)) {
    files.push_back(entry.path());
  }
  for (const std::string& file : files) {
    if (auto removed = log::remove_sealed_file(file); !removed) {
      LOG(WARNING) << removed.error().text;  // remove_all says so, too
    }
  }
}

Result<> SnapshotKeeper::remove() {
  remove_sealed_bodies();
  std::error_code failed;
  fs::remove_all(directory_, failed);
  there_ = false;
  if (failed) return fail(error_of("can't remove " + directory_, failed));
  return {};
}

Result<log::Position> SnapshotKeeper::begin() {
  const std::scoped_lock lock(mutex_);
  if (there_ && log::is_locked(directory_)) {
    return fail(ErrorCode::kNegative, "another backup is being made; wait until it is done");
  }
  if (auto removed = remove(); !removed) return fail(removed.error());
  auto made = make();
  if (made) {
    there_ = true;
    made_ = Clock::now();
    return made;
  }
  if (auto removed = remove(); !removed) LOG(WARNING) << removed.error().text;
  return made;
}

Result<log::Position> SnapshotKeeper::make() {
  if (auto made = log::make_directory(directory_); !made) return fail(made.error());
  if (auto begun = snapshots_.begin(); !begun) return fail(begun.error());
  const auto taken =
      engine_.look([this](const state::Views&) { return snapshots_.take(directory_); });
  const bool good = taken && *taken;
  const auto finished =
      snapshots_.finish(good ? directory_ : std::string(), good ? **taken : log::Position{});
  if (!taken) return fail(taken.error());
  if (!*taken) return fail(taken->error());
  if (!finished) return fail(finished.error());
  if (auto added = add_files(); !added) return fail(added.error());
  return **taken;
}

// What else belongs to the log: the bases, which never change once they have their name, the signed
// heads, and the keyring of a sealed one. That is replaced as a whole, and after the log, so that
// it has all keys that the log was sealed with.
Result<> SnapshotKeeper::add_files() const {
  std::error_code failed;
  if (fs::exists(data_ + "/base", failed)) {
    if (auto made = log::make_directory(directory_ + "/base"); !made) return made;
    for (const auto& entry : fs::directory_iterator(data_ + "/base", failed)) {
      const std::string name = entry.path().filename();
      if (name.find('.') != std::string::npos) continue;  // an unfinished one
      fs::create_hard_link(entry.path(), directory_ + "/base/" + name, failed);
      if (failed) return fail(error_of("can't link " + entry.path().string(), failed));
    }
  }
  if (failed) return fail(error_of("can't list " + data_ + "/base", failed));
  for (const auto& entry : fs::directory_iterator(data_, failed)) {
    const std::string name = entry.path().filename();
    if ((!name.starts_with("heads") && name != log::kKeyringName) || !entry.is_regular_file(failed))
      continue;
    fs::copy_file(entry.path(), directory_ + "/" + name, failed);
    if (failed) return fail(error_of("can't copy " + entry.path().string(), failed));
  }
  if (failed) return fail(error_of("can't list " + data_, failed));
  return {};
}

Result<> SnapshotKeeper::end() {
  const std::scoped_lock lock(mutex_);
  return remove();
}

void SnapshotKeeper::sweep(Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  if (!there_ || now < made_ + kHeldWithin || log::is_locked(directory_)) return;
  LOG(WARNING) << "whoever made a backup has left " << directory_ << "; it is removed";
  if (auto removed = remove(); !removed) LOG(ERROR) << removed.error().text;
}

}  // namespace mnm::daemon
