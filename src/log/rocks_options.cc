#include "log/rocks_options.h"

#include <glog/logging.h>
#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <array>
#include <cstdio>

namespace mnm::log {
namespace {

// RocksDB's own text log ends the process when the disk is full (Debian's build has its asserts
// on), so its warnings go to ours.
class GlogLogger final : public rocksdb::Logger {
 public:
  GlogLogger() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using Logger::Logv;
  void LogHeader(const char* /*format*/, va_list /*arguments*/) override {}
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < GetInfoLogLevel() || level == rocksdb::InfoLogLevel::HEADER_LEVEL) return;
    std::array<char, 1024> line{};
    (void)std::vsnprintf(line.data(), line.size(), format,
                         arguments);  // a cut line is still a line
    if (level == rocksdb::InfoLogLevel::WARN_LEVEL) {
      LOG(WARNING) << "rocksdb: " << line.data();
    } else {
      LOG(ERROR) << "rocksdb: " << line.data();
    }
  }
};

// After an error of the WAL nothing may be written until a fresh start has judged what is there.
class NoAutoRecovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status error,
                            bool* auto_recovery) override {
    LOG(ERROR) << "rocksdb: no recovery is tried after " << error.ToString();
    *auto_recovery = false;
  }
};

}  // namespace

void make_errors_plain(rocksdb::DBOptions& options) {
  options.info_log = std::make_shared<GlogLogger>();
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_bgerror_resume_count = 0;
  options.listeners = {std::make_shared<NoAutoRecovery>()};
  options.recycle_log_file_num = 0;   // 7.8.3 crashes with it; and old octets stay in the file
  options.stats_dump_period_sec = 0;  // no periodic work
  options.stats_persist_period_sec = 0;
}

void say_nothing(rocksdb::DBOptions& options) {
  options.info_log->SetInfoLogLevel(rocksdb::InfoLogLevel::FATAL_LEVEL);
  options.info_log_level = rocksdb::InfoLogLevel::FATAL_LEVEL;
}

rocksdb::DBOptions database_options(rocksdb::Env* env) {
  rocksdb::DBOptions options;
  options.env = env;
  make_errors_plain(options);
  options.paranoid_checks = true;

  // Recovery: our own judgement comes first (recovery.h), so a torn tail is all that is left, and
  // of the four modes only this one accepts every torn tail.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.track_and_verify_wals_in_manifest = true;  // a missing WAL that isn't the newest is seen
  options.avoid_flush_during_recovery = false;  // so that a torn WAL is obsolete before any append
  options.WAL_ttl_seconds = 0;                  // no archive: purged octets would live on there
  options.WAL_size_limit_MB = 0;
  options.max_total_wal_size = kWalBytesMax;
  options.manual_wal_flush = false;  // an append is in the file, then synced, then acked
  options.wal_bytes_per_sync = 0;    // else a later part could be on disk before an earlier one
  options.wal_compression = rocksdb::kNoCompression;  // wal_scan reads it as it is

  // There is one writer, and it syncs each batch: nothing to overlap.
  options.enable_pipelined_write = false;
  options.unordered_write = false;
  options.two_write_queues = false;
  options.allow_concurrent_memtable_write = false;
  options.avoid_flush_during_shutdown =
      true;  // all is in the WAL; a stop that may take its time flushes by itself

  options.max_background_jobs = 2;  // one flush, one compaction
  options.max_open_files = 512;     // a bound for the file descriptors of the whole process
  options.bytes_per_sync =
      1 << 20;  // flushes reach the disk steadily, not in one burst before a sync
  return options;
}

std::shared_ptr<rocksdb::Cache> make_block_cache() {
  // What is delivered late, in runs, comes from here; what is delivered at once, from memtables.
  return rocksdb::NewLRUCache(std::size_t{32} << 20);
}

rocksdb::ColumnFamilyOptions family_options(std::string_view family,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = kMemtableBytes;     // 64 MiB is no faster, and makes the WAL larger
  options.max_write_buffer_number = 4;            // appends don't wait for a flush
  options.max_write_buffer_size_to_maintain = 0;  // a flushed memtable goes at once
  const bool ascending = family != "file";        // of default: the lots
  if (ascending) {
    // Keys come in ascending order: the insert begins where the last one ended (-25 % of a write).
    options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(1));
  }
  // Bodies are often compressed by their senders, and most never reach a table; events repeat.
  options.compression = family == "log" ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.no_block_cache = cache == nullptr;
  table.format_version = 5;
  table.block_size = std::size_t{16} << 10;  // rows are read in runs, after a reconnect
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace mnm::log
