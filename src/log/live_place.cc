#include "log/live_place.h"

#include <rocksdb/env.h>

#include <algorithm>

namespace mnm::log {

std::vector<std::string> LivePlace::wals() const {
  std::vector<std::string> names;
  // None are found where there are none to miss.
  (void)rocksdb::Env::Default()->GetChildren(directory_ + "/log", &names);
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(".log"); });
  return names;
}

std::string LivePlace::newest(const std::vector<std::string>& wals) {
  const auto number = [](const std::string& wal) { return std::pair(wal.size(), wal); };
  return wals.empty() ? std::string() : std::ranges::max(wals, {}, number);
}

bool LivePlace::has_all(const std::vector<std::string>& wals) const {
  return std::ranges::all_of(wals, [this](const std::string& wal) {
    return rocksdb::Env::Default()->FileExists(directory_ + "/log/" + wal).ok();
  });
}

Result<std::unique_ptr<Database>> LivePlace::open() const {
  constexpr int kTries = 10;
  for (int tries = 1;; ++tries) {
    const std::vector<std::string> before = wals();
    Result<std::unique_ptr<Database>> opened =
        Database::open(directory_ + "/log", Access::kSecondary, sealing_,
                       rocksdb::FileSystem::Default(), scratch_);
    // A WAL that has gone may be RocksDB's error, too.
    if (tries == kTries || has_all(before)) return opened;
  }
}

}  // namespace mnm::log
