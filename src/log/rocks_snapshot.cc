#include "log/rocks_snapshot.h"

#include <fcntl.h>
#include <rocksdb/utilities/checkpoint.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "log/body_files.h"
#include "log/body_reader.h"
#include "log/data_directory.h"
#include "log/high_water.h"

namespace mnm::log {
namespace {

Result<void> link_file(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return {};
  return fail(system_error("can't link " + from + " to " + to, errno));
}

Result<void> write_mark(const std::string& directory, const Position& at) {
  std::string content = encode_slot({1, at});
  content.resize(kHighWaterBytes);
  const std::string path = HighWater::path(directory);
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.ok()) return fail(system_error("can't make " + path, errno));
  if (!write_all(file, content)) return fail(system_error("can't write " + path, errno));
  if (::fsync(file.get()) != 0) return fail(system_error("can't sync " + path, errno));
  return {};
}

}  // namespace

Result<void> flush_all(const Database& database) {
  rocksdb::FlushOptions flush;
  flush.wait = true;
  flush.allow_write_stall = true;
  const rocksdb::Status status = database.db().Flush(flush, database.families());
  if (!status.ok()) return fail(to_error(status, "can't flush"));
  return {};
}

Result<void> copy_database(const Database& database, const std::string& directory) {
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(&database.db(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  // Without a flush, which would hold up the thread that appends: what isn't in a table yet is in
  // the WAL, which is copied.
  constexpr std::uint64_t kNoFlush = std::numeric_limits<std::uint64_t>::max();
  if (status.ok()) status = checkpoint->CreateCheckpoint(directory, kNoFlush);
  if (!status.ok()) return fail(to_error(status, "can't copy the log to " + directory));
  return {};
}

Result<void> finish_snapshot(const std::string& from, const std::string& to, const Position& at) {
  const Result<std::unique_ptr<Database>> database = Database::open(
      to + "/log", Access::kReadOnly, {.sealed = is_sealed(from), .keyring = nullptr},
      rocksdb::FileSystem::Default());
  if (!database) return fail(database.error());
  const Result<std::vector<FileRow>> rows = read_file_rows(**database);
  if (!rows) return fail(rows.error());
  if (Result<void> made = make_directory(to + "/body"); !made) return made;
  for (const FileRow& row : *rows) {
    const std::string name = "/body/" + body_file_name(row.file);
    if (Result<void> linked = link_file(from + name, to + name); !linked) return linked;
  }
  if (Result<void> marked = write_mark(to, at); !marked) return marked;
  if (Result<void> synced = sync_directory(to + "/body"); !synced) return synced;
  return sync_directory(to);
}

}  // namespace mnm::log
