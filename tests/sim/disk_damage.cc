// What is spoilt on a simulated disk between two processes.
#include <fmt/format.h>

#include "log/record.h"
#include "sim/disk.h"

namespace mnm::sim {
namespace {

constexpr std::size_t kSector = 512;

}  // namespace

std::string Disk::damage(Fault how) {
  switch (how) {
    case Fault::kMarkLost:
      image_.marks = {random_.octets(log::kSlotBytes), random_.octets(log::kSlotBytes)};
      return "both slots of the mark";
    case Fault::kWalBitFlip:
    case Fault::kWalHole:
    case Fault::kWalEndLost:
      return damage_wal(how);
    case Fault::kRecordLost:
    case Fault::kRecordSpoilt:
    case Fault::kRecordForged:
      return damage_tables(how);
    case Fault::kBodyLost:
    case Fault::kBodyCut:
      return damage_bodies(how);
    case Fault::kKeyringLost:
    case Fault::kKeyringSpoilt:
      return damage_keyring(how);
    default:
      return {};
  }
}

// What is older than the mark: of what is newer, the loss of the end can't be told from a torn
// tail.
std::string Disk::damage_wal(Fault how) {
  std::vector<Batch> marked;
  for (const Batch& batch : batches_) {
    if (batch.last <= mark_.lsn && batch.end <= image_.wal.size()) marked.push_back(batch);
  }
  if (marked.empty()) return {};
  const Batch& batch = random_.pick(marked);
  const std::uint64_t at = random_.between(batch.begin, batch.end - 1);
  if (how == Fault::kWalEndLost) {
    image_.wal.resize(at);
  } else if (how == Fault::kWalHole) {
    const std::uint64_t count = std::min<std::uint64_t>(kSector, image_.wal.size() - at);
    image_.wal.replace(at, count, count, '\0');
  } else {
    image_.wal[at] = static_cast<char>(image_.wal[at] ^ (1U << random_.below(8)));
  }
  return fmt::format("the WAL at {} of {}", at, image_.wal.size());
}

std::string Disk::damage_tables(Fault how) {
  auto& records = image_.tables.records;
  if (records.empty()) return {};
  const auto at =
      std::next(records.begin(), static_cast<std::ptrdiff_t>(random_.below(records.size())));
  const std::string what = fmt::format("the record at LSN {}", at->first.value());
  if (how == Fault::kRecordLost) {
    records.erase(at);
  } else if (how == Fault::kRecordForged) {
    if (at->first >= mark_.lsn) return {};  // the last one's chain is nowhere else
    at->second = forge(at->second, at->first);
  } else {
    char& octet = at->second[random_.below(at->second.size())];
    octet = static_cast<char>(octet ^ (1U << random_.below(8)));
  }
  return what;
}

// A whole record with a CRC-32C that fits, by somebody who hasn't the key, if there is one.
std::string Disk::forge(const std::string& stored, Lsn key) {
  std::string forged = stored;
  if (keyring_ && random_.chance(500)) {
    const std::size_t at = random_.between(log::kHeaderBytes, forged.size() - 1);
    forged[at] = static_cast<char>(forged[at] ^ (1U << random_.below(8)));
    log::set_record_crc(forged);
    return forged;
  }
  const auto record = read_record(key, stored);
  if (keyring_) return record->storage;  // the same, but plain
  log::Salt salt{};
  salt[0] = 1;
  (void)log::encode_record({record->epoch, record->first, record->previous, record->events, salt},
                           forged);
  return forged;
}

std::string Disk::damage_keyring(Fault how) {
  if (image_.keyring.empty()) return {};
  if (how == Fault::kKeyringLost) {
    image_.keyring.clear();
  } else {
    char& octet = image_.keyring[random_.below(image_.keyring.size())];
    octet = static_cast<char>(octet ^ (1U << random_.below(8)));
  }
  return "the keyring";
}

std::string Disk::damage_bodies(Fault how) {
  std::vector<log::BodyFile> waiting;
  for (const auto& [id, row] : image_.tables.rows) {
    if (row.file && image_.bodies.contains(row.file)) waiting.push_back(row.file);
  }
  if (waiting.empty()) return {};
  const log::BodyFile file = random_.pick(waiting);
  if (how == Fault::kBodyLost) {
    image_.bodies.erase(file);
  } else {
    std::string& octets = image_.bodies.at(file).octets;
    octets.resize(random_.below(octets.size()));
  }
  return fmt::format("body file {}", file.serial);
}

}  // namespace mnm::sim
