#include "log/body_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "base/codec.h"
#include "log/body_reader.h"
#include "log/rocks_read.h"
#include "log/sealed_file.h"

namespace mnm::log {
namespace {

constexpr std::size_t kNamedMax = 10;  // findings told one by one

// What is wrong with the file of `row`; empty when it is as it should be.
Result<std::string> fault_of(const Database& database, const std::string& directory,
                             const FileRow& row, const FileBytes& file_bytes) {
  const std::string path = body_file_path(directory, row.file);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return path + " is missing";
    return fail(system_error("can't look at " + path, errno));
  }
  if (database.sealing().sealed && database.keyring() == nullptr) return "";
  // The family says that it waits, so the row is there; it is read past the high-water mark too.
  const Result<std::string> stored = find_message(database, row.id, Position{Epoch(), row.id, {}});
  if (!stored && stored.error().code == ErrorCode::kNegative) return "its row is missing";
  if (!stored) return fail(stored.error());
  if (!file_bytes) return "";
  const Result<std::uint64_t> body_bytes = file_bytes(row.id, *stored);
  if (!body_bytes) return body_bytes.error().text;
  const std::uint64_t expected =
      database.sealing().sealed ? sealed_file_bytes(*body_bytes) : *body_bytes;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size == expected) return "";
  return fmt::format("{} has {} octets, not {}", path, size, expected);
}

}  // namespace

Result<std::vector<FileRow>> read_file_rows(const Database& database) {
  std::vector<FileRow> found;
  const std::unique_ptr<rocksdb::Iterator> rows(
      database.db().NewIterator(rocksdb::ReadOptions(), database.file()));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const std::optional<Lsn> id = lsn_from(rows->key());
    Decoder decoder(rows->value().ToStringView());
    BodyFile file;
    file.boot = Lsn(decoder.fixed64_be());
    file.serial = decoder.fixed64_be();
    if (!id || !decoder.done())
      return fail(ErrorCode::kCorruption, "a row of the family \"file\" is misshapen");
    found.push_back({*id, file});
  }
  if (!rows->status().ok())
    return fail(to_error(rows->status(), "can't read the body files' names"));
  return found;
}

Result<void> check_body_files(const Database& database, const std::string& body_directory,
                              const FileBytes& file_bytes) {
  const Result<std::vector<FileRow>> rows = read_file_rows(database);
  if (!rows) return fail(rows.error());
  std::string told;
  std::size_t count = 0;
  for (const FileRow& row : *rows) {
    const Result<std::string> fault = fault_of(database, body_directory, row, file_bytes);
    if (!fault) return fail(fault.error());
    if (fault->empty() || ++count > kNamedMax) continue;
    told += fmt::format("{}message {} (LSN {}): {}", told.empty() ? "" : "; ", message_id(row.id),
                        row.id.value(), *fault);
  }
  if (count == 0) return {};
  if (count > kNamedMax) told += fmt::format("; and {} more", count - kNamedMax);
  return fail(ErrorCode::kCorruption,
              fmt::format("bodies that wait for their recipients are lost ({}): {}", count, told));
}

}  // namespace mnm::log
