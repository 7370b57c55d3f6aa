#include "log/scrub.h"

#include <fmt/format.h>
#include <rocksdb/table_properties.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ranges>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/canary.h"

namespace mnm::log {
namespace {

using Range = std::pair<std::string, std::string>;  // both ends included

// The key ranges of the tables that hold removals; with `settled`, only of tables all of whose rows
// are at most as new as that sequence number.
Result<std::vector<Range>> ranges_with_removals(const Database& database,
                                                rocksdb::ColumnFamilyHandle* family,
                                                rocksdb::SequenceNumber settled) {
  rocksdb::TablePropertiesCollection tables;
  // Table properties, not the metadata: that fills in its counts only for some of the tables.
  const rocksdb::Status status = database.db().GetPropertiesOfAllTables(family, &tables);
  if (!status.ok()) return fail(to_error(status, "can't read the tables' properties"));
  std::set<std::string> with_removals;
  for (const auto& [path, properties] : tables) {
    if (properties->num_deletions > 0 || properties->num_range_deletions > 0) {
      with_removals.insert(path.substr(path.rfind('/') + 1));
    }
  }
  std::vector<Range> ranges;
  rocksdb::ColumnFamilyMetaData family_files;
  database.db().GetColumnFamilyMetaData(family, &family_files);
  for (const rocksdb::LevelMetaData& level : family_files.levels) {
    for (const rocksdb::SstFileMetaData& file : level.files) {
      const std::string name = file.name.substr(file.name.rfind('/') + 1);
      if (with_removals.contains(name) && file.largest_seqno <= settled) {
        ranges.emplace_back(file.smallestkey, file.largestkey);
      }
    }
  }
  std::sort(ranges.begin(), ranges.end());
  std::vector<Range> joined;
  for (Range& range : ranges) {
    if (!joined.empty() && range.first <= joined.back().second) {
      joined.back().second = std::max(joined.back().second, range.second);
    } else {
      joined.push_back(std::move(range));
    }
  }
  return joined;
}

Result<void> compact_removals(const Database& database, rocksdb::ColumnFamilyHandle* family,
                              rocksdb::SequenceNumber until) {
  if (MNM_CANARY("scrub-leaves-rows")) return {};
  constexpr int kRounds = 5;  // one does it, unless a compaction of RocksDB's own was in the way
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.allow_write_stall = true;  // else it would wait for a quiet moment
  // A removal disappears only when the bottom level is rewritten.
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  for (int round = 0; round < kRounds; ++round) {
    const Result<std::vector<Range>> ranges =
        ranges_with_removals(database, family, round == 0 ? ~rocksdb::SequenceNumber{0} : until);
    if (!ranges) return fail(ranges.error());
    if (ranges->empty()) return {};
    for (const Range& range : *ranges) {
      const rocksdb::Slice begin(range.first);
      const rocksdb::Slice end(range.second);
      const rocksdb::Status status = database.db().CompactRange(options, family, &begin, &end);
      if (!status.ok()) return fail(to_error(status, "can't compact"));
    }
  }
  const Result<std::vector<Range>> left = ranges_with_removals(database, family, until);
  if (!left) return fail(left.error());
  if (left->empty()) return {};
  return fail(ErrorCode::kUnavailable, "purged rows are still on disk after five compactions");
}

// WAL files and tables in the directory that the database no longer needs, with numbers up to
// `top`, which becomes the highest number seen. Tables that are just being written count, too.
Result<std::vector<std::string>> unused_files(const Database& database,
                                              const std::string& directory, std::uint64_t& top) {
  std::uint64_t oldest_wal = 0;
  if (!database.db().GetIntProperty(rocksdb::DB::Properties::kMinLogNumberToKeep, &oldest_wal)) {
    return fail(ErrorCode::kUnavailable, "RocksDB doesn't say which WAL files it needs");
  }
  std::vector<std::string> names;
  const rocksdb::Status status = database.db().GetEnv()->GetChildren(directory, &names);
  if (!status.ok()) return fail(to_error(status, "can't list " + directory));
  std::vector<rocksdb::LiveFileMetaData> live_files;
  database.db().GetLiveFilesMetaData(&live_files);
  std::set<std::uint64_t> live;
  for (const auto& file : live_files) live.insert(file.file_number);

  std::vector<std::string> unused;
  std::uint64_t highest = 0;
  for (const std::string& name : names) {
    std::uint64_t number = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (bad != std::errc()) continue;
    highest = std::max(highest, number);
    const std::string_view extension = end;
    if (number <= top && ((extension == ".log" && number < oldest_wal) ||
                          (extension == ".sst" && !live.contains(number)))) {
      unused.push_back(name);
    }
  }
  top = std::min(top, highest);
  return unused;
}

bool is_idle(rocksdb::DB& db) {
  std::uint64_t flushes = 0;
  std::uint64_t compactions = 0;
  return db.GetIntProperty(rocksdb::DB::Properties::kNumRunningFlushes, &flushes) &&
         db.GetIntProperty(rocksdb::DB::Properties::kNumRunningCompactions, &compactions) &&
         flushes + compactions == 0;
}

}  // namespace

Result<void> scrub_database(const Database& database, const std::string& directory) {
  using namespace std::chrono_literals;
  rocksdb::DB& db = database.db();
  const rocksdb::SequenceNumber until = db.GetLatestSequenceNumber();
  // Every family, also those with nothing purged: a WAL goes when no family needs it.
  rocksdb::FlushOptions flush;
  flush.wait = true;
  flush.allow_write_stall = true;
  rocksdb::Status status = db.Flush(flush, database.families());
  if (!status.ok()) return fail(to_error(status, "can't flush"));
  // The keys of a sealed log first: they are small, and without its key a row is nothing.
  for (rocksdb::ColumnFamilyHandle* family : database.families() | std::views::reverse) {
    if (Result<void> done = compact_removals(database, family, until); !done) return done;
  }
  // RocksDB deletes files when it gets to it. What a flush or compaction is just writing looks
  // unused for that long; when none runs, all that looks unused is, and can be deleted.
  // While idle, a reader's open scan may still pin files: the projector's step takes seconds.
  constexpr auto kPatience = 300s;
  constexpr auto kIdlePatience = 30s;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  auto idle_since = std::chrono::steady_clock::now();
  std::uint64_t top = ~std::uint64_t{0};
  while (true) {
    const bool idle = is_idle(db);
    const Result<std::vector<std::string>> unused = unused_files(database, directory, top);
    if (!unused) return fail(unused.error());
    if (unused->empty()) return {};
    const auto now = std::chrono::steady_clock::now();
    if (!idle) idle_since = now;
    if (now > idle_since + kIdlePatience || now > deadline) {
      return fail(ErrorCode::kUnavailable, fmt::format("{} unused files are still in {}, {} first",
                                                       unused->size(), directory, unused->front()));
    }
    // Enabling deletions again searches for and deletes all that is unused.
    status = db.DisableFileDeletions();
    if (status.ok()) status = db.EnableFileDeletions(/*force=*/false);
    if (!status.ok()) return fail(to_error(status, "can't delete unused files"));
    std::this_thread::sleep_for(5ms);
  }
}

}  // namespace mnm::log
