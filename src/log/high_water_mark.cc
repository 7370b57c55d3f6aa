// The high-water mark's slots and their reading; high_water.cc writes them.
#include <glog/logging.h>

#include <array>

#include "base/canary.h"
#include "base/codec.h"
#include "base/crc32c.h"
#include "log/high_water.h"
#include "log/rocks_db.h"

namespace mnm::log {
namespace {

constexpr std::string_view kMagic = "mnmhigh1";
constexpr std::size_t kCrcAt = 60;
static_assert(kCrcAt + sizeof(std::uint32_t) == kSlotBytes);

const rocksdb::IOOptions kIo;

}  // namespace

std::string encode_slot(const HighWaterSlot& slot) {
  std::string out;
  Encoder encoder(out);
  encoder.raw(kMagic);
  encoder.fixed64_be(slot.sequence);
  encoder.fixed32_be(slot.position.epoch.value());
  encoder.fixed64_be(slot.position.lsn.value());
  encoder.raw(as_bytes(slot.position.chain));
  encoder.fixed32_be(crc32c(out));
  CHECK_EQ(out.size(), kSlotBytes);
  return out;
}

std::optional<HighWaterSlot> decode_slot(std::string_view octets) {
  Decoder decoder(octets);
  HighWaterSlot slot;
  const std::string_view magic = decoder.raw(kMagic.size());
  slot.sequence = decoder.fixed64_be();
  slot.position.epoch = Epoch(decoder.fixed32_be());
  slot.position.lsn = Lsn(decoder.fixed64_be());
  const std::string_view chain = decoder.raw(sizeof(Hash));
  const std::uint32_t crc = decoder.fixed32_be();
  const bool intact = crc == crc32c(octets.substr(0, kCrcAt)) || MNM_CANARY("slot-not-checked");
  if (!decoder.done() || magic != kMagic || !intact) {
    return std::nullopt;
  }
  slot.position.chain = hash_from(chain);
  return slot;
}

std::string HighWater::path(const std::string& directory) { return directory + "/high_water"; }

Result<HighWaterMark> HighWater::load(const std::string& directory,
                                      rocksdb::FileSystem& file_system) {
  const std::string name = path(directory);
  HighWaterMark mark;
  rocksdb::IOStatus status = file_system.FileExists(name, kIo, nullptr);
  if (status.IsNotFound()) return mark;
  std::unique_ptr<rocksdb::FSRandomAccessFile> file;
  if (status.ok()) {
    status = file_system.NewRandomAccessFile(name, rocksdb::FileOptions(), &file, nullptr);
  }
  mark.exists = true;
  for (std::uint64_t index = 0; status.ok() && index < 2; ++index) {
    std::array<char, kSlotBytes> buffer{};
    rocksdb::Slice octets;
    status = file->Read(index * kSlotStride, kSlotBytes, kIo, &octets, buffer.data(), nullptr);
    if (!status.ok()) break;
    const std::optional<HighWaterSlot> slot = decode_slot(octets.ToStringView());
    if (slot && (!mark.slot || slot->sequence > mark.slot->sequence)) {
      mark.slot = slot;
      mark.slot_index = index;
    }
  }
  if (!status.ok()) return fail(to_error(status, "can't read " + name));
  return mark;
}

}  // namespace mnm::log
