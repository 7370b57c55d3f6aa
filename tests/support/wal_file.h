// A WAL file as RocksDB writes it, by hand: blocks of 32 KiB, fragments with a masked CRC, batches
// with a sequence number.
//
// Pure; one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec.h"
#include "base/crc32c.h"
#include "log/record.h"

namespace mnm::log {

// Writes a WAL as RocksDB does.
class WalFile {
 public:
  static constexpr std::size_t kBlock = 32768;

  explicit WalFile(std::uint64_t sequence = 1) : sequence_(sequence) {}

  // A batch that puts one record whose event has `size` octets.
  WalFile& batch(std::uint64_t lsn, std::size_t size = 100) {
    const std::string event(size, 'e');
    const std::vector<std::string_view> events = {event};
    std::string record;
    (void)encode_record({Epoch(1), Lsn(lsn), Hash(), events, Salt()}, record);
    std::string octets = header(1);
    Encoder encoder(octets);
    encoder.byte(0x5);  // a put in a family
    encoder.varint(1);
    encoder.varint(8);
    encoder.fixed64_be(lsn);
    encoder.bytes(record);
    ++sequence_;
    return add(octets);
  }
  WalFile& empty_batch() { return add(header(0)); }
  WalFile& skip_sequence() {
    ++sequence_;
    return *this;
  }
  WalFile& raw(std::string_view octets) {
    octets_ += octets;
    return *this;
  }
  // A batch of so many operations, encoded by the caller.
  WalFile& operations(std::uint32_t count, std::string_view encoded) {
    std::string octets = header(count);
    octets += encoded;
    sequence_ += count;
    return add(octets);
  }
  [[nodiscard]] const std::string& octets() const { return octets_; }
  [[nodiscard]] std::size_t size() const { return octets_.size(); }
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }

 private:
  static void little_endian(std::string& out, std::uint64_t value, int octets) {
    for (int i = 0; i < octets; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  }
  std::string header(std::uint32_t count) const {
    std::string out;
    little_endian(out, sequence_, 8);
    little_endian(out, count, 4);
    return out;
  }
  WalFile& add(std::string_view batch) {
    for (bool first = true; first || !batch.empty(); first = false) {
      std::size_t room = kBlock - octets_.size() % kBlock;
      if (room < 7) {
        octets_.append(room, '\0');
        room = kBlock;
      }
      const std::size_t count = std::min(batch.size(), room - 7);
      const bool last = count == batch.size();
      const std::uint8_t type = first ? (last ? 1 : 2) : (last ? 4 : 3);
      std::string checked(1, static_cast<char>(type));
      checked += batch.substr(0, count);
      const std::uint32_t crc = crc32c(checked);
      little_endian(octets_, (crc >> 15 | crc << 17) + 0xa282ead8u, 4);
      little_endian(octets_, count, 2);
      octets_ += checked;
      batch.remove_prefix(count);
    }
    return *this;
  }

  std::string octets_;
  std::uint64_t sequence_;
};

}  // namespace mnm::log
