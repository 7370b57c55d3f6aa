#include "log/recovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/canary.h"
#include "log/body_files.h"
#include "log/high_water.h"
#include "log/record.h"
#include "log/record_seal.h"
#include "log/rocks_db.h"
#include "log/rocks_read.h"
#include "log/wal_scan.h"

namespace mnm::log {
namespace {

constexpr const char* kCurrent = "log/CURRENT";

using FileSystem = std::shared_ptr<rocksdb::FileSystem>;

tl::unexpected<Error> refuse(ErrorCode code, const std::string& directory, std::string_view what) {
  return fail(
      code, fmt::format("{}: {}. Nothing was changed. Keep a copy of the directory, then restore a "
                        "backup, or export what can be read: mnmlog export --data {}",
                        directory, what, directory));
}

// Where the log can't even be opened, nothing can be exported.
Error unopened(ErrorCode code, const std::string& directory, std::string_view what) {
  return {code, fmt::format(
                    "{}: {}. Nothing was changed. Keep a copy of the directory, then put back what "
                    "is missing, or restore a backup (mnmctl restore); mnmlog verify says "
                    "which events can still be read, mnmlog show shows them",
                    directory, what)};
}

Result<bool> exists(const FileSystem& file_system, const std::string& path) {
  const rocksdb::IOStatus status = file_system->FileExists(path, rocksdb::IOOptions(), nullptr);
  if (status.ok()) return true;
  if (status.IsNotFound()) return false;
  return fail(to_error(status, "can't look for " + path));
}

// What RocksDB begins with and isn't there, as in the data directory; empty when all is.
Result<std::string> missing_root(const std::string& directory, const FileSystem& file_system) {
  const Result<bool> there = exists(file_system, directory + "/" + kCurrent);
  if (!there) return fail(there.error());
  if (!*there) return std::string(kCurrent);
  std::string current;
  const rocksdb::IOStatus status =
      rocksdb::ReadFileToString(file_system.get(), directory + "/" + kCurrent, &current);
  if (!status.ok()) return fail(to_error(status, "can't read " + directory + "/" + kCurrent));
  const std::string manifest = "log/" + current.substr(0, current.find('\n'));
  const Result<bool> named = exists(file_system, directory + "/" + manifest);
  if (!named) return fail(named.error());
  return *named ? std::string() : manifest;
}

// A database whose making was cut short holds no batch and no table.
Result<Judgement> judge_unmade(const std::string& directory, const FileSystem& file_system,
                               const HighWaterMark& mark, std::string_view missing) {
  const std::string log_directory = directory + "/log";
  bool content = mark.slot && mark.slot->position.lsn;
  const Result<bool> there = exists(file_system, log_directory);
  if (!there) return fail(there.error());
  if (*there) {
    std::vector<std::string> names;
    const rocksdb::IOStatus status =
        file_system->GetChildren(log_directory, rocksdb::IOOptions(), &names, nullptr);
    if (!status.ok()) return fail(to_error(status, "can't list " + log_directory));
    for (const std::string& name : names) content = content || name.ends_with(".sst");
    const Result<WalFinding> finding = scan_wals(*file_system, log_directory, 0);
    if (!finding) return fail(finding.error());
    content = content || finding->batches > 0 || finding->verdict == WalFinding::Verdict::kDamaged;
  }
  if (content) {
    const std::uint64_t lost = mark.slot ? mark.slot->position.lsn.value() : 0;
    return fail(unopened(
        ErrorCode::kCorruption, directory,
        fmt::format("{} is missing, but there was a log (LSN 1 to {} at least)", missing, lost)));
  }
  return Judgement{Position(), false, {}};
}

// Whether all families are there: they aren't when the making was cut short.
Result<bool> check_families(const std::string& directory, const Sealing& sealing,
                            const FileSystem& file_system) {
  const Result<std::vector<std::string>> families = list_families(directory + "/log", file_system);
  if (!families) {
    return fail(unopened(families.error().code, directory, families.error().text));
  }
  for (const std::string& name : *families) {
    if (std::find(std::begin(kFamilyNames), std::end(kFamilyNames), name) ==
        std::end(kFamilyNames)) {
      return fail(
          ErrorCode::kUnknownFormat,
          fmt::format("{}: log/ has a column family \"{}\", which this program doesn't know",
                      directory, name));
    }
  }
  if (families->size() > sealing.families()) {
    return fail(unopened(
        ErrorCode::kCorruption, directory,
        "it is sealed, and the file keyring, without which nothing in it can be read, is missing"));
  }
  return families->size() == sealing.families();
}

Result<void> check_format(const Database& database, const std::string& directory,
                          const Position& head) {
  std::string format;
  const rocksdb::Status status = database.db().Get(rocksdb::ReadOptions(), database.defaults(),
                                                   std::string(kFormatKey), &format);
  if (status.IsNotFound() && !head.lsn) return {};
  if (status.IsNotFound()) {
    return refuse(ErrorCode::kCorruption, directory, "log/ doesn't say which format it has");
  }
  if (!status.ok()) {
    const Error error = to_error(status, "can't read the format");
    return refuse(error.code, directory, error.text);
  }
  return check_format_known(format, directory);
}

// A start breaks them all up. What can't be read may hold messages that wait.
Result<void> check_lots(const Database& database, const std::string& directory) {
  if (database.sealing().sealed) return {};
  const Result<Lots> lots = read_lots(database);
  if (lots) return {};
  return fail(
      lots.error().code,
      fmt::format("{}: rows in which messages lie together can't be read, and some of them may "
                  "wait: {}. Nothing was changed. Keep a copy of the directory, then restore a "
                  "backup, or export the events without the messages: mnmlog export --data {} "
                  "1..end-1",
                  directory, lots.error().text, directory));
}

// Only envelopes can be looked at.
bool keyless(const Database& database) {
  return database.sealing().sealed && database.keyring() == nullptr;
}

Result<std::optional<Envelope>> next_envelope(Scanner& scanner, bool keyless) {
  if (!keyless) {
    const Result<std::optional<Record>> record = scanner.next();
    if (!record) return fail(record.error());
    return record->has_value() ? std::optional<Envelope>(**record) : std::nullopt;
  }
  const Result<std::optional<Stored>> stored = scanner.next_stored();
  if (!stored) return fail(stored.error());
  if (!stored->has_value()) return std::nullopt;
  const Result<Envelope> envelope = check_sealed_envelope(**stored);
  if (!envelope) return fail(envelope.error());
  return std::optional(*envelope);
}

// Of the record that holds `lsn`.
Result<Envelope> envelope_of(const Database& database, Lsn lsn, const Position& head) {
  if (!keyless(database)) {
    const Result<Record> record = find_record(database, lsn, head);
    if (!record) return fail(record.error());
    return static_cast<const Envelope&>(*record);
  }
  const Result<std::optional<Envelope>> envelope =
      next_envelope(*make_scanner(database, lsn, head), true);
  if (!envelope) return fail(envelope.error());
  if (envelope->has_value() && (*envelope)->first <= lsn) return **envelope;
  return fail(ErrorCode::kNegative, fmt::format("LSN {} is not in the log", lsn.value()));
}

// The record at the mark, and every one after it.
Result<void> check_mark(const Database& database, const std::string& directory,
                        const Position& head, const HighWaterMark& mark) {
  if (!mark.slot) {
    if (!head.lsn) return {};
    return refuse(
        ErrorCode::kCorruption, directory,
        fmt::format("{}, so it can't be told whether the log, which ends at LSN {}, is whole",
                    mark.exists ? "neither slot of high_water is valid" : "high_water is missing",
                    head.lsn.value()));
  }
  Position at = mark.slot->position;
  if (MNM_CANARY("mark-not-compared")) at = {};
  if (head.lsn < at.lsn) {
    return refuse(
        ErrorCode::kCorruption, directory,
        fmt::format("the log ends at LSN {}, but by high_water it was durable up to LSN {}: "
                    "LSN {} to {} are lost (a WAL file deleted, cut or rolled back?)",
                    head.lsn.value(), at.lsn.value(), head.lsn.value() + 1, at.lsn.value()));
  }
  if (at.lsn) {
    const Result<Envelope> record = envelope_of(database, at.lsn, head);
    if (!record) {
      return refuse(
          ErrorCode::kCorruption, directory,
          fmt::format("the record that high_water names can't be read: {}", record.error().text));
    }
    if (record->last() != at.lsn || record->epoch != at.epoch || record->chain != at.chain) {
      return refuse(
          ErrorCode::kTampering, directory,
          fmt::format("the record at LSN {} isn't the one that high_water saw being written",
                      at.lsn.value()));
    }
  }
  const std::unique_ptr<Scanner> scanner = make_scanner(database, next(at.lsn), head);
  while (true) {
    const Result<std::optional<Envelope>> record = next_envelope(*scanner, keyless(database));
    if (!record) return refuse(record.error().code, directory, record.error().text);
    if (!record->has_value()) return {};
    if (Result<void> linked = check_link(at, **record); !linked) {
      return refuse(linked.error().code, directory, linked.error().text);
    }
    at = (*record)->position();
  }
}

std::string lsn_or_unknown(Lsn lsn) { return lsn ? fmt::format("{}", lsn.value()) : "unknown"; }

}  // namespace

Error why_unopened(const std::string& directory, const FileSystem& file_system,
                   const Error& error) {
  const Result<std::string> missing = missing_root(directory, file_system);
  const Result<HighWaterMark> mark = HighWater::load(directory, *file_system);
  if (!missing || missing->empty() || !mark) return error;
  const Result<Judgement> unmade = judge_unmade(directory, file_system, *mark, *missing);
  return unmade ? error : unmade.error();
}

Result<Judgement> judge(const std::string& directory, const Sealing& sealing,
                        const FileSystem& file_system, const FileBytes& file_bytes) {
  const std::string log_directory = directory + "/log";
  const Result<HighWaterMark> mark = HighWater::load(directory, *file_system);
  if (!mark) return fail(mark.error());
  const Result<std::string> missing = missing_root(directory, file_system);
  if (!missing) return fail(missing.error());
  if (!missing->empty()) {
    Result<Judgement> unmade = judge_unmade(directory, file_system, *mark, *missing);
    if (!unmade || *missing == kCurrent) return unmade;  // else RocksDB says what is wrong
  }

  const Result<bool> made = check_families(directory, sealing, file_system);
  if (!made) return fail(made.error());
  if (!*made) return judge_unmade(directory, file_system, *mark, "a column family of log/");

  const Result<std::unique_ptr<Database>> database =
      Database::open(log_directory, Access::kReadOnly, sealing, file_system);
  if (!database) {
    return fail(unopened(database.error().code, directory, database.error().text));
  }
  std::uint64_t oldest = 0;
  if (!(*database)->db().GetIntProperty(rocksdb::DB::Properties::kMinLogNumberToKeep, &oldest)) {
    return fail(ErrorCode::kUnavailable, "RocksDB doesn't say which WAL files it needs");
  }
  const Result<WalFinding> wal = scan_wals(*file_system, log_directory, oldest);
  if (!wal) return fail(wal.error());
  if (wal->verdict == WalFinding::Verdict::kDamaged) {
    return refuse(
        ErrorCode::kCorruption, directory,
        fmt::format("log/{} is damaged at offset {}: {}. The last LSN before it is {}, the first "
                    "after it {}; what lies between is lost",
                    wal->file, wal->offset, wal->reason, lsn_or_unknown(wal->last_good),
                    lsn_or_unknown(wal->next_found)));
  }

  Judgement judgement;
  const Result<Position> head = find_head(**database);
  if (!head) return refuse(head.error().code, directory, head.error().text);
  judgement.head = *head;
  if (Result<void> format = check_format(**database, directory, *head); !format) {
    return fail(format.error());
  }
  if (Result<void> whole = check_mark(**database, directory, *head, *mark); !whole) {
    return fail(whole.error());
  }
  if (Result<void> lots = check_lots(**database, directory); !lots) return fail(lots.error());
  if (Result<void> bodies = check_body_files(**database, directory + "/body", file_bytes);
      !bodies) {
    return refuse(bodies.error().code, directory, bodies.error().text);
  }
  if (wal->verdict == WalFinding::Verdict::kTorn) {
    judgement.torn =
        fmt::format("log/{} ends with a batch cut off at offset {} ({}): it was never acked",
                    wal->file, wal->offset, wal->reason);
  }
  return judgement;
}

}  // namespace mnm::log
