#include "mnmlog/message_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "common/program.h"
#include "log/body_reader.h"
#include "mnmlog/fold.h"
#include "mnmlog/walk.h"
#include "ops/message.h"
#include "ops/replay.h"

namespace mnm::mnmlog {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{256} << 10;

Error corrupt(Lsn id, std::string_view what) {
  return {ErrorCode::kCorruption, fmt::format("message {}: {}", message_id(id), what)};
}

enum class Found : std::uint8_t {
  kGood,
  kBad,      // reported
  kMissing,  // not stored: damage, or, beside a running relay, acked meanwhile
};

class MessageCheck {
 public:
  MessageCheck(Source& source, const state::Views& views, MessageReport& report)
      : source_(source), views_(views), report_(report), bodies_(source.directory() + "/body") {}

  Result<Found> look_at(Lsn id) {
    const Result<std::string> row = source_.reader().message(id);
    if (!row && row.error().code == ErrorCode::kNegative) return Found::kMissing;
    if (!row) return found(row.error());
    const Result<ops::MessageHandle> message = ops::decode_row(id, *row);
    if (!message) {
      report_.add(message.error());
      return Found::kBad;
    }
    return check_row(id, **message, row->size());
  }

 private:
  Result<Found> found(const Error& error) {
    if (!is_damage(error)) return fail(error);
    report_.add(error);
    return Found::kBad;
  }

  Result<Found> check_row(Lsn id, const ops::Message& message, std::size_t row_bytes) {
    const state::Message expected = views_.message(id).value();
    const message::Header& header = message.header();
    const std::uint64_t in_row = message.file() ? 0 : header.data_bytes();
    if (header.kind() != expected.kind || header.data_bytes() != expected.data_bytes ||
        message.file() != views_.message_extras(id).file ||
        row_bytes != expected.row_bytes + in_row) {
      report_.add(corrupt(id, "what is stored isn't what its event says: kind, size or file"));
      return Found::kBad;
    }
    Sha256 hash;
    if (message.file()) {
      Result<Found> found = hash_file(id, message, hash);
      if (!found || *found != Found::kGood) return found;
    } else if (message.body() != nullptr) {
      hash.update(*message.body());
    }
    report_.bytes += header.data_bytes();
    return check_commitment(id, header, hash.finish());
  }

  Result<Found> hash_file(Lsn id, const ops::Message& message, Sha256& hash) {
    const auto file = log::open_body_file(bodies_, message.file(), source_.keyring());
    if (!file && file.error().code == ErrorCode::kNegative) return Found::kMissing;
    if (!file) return found(file.error());
    ++report_.files;
    const std::uint64_t expected = message.header().data_bytes();
    if ((*file)->size() != expected) {
      report_.add(
          corrupt(id, fmt::format("its file {} has {} octets instead of {}",
                                  log::body_file_name(message.file()), (*file)->size(), expected)));
      return Found::kBad;
    }
    for (std::uint64_t offset = 0; offset < expected;) {
      const Result<std::string> chunk = (*file)->read(offset, kChunkBytes);
      if (!chunk) return found(chunk.error());
      if (chunk->empty()) break;
      hash.update(*chunk);
      offset += chunk->size();
    }
    return Found::kGood;
  }

  Result<Found> check_commitment(Lsn id, const message::Header& header, const Hash& digest) {
    if (header.data_bytes() == 0) return Found::kGood;
    if (id < source_.reader().tail()) {
      ++report_.older;
      return Found::kGood;
    }
    const Result<std::string> expected = commitment_of(id);
    if (!expected) return fail(expected.error());
    ops::Body body;
    body.salt = header.salt();
    body.digest = digest;
    if (as_bytes(ops::commitment(body)) != *expected) {
      report_.add({ErrorCode::kTampering,
                   fmt::format("message {}: its body isn't the one that its event commits to",
                               message_id(id))});
      return Found::kBad;
    }
    return Found::kGood;
  }

  // Ids come in order, so most events are in the record that the one before was in.
  Result<std::string> commitment_of(Lsn id) {
    if (!record_ || id < record_->first || id > record_->last()) {
      Result<log::Record> record = source_.reader().read(id);
      if (!record) return fail(record.error());
      record_.emplace(std::move(*record));
    }
    event::Event event;
    const auto index = static_cast<std::size_t>(id.value() - record_->first.value());
    if (auto parsed = ops::parse_event(id, record_->events[index], event); !parsed) {
      return fail(parsed.error());
    }
    return event.stored().commitment();
  }

  Source& source_;
  const state::Views& views_;
  MessageReport& report_;
  const std::string bodies_;  // body/
  std::optional<log::Record> record_;
};

std::vector<Lsn> waiting_ids(const state::Views& views) {
  std::vector<Lsn> ids;
  for (NodeNo node(1); node < views.next_node(); node = next(node)) {
    for (const state::Lane lane : state::kLanes) {
      for (const std::uint64_t id : views.node(node).queue.lane(lane).entries()) {
        ids.emplace_back(id);
      }
    }
  }
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

}  // namespace

bool is_damage(const Error& error) {
  return error.code == ErrorCode::kCorruption || error.code == ErrorCode::kTampering ||
         error.code == ErrorCode::kUnknownFormat;
}

void MessageReport::add(Error error) {
  ++found;
  if (findings.size() < kFindingsMax) findings.push_back(std::move(error));
}

Result<MessageReport> check_messages(Source& source, state::Views& views) {
  MessageReport report;
  std::vector<Lsn> missing;
  {
    MessageCheck check(source, views, report);
    for (const Lsn id : waiting_ids(views)) {
      if (tools::interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
      ++report.waiting;
      const Result<Found> found = check.look_at(id);
      if (!found) return fail(found.error());
      if (*found == Found::kMissing) missing.push_back(id);
    }
  }
  if (!missing.empty() && source.live()) {
    if (Result<> refreshed = source.refresh(); !refreshed) return fail(refreshed.error());
    const auto folded = fold(source.reader(), source.durable().lsn, views);
    if (!folded) return fail(folded.error());
    std::erase_if(missing, [&](Lsn id) { return !views.message(id); });
  }
  for (const Lsn id : missing) {
    report.add(corrupt(id, "it waits, but is not stored, or its body's file is missing"));
  }
  return report;
}

Result<> check_purged(Source& source, const state::Views& views, MessageReport& report) {
  std::optional<Error> failed;
  const Range range{Lsn(1), views.applied()};
  Result<> walked = walk_forward(source.reader(), range, [&](const EventView& view) {
    if (!view.event.has_stored() || views.message(view.lsn)) return true;
    const Result<std::string> row = source.reader().message(view.lsn);
    if (row) {
      report.add(corrupt(view.lsn, "it waits for nobody, but is still stored"));
    } else if (is_damage(row.error())) {
      report.add(row.error());
    } else if (row.error().code != ErrorCode::kNegative) {
      failed = row.error();
    }
    return !failed;
  });
  if (failed) return fail(*failed);
  return walked;
}

}  // namespace mnm::mnmlog
