// What of a simulated disk is sealed, and how: the relay's own seals over its octets.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "log/record.h"
#include "log/record_seal.h"
#include "log/sealed_file.h"
#include "log/wrapped_key.h"
#include "sim/disk.h"

namespace mnm::sim {
namespace {

constexpr std::size_t kGhostsMax = 24;
constexpr const char* kKeyringName = "the simulated keyring";

}  // namespace

// ------------------------------------------------------------------------------- records and rows

Disk::Stored Disk::store(const log::AppendRequest& request, std::string record) const {
  Stored all;
  if (keyring_) {
    log::seal_record(*keyring_, record, all.record);
  } else {
    all.record = std::move(record);
  }
  for (const log::MessagePut& put : request.puts) {
    log::SealedMessage& message = all.rows.emplace_back();
    const std::string text = std::string(put.head).append(put.body);
    if (keyring_) {
      log::seal_message(*keyring_, put.id, put.head, put.body, message);
    } else {
      message.row = text;
    }
    row_written(put.id, text, message.key);
    const auto body = image_.bodies.find(put.file);
    if (!put.file || body == image_.bodies.end()) continue;
    const std::string_view octets = body->second.octets;
    constexpr std::size_t kKeyAt = log::kSealedFileMagic.size();
    row_written(put.id, keyring_ ? std::string_view() : octets,
                keyring_ ? octets.substr(kKeyAt, log::kWrappedKeyBytes) : std::string_view());
  }
  return all;
}

Result<log::Record> Disk::read_record(Lsn key, const std::string& stored) const {
  auto opened = log::open_record(keyring_.get(), {key, stored});
  if (!opened) return fail(opened.error());
  return log::decode_stored(std::move(*opened));
}

Result<std::string> Disk::read_row(const Tables& tables, Lsn id) const {
  const auto row = tables.rows.find(id);
  if (row == tables.rows.end()) return fail(ErrorCode::kNegative, "no such message");
  if (!keyring_) return row->second.value;
  const auto key = tables.keys.find(id);
  return log::open_message(*keyring_, id, key == tables.keys.end() ? std::string() : key->second,
                           row->second.value);
}

// ------------------------------------------------------------------------------------- body files

void Disk::keep_ghost(Ghost ghost) {
  if (image_.ghosts.size() == kGhostsMax) image_.ghosts.erase(image_.ghosts.begin());
  image_.ghosts.push_back(std::move(ghost));
}

// As src/log/sealed_removal.cc does it: the key is overwritten and synced, then the name goes.
void Disk::remove_body(log::BodyFile file) {
  const auto body = image_.bodies.find(file);
  if (body == image_.bodies.end()) return;
  if (!keyring_) {
    image_.bodies.erase(body);
    return;
  }
  enum Step : std::uint64_t { kNothingDone, kNotSynced, kNamed, kDone };
  const std::uint64_t step =
      faults_.hit(Fault::kCrashInRemoval, 300) ? random_.below(kDone) : std::uint64_t{kDone};
  if (step == kNothingDone) throw PowerCut();
  std::string& octets = body->second.octets;
  if (octets.size() >= log::kSealedHeadBytes) {
    const std::size_t zeros =
        step == kNotSynced ? random_.below(log::kSealedHeadBytes + 1) : log::kSealedHeadBytes;
    octets.replace(0, zeros, zeros, '\0');
  }
  if (step != kDone) throw PowerCut();
  keep_ghost({file, Lsn(), std::move(octets)});
  image_.bodies.erase(body);
}

Result<> Disk::scrub() {
  if (keyring_) {
    if (auto renewed = keyring_->renew_if_due(utc_s()); !renewed) return renewed;
  }
  remove_doomed();
  flush();
  return {};
}

// ------------------------------------------------------------------------------------ the keyring

Result<std::shared_ptr<log::Keyring>> Disk::find_keyring(const log::KeySecret* key) {
  if (image_.keyring.empty()) {
    const bool made = !image_.tables.records.empty() || !image_.wal.empty();
    if (key == nullptr || !made) return std::shared_ptr<log::Keyring>();
    return fail(ErrorCode::kCorruption, "the keyring is missing");
  }
  if (key == nullptr) return fail(log::no_key("the simulated directory"));
  return log::Keyring::decode(
      image_.keyring, kKeyringName, *key,
      [this](const std::string& octets) { return replace_keyring(octets); });
}

Result<> Disk::prepare_keyring(const log::KeySecret* key) {
  if (keyring_) {
    // As the relay's start does; one that can't be written ends it.
    return keyring_->renew_if_due(utc_s());
  }
  if (key == nullptr) return {};
  auto made = log::Keyring::create(
      [this](const std::string& octets) { return replace_keyring(octets); }, *key, utc_s());
  if (!made) return fail(made.error());
  keyring_ = std::move(*made);
  return {};
}

// A draft, synced, renamed, and the directory synced: after a cut it has the old octets or the new.
Result<> Disk::replace_keyring(const std::string& octets) {
  if (faults_.hit(Fault::kKeyringWriteFails, 400)) {
    if (random_.chance(500)) image_.keyring = octets;
    return fail(ErrorCode::kUnavailable, "input/output error");
  }
  image_.keyring_draft = octets;
  if (faults_.hit(Fault::kCrashInKeyring, 200)) {
    if (random_.chance(500)) image_.keyring_draft.resize(random_.below(octets.size() + 1));
    if (random_.chance(300)) image_.keyring = octets;
    throw PowerCut();
  }
  image_.keyring = std::exchange(image_.keyring_draft, {});
  return {};
}

Result<std::uint32_t> Disk::rekey(const log::KeySecret& old_key, const log::KeySecret& new_key) {
  auto keyring = find_keyring(&old_key);
  if (!keyring) return fail(keyring.error());
  if (auto done = (*keyring)->reseal(new_key, utc_s()); !done) return fail(done.error());
  return (*keyring)->current().id;
}

// ------------------------------------------------------------------------------ for who looks at
// it

std::vector<Piece> Disk::pieces() const {
  std::vector<Piece> all = {{"the keyring", image_.keyring},
                            {"the keyring's draft", image_.keyring_draft},
                            {"the WAL", wal_.octets()},
                            {"the WAL of the last process", image_.wal}};
  for (const std::string& mark : image_.marks) all.push_back({"the mark", mark});
  for (const auto& [lsn, record] : image_.tables.records) {
    all.push_back({fmt::format("the record at LSN {}", lsn.value()), record});
  }
  for (const auto& [id, row] : image_.tables.rows) {
    all.push_back({fmt::format("the row {}", message_id(id)), row.value});
  }
  for (const auto& [id, key] : image_.tables.keys) {
    all.push_back({fmt::format("the key of row {}", message_id(id)), key});
  }
  for (const auto& [file, body] : image_.bodies) {
    // A plain upload may be the repetition of what was purged meanwhile: nobody owns it yet.
    const bool named =
        keyring_ || std::ranges::any_of(image_.tables.rows, [&file = file](auto& row) {
          return row.second.file == file;
        });
    if (named) all.push_back({fmt::format("body file {}", file.serial), body.octets});
  }
  for (const Ghost& ghost : image_.ghosts) {
    all.push_back({ghost.file ? fmt::format("what is left of body file {}", ghost.file.serial)
                              : "what is left of row " + message_id(ghost.row),
                   ghost.octets});
  }
  return all;
}

}  // namespace mnm::sim
