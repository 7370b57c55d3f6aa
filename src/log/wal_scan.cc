#include "log/wal_scan.h"

#include <fmt/format.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <charconv>

#include "base/canary.h"
#include "base/codec.h"
#include "base/crc32c.h"
#include "log/rocks_db.h"

namespace mnm::log {
namespace {

// RocksDB's WAL: blocks of 32 KiB, in them fragments with a header of
//   4 masked CRC-32C of type and data | 2 length | 1 type          (little-endian)
// A fragment never crosses a block; what is left of a block below 7 octets is zero.
constexpr std::uint64_t kBlockBytes = 32768;
constexpr std::uint64_t kFragmentHeader = 7;
constexpr std::size_t kBatchHeader = 12;  // 8 sequence, 4 count, little-endian
enum FragmentType : std::uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

template <class Integer>
Integer little_endian(std::string_view octets) {
  Integer value = 0;
  for (std::size_t i = sizeof value; i-- > 0;) {
    value = static_cast<Integer>(value << 8 | static_cast<std::uint8_t>(octets[i]));
  }
  return value;
}

std::uint32_t unmask(std::uint32_t masked) {
  const std::uint32_t rotated = masked - 0xa282ead8u;
  return rotated >> 17 | rotated << 15;
}

struct LsnRange {
  Lsn first;
  Lsn last;
};

// The rows that a write batch puts, until `visit` returns false, or what follows is unknown.
template <class Visit>
void for_each_put(std::string_view batch, Visit visit) {
  enum Tag : std::uint8_t {  // rocksdb's ValueType, as far as mnm writes it
    kPut = 0x1,
    kFamilyPut = 0x5,
    kSingleDelete = 0x7,
    kFamilySingleDelete = 0x8,
    kFamilyRangeDelete = 0xe,
    kRangeDelete = 0xf,
  };
  Decoder in(batch.substr(std::min(batch.size(), kBatchHeader)));
  while (in.ok() && in.left() > 0) {
    const std::uint8_t tag = in.byte();
    const bool in_family =
        tag == kFamilyPut || tag == kFamilySingleDelete || tag == kFamilyRangeDelete;
    if (!in_family && tag != kPut && tag != kSingleDelete && tag != kRangeDelete) return;
    const std::uint64_t family = in_family ? in.varint() : 0;
    const std::string_view key = in.bytes();
    if (tag == kSingleDelete || tag == kFamilySingleDelete) continue;
    const std::string_view value = in.bytes();
    if ((tag != kFamilyPut && tag != kPut) || !in.ok()) continue;
    if (!visit(family, key, value)) return;
  }
}

// The record's LSNs in a write batch; none when the batch holds no record (a trim,
// lots broken up) or is unknown.
std::optional<LsnRange> lsns_of(std::string_view batch) {
  std::optional<LsnRange> lsns;
  for_each_put(batch, [&lsns](std::uint64_t family, std::string_view key, std::string_view value) {
    if (family != kLogFamilyNumber) return true;
    Decoder row(key);
    const Lsn first(row.fixed64_be());
    Decoder header(value.substr(0, std::min<std::size_t>(value.size(), 20)));
    (void)header.raw(16);
    const std::uint32_t count = header.fixed32_be();
    if (row.done() && header.done() && count > 0) lsns = {first, first + (count - 1)};
    return !lsns;
  });
  return lsns;
}

}  // namespace

std::optional<WalScan::Fragment> WalScan::fragment_at(std::string_view octets,
                                                      std::uint64_t offset) {
  if (octets.size() - offset < kFragmentHeader) return std::nullopt;
  const std::string_view header = octets.substr(offset, kFragmentHeader);
  const auto crc = little_endian<std::uint32_t>(header);
  const auto length = little_endian<std::uint16_t>(header.substr(4));
  const auto type = static_cast<std::uint8_t>(header[6]);
  const std::uint64_t room = kBlockBytes - offset % kBlockBytes - kFragmentHeader;
  if (type < kFull || type > kLast || length > room) return std::nullopt;
  if (length > octets.size() - offset - kFragmentHeader) return std::nullopt;
  if (unmask(crc) != crc32c(octets.substr(offset + 6, std::size_t{1} + length)))
    return std::nullopt;
  return Fragment{type, octets.substr(offset + kFragmentHeader, length)};
}

void WalScan::add_file(const std::string& name, std::string_view octets) {
  if (finding_.verdict == WalFinding::Verdict::kDamaged) return;
  file_ = name;
  in_batch_ = false;
  for (std::uint64_t offset = 0; offset < octets.size();) {
    const std::uint64_t left = kBlockBytes - offset % kBlockBytes;
    if (left < kFragmentHeader) {
      offset += left;
      continue;
    }
    const std::optional<Fragment> fragment = fragment_at(octets, offset);
    if (fragment) {
      take(*fragment, offset);
      offset += kFragmentHeader + fragment->data.size();
    } else {
      spoil(in_batch_ ? batch_offset_ : offset,
            fmt::format("no valid fragment at offset {}", offset));
      in_batch_ = false;
      offset += left;
    }
    if (finding_.verdict == WalFinding::Verdict::kDamaged && !in_batch_) return;
  }
  if (in_batch_) spoil(batch_offset_, "the file ends within a batch");
  in_batch_ = false;
}

void WalScan::spoil(std::uint64_t offset, std::string reason) {
  if (finding_.verdict != WalFinding::Verdict::kClean) return;  // the first one counts
  finding_.verdict = WalFinding::Verdict::kTorn;
  finding_.file = file_;
  finding_.offset = offset;
  finding_.reason = std::move(reason);
}

void WalScan::take(const Fragment& fragment, std::uint64_t offset) {
  if (fragment.type == kFull || fragment.type == kFirst) {
    take_start(fragment, offset);
  } else if (in_batch_) {
    batch_.append(fragment.data);
  } else {
    // Late pieces of a torn batch are no second batch.
    spoil(offset, "the middle of a batch without its beginning");
    return;
  }
  if (in_batch_ && (fragment.type == kFull || fragment.type == kLast)) {
    in_batch_ = false;
    take_batch(batch_, batch_offset_);
  }
}

void WalScan::take_start(const Fragment& fragment, std::uint64_t offset) {
  if (in_batch_) spoil(batch_offset_, "a batch without its end");
  // RocksDB writes an empty batch into a new WAL after it recovered a torn one: no acked events.
  const bool empty = fragment.type == kFull && fragment.data.size() == kBatchHeader &&
                     little_endian<std::uint32_t>(fragment.data.substr(8)) == 0;
  in_batch_ = !empty;
  if (empty) return;
  if (finding_.verdict == WalFinding::Verdict::kTorn && !MNM_CANARY("damage-called-torn")) {
    finding_.verdict = WalFinding::Verdict::kDamaged;
    finding_.reason += fmt::format(", but a batch follows at offset {} of {}", offset, file_);
  }
  batch_.assign(fragment.data);
  batch_offset_ = offset;
}

void WalScan::take_batch(std::string_view batch, std::uint64_t offset) {
  const std::optional<LsnRange> lsns = lsns_of(batch);
  if (finding_.verdict == WalFinding::Verdict::kDamaged) {
    if (lsns) finding_.next_found = lsns->first;
    return;
  }
  if (batch.size() < kBatchHeader) {
    spoil(offset, "a batch without a header");
    return;
  }
  const auto sequence = little_endian<std::uint64_t>(batch);
  const auto count = little_endian<std::uint32_t>(batch.substr(8));
  if (next_sequence_ && sequence != *next_sequence_ && !MNM_CANARY("wal-gap-accepted")) {
    spoil(offset, fmt::format("batches are missing: RocksDB's sequence number {} follows {}",
                              sequence, *next_sequence_ - 1));
    finding_.verdict = WalFinding::Verdict::kDamaged;
    if (lsns) finding_.next_found = lsns->first;
    return;
  }
  next_sequence_ = sequence + count;
  ++finding_.batches;
  if (lsns) finding_.last_good = lsns->last;
  if (!see_) return;
  for_each_put(batch, [this](std::uint64_t family, std::string_view key, std::string_view value) {
    see_(family, key, value);
    return true;
  });
}

Result<WalFinding> scan_wals(rocksdb::FileSystem& file_system, const std::string& directory,
                             std::uint64_t oldest, const WalScan::SeePut& see) {
  std::vector<std::string> names;
  rocksdb::IOStatus status =
      file_system.GetChildren(directory, rocksdb::IOOptions(), &names, nullptr);
  if (!status.ok()) return fail(to_error(status, "can't list " + directory));
  std::vector<std::pair<std::uint64_t, std::string>> wals;
  for (const std::string& name : names) {
    std::uint64_t number = 0;
    const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (bad == std::errc() && std::string_view(end) == ".log" && number >= oldest) {
      wals.emplace_back(number, name);
    }
  }
  std::sort(wals.begin(), wals.end());
  WalScan scan(see);
  for (const auto& [number, name] : wals) {
    const std::string path = fmt::format("{}/{}", directory, name);
    std::string octets;
    status = rocksdb::ReadFileToString(&file_system, path, &octets);
    if (!status.ok()) return fail(to_error(status, "can't read " + path));
    scan.add_file(name, octets);
  }
  return scan.finding();
}

}  // namespace mnm::log
