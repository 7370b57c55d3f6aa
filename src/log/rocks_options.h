// The options that mnm gives RocksDB, each with its reason. Any thread; pure.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/options.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace mnm::log {

// The WAL is replayed at each start and by each reader beside a running relay (0.13 s for 64 MiB).
inline constexpr std::size_t kWalBytesMax = std::size_t{64} << 20;
inline constexpr std::size_t kMemtableBytes = std::size_t{16} << 20;
static_assert(kMemtableBytes < kWalBytesMax,
              "else every WAL switch forces flushes of all families");

// What every database of ours needs, since Debian's build of RocksDB has its asserts on: its text
// log goes to ours, and after an error nothing is written until it is opened anew. A full disk
// would end the process otherwise.
void make_errors_plain(rocksdb::DBOptions& options);
// For who reads, and tells what goes wrong by itself: RocksDB says nothing.
void say_nothing(rocksdb::DBOptions& options);
[[nodiscard]] rocksdb::DBOptions database_options(rocksdb::Env* env);
// `cache`: of blocks read, one for all families of a database; null: none, for who reads each once.
[[nodiscard]] rocksdb::ColumnFamilyOptions family_options(
    std::string_view family, const std::shared_ptr<rocksdb::Cache>& cache);
[[nodiscard]] std::shared_ptr<rocksdb::Cache> make_block_cache();

}  // namespace mnm::log
