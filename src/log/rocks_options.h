// The options that mnm gives RocksDB, each with its reason. Any thread; pure.
#pragma once

#include <rocksdb/options.h>

#include <cstddef>
#include <string_view>

namespace mnm::log {

// The WAL is replayed at each start and by each reader beside a running relay (0.13 s for 64 MiB).
inline constexpr std::size_t kWalBytesMax = std::size_t{64} << 20;
inline constexpr std::size_t kMemtableBytes = std::size_t{16} << 20;
static_assert(kMemtableBytes < kWalBytesMax,
              "else every WAL switch forces flushes of all families");

[[nodiscard]] rocksdb::DBOptions database_options(rocksdb::Env* env);
[[nodiscard]] rocksdb::ColumnFamilyOptions family_options(std::string_view family);

}  // namespace mnm::log
