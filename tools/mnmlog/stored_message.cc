#include "mnmlog/stored_message.h"

#include <filesystem>
#include <system_error>

#include "log/body_reader.h"
#include "ops/replay.h"

namespace mnm::mnmlog {
namespace {

// Whether it is known not to be there: who may not look doesn't know.
bool is_missing(const Source& source, log::BodyFile file) {
  std::error_code error;
  const bool there =
      std::filesystem::exists(log::body_file_path(source.directory() + "/body", file), error);
  return !there && !error;
}

}  // namespace

Result<std::optional<StoredMessage>> find_stored(const Source& source, Lsn id) {
  std::string missing;
  while (true) {
    const Result<std::string> row = source.reader().message(id);
    if (!row && row.error().code == ErrorCode::kNegative) return std::optional<StoredMessage>();
    if (!row) return fail(row.error());
    const Result<ops::MessageHandle> message = ops::decode_row(id, *row);
    if (!message) return fail(message.error());
    const log::BodyFile file = (*message)->file();
    const bool gone = file && is_missing(source, file);
    // Beside a running relay the row may have gone with the file just now: looked at once more.
    if (!gone || !missing.empty()) {
      return std::optional(StoredMessage{(*message)->header(), row->size(), gone ? missing : ""});
    }
    missing = "body/" + log::body_file_name(file);
  }
}

Result<std::uint64_t> posted_ns(const Source& source, Lsn id) {
  const Result<log::Record> record = source.reader().read(id);
  if (!record && record.error().code != ErrorCode::kNegative) return fail(record.error());
  if (record) {
    event::Event event;
    const auto index = static_cast<std::size_t>(id.value() - record->first.value());
    if (auto parsed = ops::parse_event(id, record->events[index], event); !parsed) {
      return fail(parsed.error());
    }
    return event.time_ns();
  }
  const auto stored = find_stored(source, id);
  if (!stored) return fail(stored.error());
  return stored->has_value() ? (*stored)->header.posted_ns() : std::uint64_t{0};
}

}  // namespace mnm::mnmlog
