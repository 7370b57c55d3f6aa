#include "log/rocks_crc32c.h"

#include <rocksdb/file_checksum.h>

#include <atomic>
#include <memory>

#include "base/crc32c.h"

namespace {
std::atomic<bool> called{false};
}

// RocksDB's own declaration is in a header that it doesn't install.
// NOLINTBEGIN(readability-identifier-naming): RocksDB calls it so
namespace rocksdb::crc32c {
std::uint32_t Extend(std::uint32_t crc, const char* data, std::size_t size);
std::uint32_t Extend(std::uint32_t crc, const char* data, std::size_t size) {
  if (!called.load(std::memory_order_relaxed)) called.store(true, std::memory_order_relaxed);
  return mnm::crc32c({data, size}, crc);
}
}  // namespace rocksdb::crc32c
// NOLINTEND(readability-identifier-naming)

namespace mnm::log {

bool crc32c_is_ours() {
  static const bool ours = [] {
    const std::unique_ptr<rocksdb::FileChecksumGenerator> generator =
        rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator({});
    generator->Update("mnm", 3);
    return called.load();
  }();
  return ours;
}

}  // namespace mnm::log
